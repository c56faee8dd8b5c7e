import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Address } from '../../domain/addresses.ts'
import { errnoOf } from '../../errors/errno.ts'
import { LockedError } from '../../errors/store.ts'
import type { RunLock } from '../../ports/run-store.ts'
import { acquireFileLock, isFileLocked } from './file-lock.ts'

/** A holder that is stopped cannot say who it is; nobody waits longer than this for its name. */
const ASK_HOLDER_MS = 200

const LOCK_DIR = join(tmpdir(), 'venice-onboard-locks')

export interface LockPlace {
  chainId: number
  address: Address
  /** Where lock files go on systems without named sockets. Default: one folder for every process of the machine. */
  fallbackDir?: string
}

/**
 * Takes the one lock of this wallet on this chain, whatever the state directory: two runs of a wallet would fight over
 * nonces. On Linux it is an abstract unix socket, on Windows a named pipe: both vanish with the process, also by
 * SIGKILL. Elsewhere, or where a sandbox forbids them, it is a file. It reaches as far as one machine and one network
 * namespace; two containers on one volume do not see each other.
 *
 * @throws {LockedError} at once, when another process has it.
 */
export async function acquireLock({ chainId, address, fallbackDir = LOCK_DIR }: LockPlace): Promise<RunLock> {
  const name = lockName(chainId, address)
  if (name === null) return acquireFileLock({ chainId, address, dir: fallbackDir })
  try {
    const server = await listen(name)
    return { release: () => new Promise((resolve) => server.close(() => resolve())) }
  } catch (error) {
    if (errnoOf(error) !== 'EADDRINUSE') return acquireFileLock({ chainId, address, dir: fallbackDir })
    const pid = await askHolder(name)
    throw new LockedError({ chainId, address, ...(pid !== null && { pid }) })
  }
}

/** Whether a process holds the lock of this wallet on this chain. Only asks; the answer may be old when it comes. */
export async function isLocked({ chainId, address, fallbackDir = LOCK_DIR }: LockPlace): Promise<boolean> {
  const name = lockName(chainId, address)
  return (name !== null && (await askHolder(name)) !== null) || isFileLocked({ chainId, address, dir: fallbackDir })
}

function lockName(chainId: number, address: Address): string | null {
  const path = `venice-onboard/${chainId}/${address.toLowerCase()}`
  if (process.platform === 'linux') return `\0${path}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\${path.replaceAll('/', '-')}`
  return null
}

/** Listens under `name` and tells everybody who asks our process id. Does not keep the process alive. */
function listen(name: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy())
      socket.unref().end(String(process.pid), () => socket.destroy())
    })
    server.on('error', reject)
    server.listen(name, () => resolve(server.unref()))
  })
}

function askHolder(name: string): Promise<number | null> {
  return new Promise((resolve) => {
    const socket = connect(name).setTimeout(ASK_HOLDER_MS).setEncoding('utf8')
    let answer = ''
    socket.on('data', (text) => {
      answer += text
    })
    socket.on('timeout', () => socket.destroy())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve(/^\d+$/.test(answer) ? Number(answer) : null))
  })
}
