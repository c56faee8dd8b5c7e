import { FleetSdkMissingError } from '../../errors/fleet.ts'

export type Sdk = typeof import('@restatedev/restate-sdk')

/**
 * Loads the optional peer dependency. From version 1.15 on it calls `Promise.withResolvers`, which Node 20 lacks: every
 * invocation would hang until a time-out.
 *
 * @throws {FleetSdkMissingError}
 */
export async function loadSdk(load: () => Promise<Sdk> = () => import('@restatedev/restate-sdk')): Promise<Sdk> {
  try {
    return await load()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new FleetSdkMissingError({ cause })
  }
}
