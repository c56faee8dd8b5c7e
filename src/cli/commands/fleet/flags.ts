import type { Address } from '../../../domain/addresses.ts'
import type { Flags } from '../../options.ts'

/** Options of the fleet's commands, in addition to those that all commands share. */
export interface FleetFlags extends Flags {
  ingressUrl?: string
  adminUrl?: string
  /** Encrypted seed of `fleet seed`. */
  seed?: string
  /** Folder of V3 keystores under one password. */
  keystores?: string
  /** Whose key signs for the wallets of `fleet sponsor`. */
  treasury?: Address
  host?: string
  port?: number
  advertise?: string
  /** Public keys of the Restate that may call. */
  identityKey?: string[]
  allowAnyRestate?: boolean
  /** Orders may ask for keys of type ADMIN. */
  allowAdminKeys?: boolean
  /** Runs under way at a time, per worker. */
  concurrency?: number
  /** Requests per second of all workers together. */
  rpcRate?: number
  veniceRate?: number
  /** Base units of VVV, wei, and base units of USDC, for all wallets together. */
  fleetMaxVvv?: bigint
  fleetMaxGasEth?: bigint
  fleetMaxUsd?: bigint
}
