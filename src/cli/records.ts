import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type FileRunStore, openRunStore } from '../adapters/stores/file-run-store.ts'
import type { Address } from '../domain/addresses.ts'
import { type Envelope, unseal } from '../driver/envelope.ts'
import { UsageError } from '../errors/cli.ts'
import { NoRunError } from '../errors/run.ts'

const RUN_DIRECTORY = /^(\d+)-(0x[0-9a-f]{40})$/
const TREASURY_DIRECTORY = /^sponsor-(\d+)-(0x[0-9a-f]{40})$/

/** A wallet with a directory of its own. */
export interface Recorded {
  chainId: number
  address: Address
}

/** A run on disk. */
export interface StoredRun extends Recorded {
  store: FileRunStore
}

/**
 * Runs recorded under `stateDir`, of one wallet if `address` is given, unreadable records included. Reads only.
 *
 * @throws {NoRunError} there is none.
 */
export async function findRuns(stateDir: string, address: Address | null): Promise<StoredRun[]> {
  const runs = await listRuns(stateDir, address)
  if (runs.length === 0)
    throw new NoRunError(address === null ? resolve(stateDir) : join(resolve(stateDir), `…${address}`))
  return runs
}

/** The same, but an empty list is not an error. */
export async function listRuns(stateDir: string, address: Address | null): Promise<StoredRun[]> {
  const runs: StoredRun[] = []
  for (const found of recordedAs(RUN_DIRECTORY, stateDir, address)) {
    const store = await openRunStore({ stateDir, ...found })
    const isThere = await store.load().then(
      (text) => text !== null,
      () => true,
    )
    if (isThere) runs.push({ ...found, store })
  }
  return runs
}

/** Wallets that are recorded under `stateDir` as treasuries. Reads only. */
export const listTreasuries = (stateDir: string, address: Address | null): Recorded[] =>
  recordedAs(TREASURY_DIRECTORY, stateDir, address)

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

function recordedAs(pattern: RegExp, stateDir: string, wanted: Address | null): Recorded[] {
  return namesIn(stateDir).flatMap((name) => {
    const [, chainId, address] = pattern.exec(name) ?? []
    if (chainId === undefined || address === undefined) return []
    if (wanted !== null && address !== wanted.toLowerCase()) return []
    return [{ chainId: Number(chainId), address: address as Address }]
  })
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort()
  } catch {
    return []
  }
}
