import type { RunLock } from '../../ports/run-store.ts'
import { acquireFileLock, isFileLocked } from './file-lock.ts'
import { lockDirectories } from './lock-directories.ts'
import {
  acquireSocketLock,
  askHolder,
  findHolder,
  listenAt,
  lockedBy,
  lockOf,
  NoSocketsError,
  type WalletPlace,
} from './socket-lock.ts'

export interface LockPlace extends WalletPlace {
  /**
   * The folders of the locks. Default: this user's folders, the same for all of the user's processes on this machine.
   */
  directories?: readonly string[]
}

/**
 * Takes the wallet lock on this chain. It is the same for every state directory, because two runs of a wallet would
 * compete for nonces. The kernel releases it when the process dies, also by SIGKILL, and keeps it while the process is
 * stopped.
 *
 * It is taken in every folder that `lockDirectories` finds usable, always in the same order. So a process that may not
 * write to the home directory still meets one that may. It covers one user on one machine: another user can neither
 * take it nor block us with it.
 *
 * Side effects: creates folders, and leaves a link of a few bytes for each wallet.
 *
 * @throws {LockedError} at once, when another process has it.
 * @throws {LockUnusableError} when no folder can hold a lock.
 */
export async function acquireLock({ directories, ...wallet }: LockPlace): Promise<RunLock> {
  if (process.platform === 'win32') return acquirePipe(wallet)
  const held: RunLock[] = []
  const release = async () => {
    for (const lock of held.reverse()) await lock.release()
  }
  try {
    for (const directory of directories ?? lockDirectories()) held.push(await acquireIn(directory, wallet))
    return { release }
  } catch (error) {
    await release()
    throw error
  }
}

/** Whether a process, this one included, holds the lock. Only reads; the answer may be out of date when it comes. */
export async function isLocked({ directories, ...wallet }: LockPlace): Promise<boolean> {
  if (process.platform === 'win32') return (await askHolder(pipeName(wallet))) !== null
  for (const directory of directories ?? lockDirectories()) {
    if ((await findHolder({ ...wallet, directory })) !== null || isFileLocked({ ...wallet, dir: directory }))
      return true
  }
  return false
}

async function acquireIn(directory: string, wallet: WalletPlace): Promise<RunLock> {
  try {
    return await acquireSocketLock({ ...wallet, directory })
  } catch (error) {
    if (error instanceof NoSocketsError) return acquireFileLock({ ...wallet, dir: directory })
    throw error
  }
}

const pipeName = ({ chainId, address }: WalletPlace): string =>
  `\\\\.\\pipe\\venice-onboard-${chainId}-${address.toLowerCase()}`

/** Windows: a pipe ends with its process, and only one first instance can be created. */
async function acquirePipe(wallet: WalletPlace): Promise<RunLock> {
  const name = pipeName(wallet)
  try {
    return lockOf(await listenAt(name))
  } catch {
    throw lockedBy(wallet, await askHolder(name))
  }
}
