import { freePorts } from '../../src/hosts/restate/free-ports.ts'

/** A port of this machine that nothing listens on now. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts([undefined])
  return port
}
