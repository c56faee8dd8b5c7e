import { resolve } from 'node:path'
import type { Address } from '../domain/addresses.ts'
import type { FleetRequest, SubmitRequest } from './commands/fleet/request.ts'
import type { CliContext } from './environment.ts'
import type { Flags } from './flags.ts'
import { requestOf } from './request-of.ts'

/** Options of the fleet's commands, in addition to those that all commands share. */
export interface FleetFlags extends Flags {
  ingressUrl?: string
  adminUrl?: string
  /** Encrypted seed of `fleet seed`. */
  seed?: string
  /** Folder of V3 keystores under one password. */
  keystores?: string
  treasury?: Address
  host?: string
  port?: number
  advertise?: string
  identityKey?: string[]
  allowAnyRestate?: boolean
  concurrency?: number
  /** Requests per second of all workers together. */
  rpcRate?: number
  veniceRate?: number
  /** Base units of VVV, wei, and base units of USDC, for all wallets together. */
  fleetMaxVvv?: bigint
  fleetMaxGasEth?: bigint
  fleetMaxUsd?: bigint
}

export type SubmitFlags = FleetFlags & { hd?: { from: number; to: number }; dryRun?: boolean }

/** As `requestOf`, for a command of the fleet. @throws {AddressUnusableError} */
export function fleetRequestOf(flags: FleetFlags, context: CliContext): FleetRequest {
  const { cwd, env } = context
  const path = (file: string | undefined) => (file === undefined ? undefined : resolve(cwd, file))
  return {
    ...requestOf(flags, context),
    restate: {
      ingressUrl: flags.ingressUrl ?? env.RESTATE_INGRESS_URL,
      adminUrl: flags.adminUrl ?? env.RESTATE_ADMIN_URL,
      authToken: env.RESTATE_AUTH_TOKEN,
    },
    walletKeys: {
      seed: path(flags.seed),
      keystores: path(flags.keystores),
      passwordFile: path(flags.passwordFile),
    },
    treasury: flags.treasury,
    serving: {
      host: flags.host ?? '127.0.0.1',
      port: flags.port,
      advertise: flags.advertise,
      identityKeys: flags.identityKey,
      allowAnyRestate: flags.allowAnyRestate === true,
      concurrency: flags.concurrency,
      rpcRate: flags.rpcRate,
      veniceRate: flags.veniceRate,
    },
    fleetBudget: {
      ...(flags.fleetMaxVvv !== undefined && { maxVvv: flags.fleetMaxVvv }),
      ...(flags.fleetMaxGasEth !== undefined && { maxFeeWei: flags.fleetMaxGasEth }),
      ...(flags.fleetMaxUsd !== undefined && { maxUsd: flags.fleetMaxUsd }),
    },
  }
}

/** The same, for a command that takes a list. */
export const submitRequestOf = ({ hd, dryRun = false, ...flags }: SubmitFlags, context: CliContext): SubmitRequest => ({
  ...fleetRequestOf(flags, context),
  range: hd,
  isDryRun: dryRun,
})
