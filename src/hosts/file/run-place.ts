import { acquireLock, isLocked } from '../../adapters/locks/lock.ts'
import { openRunStore } from '../../adapters/stores/file-run-store.ts'
import type { Address } from '../../domain/addresses.ts'
import { LockedError } from '../../errors/store.ts'
import type { AcquireLock, RunLock, RunOwner, RunStore, RunStores } from '../../ports/run-store.ts'

/** Where a run is kept, and the lock that keeps other processes out. */
export interface RunKeeping {
  /** A folder on this machine. It holds the record, unless `runStore` does. */
  stateDir: string
  /** Default: files under `stateDir`. */
  runStore?: RunStores
  /** Default: the lock of this user on this machine. */
  lock?: AcquireLock
}

export type RunPlace = RunKeeping & RunOwner

/** The part of `options` that says where a run is kept. */
export const keepingOf = ({
  stateDir,
  runStore,
  lock,
}: { [Name in keyof RunKeeping]: RunKeeping[Name] | undefined } & { stateDir: string }): RunKeeping => ({
  stateDir,
  ...(runStore !== undefined && { runStore }),
  ...(lock !== undefined && { lock }),
})

/** The run of the wallet whose signer is in `ports`. */
export const placeOf = (
  options: RunKeeping & { chainId: number; ports: { signer: { address: Address } } },
): RunPlace => ({ ...keepingOf(options), chainId: options.chainId, address: options.ports.signer.address })

/** Opens the record of a run. Take its lock first, unless you only read. Safe to repeat. */
export const openRun = ({ stateDir, runStore, chainId, address }: RunPlace): Promise<RunStore> =>
  runStore === undefined ? openRunStore({ stateDir, chainId, address }) : runStore.open({ chainId, address })

/**
 * Takes the lock of this machine, then the one that is shared with other machines, if there is one.
 *
 * @throws {LockedError} another process has this wallet. {LockUnusableError}
 */
export async function lockRun({ runStore, lock = acquireLock, chainId, address }: RunPlace): Promise<RunLock> {
  const own = await lock({ chainId, address })
  if (runStore?.lock === undefined) return own
  let shared: RunLock
  try {
    shared = await runStore.lock({ chainId, address })
  } catch (error) {
    await own.release()
    throw error
  }
  const lost = [own.lost, shared.lost].filter((signal) => signal !== undefined)
  return {
    async release() {
      try {
        await shared.release()
      } finally {
        await own.release()
      }
    },
    ...(lost.length > 0 && { lost: AbortSignal.any(lost) }),
  }
}

/** `signal`, which also aborts when the lock is lost. */
export const whileHeld = (signal: AbortSignal, { lost }: RunLock): AbortSignal =>
  lost === undefined ? signal : AbortSignal.any([signal, lost])

/** Whether a process, this one included, holds this wallet. The answer may be out of date when it comes. */
export async function isHeld(place: RunPlace): Promise<boolean> {
  const { chainId, address, lock, runStore } = place
  if (lock === undefined && runStore?.lock === undefined) return isLocked({ chainId, address })
  // Other locks can only be tested by taking them.
  try {
    await (await lockRun(place)).release()
    return false
  } catch (error) {
    if (error instanceof LockedError) return true
    throw error
  }
}
