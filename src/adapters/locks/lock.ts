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
  /** Where locks are kept. Default: the folders of this user, the same for every process of his on this machine. */
  directories?: readonly string[]
}

/**
 * Takes the one lock of this wallet on this chain, whatever the state directory: two runs of a wallet would fight over
 * nonces. The kernel gives it back when the process dies, also by SIGKILL, and keeps it while the process is stopped.
 *
 * It is held in every folder that `lockDirectories` finds usable, always in the same order, so that a process that may
 * not write to the home directory still meets one that may. It reaches as far as one user on one machine: another user
 * cannot take it, and cannot hold it against us.
 *
 * Side effects: makes folders, and leaves a link of a few bytes for each wallet.
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

/** Whether a process, this one included, holds the lock. Only asks; the answer may be old when it comes. */
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

/** Windows: a pipe vanishes with its process, and only its first instance can be made. */
async function acquirePipe(wallet: WalletPlace): Promise<RunLock> {
  const name = pipeName(wallet)
  try {
    return lockOf(await listenAt(name))
  } catch {
    throw lockedBy(wallet, await askHolder(name))
  }
}
