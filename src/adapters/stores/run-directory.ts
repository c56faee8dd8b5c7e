import { resolve } from 'node:path'
import type { Address } from '../../domain/addresses.ts'

export interface RunPlace {
  stateDir: string
  chainId: number
  address: Address
}

/** `<state-dir>/<chainId>-<lower-case address>`, absolute. */
export const runDirectory = ({ stateDir, chainId, address }: RunPlace): string =>
  resolve(stateDir, `${chainId}-${address.toLowerCase()}`)
