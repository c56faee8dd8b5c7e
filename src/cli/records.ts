import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { openRunStore } from '../adapters/store/file-run-store.ts'
import type { Address } from '../domain/addresses.ts'
import { type Envelope, unseal } from '../driver/envelope.ts'
import { NoRunError, UsageError } from '../errors/usage.ts'
import type { RunStore } from '../ports/run-store.ts'

const RUN_DIRECTORY = /^(\d+)-(0x[0-9a-f]{40})$/

/** A run on disk. */
export interface StoredRun {
  chainId: number
  address: Address
  store: RunStore
}

/**
 * Runs recorded under `stateDir`, of one wallet if `address` is given. Reads only.
 *
 * @throws {NoRunError} there is none.
 */
export async function findRuns(stateDir: string, address: Address | null): Promise<StoredRun[]> {
  const runs: StoredRun[] = []
  for (const name of namesIn(stateDir)) {
    const [, chainId, found] = RUN_DIRECTORY.exec(name) ?? []
    if (chainId === undefined || found === undefined) continue
    if (address !== null && found !== address.toLowerCase()) continue
    const store = await openRunStore({ stateDir, chainId: Number(chainId), address: found as Address })
    if ((await store.load()) !== null) runs.push({ chainId: Number(chainId), address: found as Address, store })
  }
  if (runs.length === 0)
    throw new NoRunError(address === null ? resolve(stateDir) : join(resolve(stateDir), `…${address}`))
  return runs
}

/**
 * The one run recorded under `stateDir`, of this wallet if `address` is given. Reads only.
 *
 * @throws {NoRunError} {UsageError} there are several, and none was named.
 */
export async function findRun(stateDir: string, address: Address | null): Promise<StoredRun> {
  const [run, ...others] = await findRuns(stateDir, address)
  if (run !== undefined && others.length === 0) return run
  throw new UsageError(
    `There are ${others.length + 1} runs here.`,
    `Name one with --address: ${[run, ...others].map((found) => found?.address).join(', ')}`,
  )
}

/** The run's record, checked. @throws the classes of `unseal` */
export async function readRun({ chainId, address, store }: StoredRun): Promise<Envelope> {
  return unseal((await store.load()) ?? '', store.record, { chainId, address })
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort()
  } catch {
    return []
  }
}
