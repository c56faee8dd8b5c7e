import { createHash, randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { basename, join } from 'node:path'
import type { Address } from '../../domain/addresses.ts'
import { errnoOf } from '../../errors/errno.ts'
import { LockedError, LockUnusableError } from '../../errors/store.ts'
import type { RunLock } from '../../ports/run-store.ts'

export interface WalletPlace {
  chainId: number
  address: Address
}

interface SocketLockPlace extends WalletPlace {
  /** Absolute; owned only by this user. */
  directory: string
}

/** The process that holds a lock. `pid` is null if it does not tell, e.g. because it is stopped. */
export interface Holder {
  pid: number | null
}

/** No unix socket can be bound in this folder: some file systems and sandboxes do not support them. */
export class NoSocketsError extends Error {
  override readonly name = 'NoSocketsError'
}

/** A stopped holder cannot tell its id. We wait at most this long for it. */
const ASK_HOLDER_MS = 200
/** Every failed try means that another process has made progress. */
const MAX_TRIES = 1_000
const GENERATION = /^[1-9]\d{0,8}$/
/** Errors of `bind` where unix sockets are not supported. @see bind(2), unix(7) */
const NO_SOCKETS: readonly unknown[] = ['EACCES', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'ENOSYS', 'EAFNOSUPPORT']

/**
 * A lock made of unix sockets in a folder. Each process that wants it listens on its own socket, with a name that is
 * never used again. It then makes the link `n + 1` to it, where `n` is the highest existing link and nobody listens
 * behind that. A process holds the lock if it made a link and then finds no higher one.
 *
 * Why two can never hold it: making a link is atomic and exclusive. The highest number in the folder never falls,
 * because only a holder removes links, and only lower ones. Suppose a process makes a link above a holder's. If it read
 * the folder after the holder made its link, it finds the holder listening. If it read it before, the holder finds the
 * higher link and withdraws, or the number is taken already. A link to a dead socket stays, and the next process counts
 * on from it. Nothing is taken over, so nothing can be taken over twice.
 *
 * The kernel refuses connections to the socket of a dead process at once, but accepts them for a stopped one.
 *
 * @throws {LockedError} at once, when another process has it, or this one.
 * @throws {NoSocketsError} {LockUnusableError}
 */
export async function acquireSocketLock({ directory, ...wallet }: SocketLockPlace): Promise<RunLock> {
  const folder = folderOf({ directory, ...wallet })
  const name = `${randomBytes(4).toString('hex')}.s`
  const server = await listenIn(folder, name)
  try {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const last = newestIn(folder)
      const holder = last === 0 ? null : await askHolder(join(folder, String(last)))
      if (holder !== null) throw lockedBy(wallet, holder)
      const mine = last + 1
      if (!linkTo(name, join(folder, String(mine))) || newestIn(folder) > mine) continue
      sweepBelow(mine, folder)
      return lockOf(server)
    }
    throw lockedBy(wallet, { pid: null })
  } catch (error) {
    server.close()
    throw errnoOf(error) === undefined ? error : new LockUnusableError({ path: folder, cause: error })
  }
}

/** The holder of the lock in this folder; null if nobody holds it. Changes nothing. */
export async function findHolder(place: SocketLockPlace): Promise<Holder | null> {
  const folder = folderOf(place)
  const last = fs.existsSync(folder) ? newestIn(folder) : 0
  return last === 0 ? null : askHolder(join(folder, String(last)))
}

export const lockedBy = (wallet: WalletPlace, holder: Holder | null): LockedError =>
  new LockedError({ ...wallet, ...(typeof holder?.pid === 'number' && { pid: holder.pid }) })

export const lockOf = (server: Server): RunLock => ({
  release: () => new Promise((resolve) => server.close(() => resolve())),
})

/** The folder name is short, because the path of a socket may have 103 bytes on macOS and 107 on Linux. */
function folderOf({ chainId, address, directory }: SocketLockPlace): string {
  const wallet = `${chainId}-${address.toLowerCase()}`
  return join(directory, createHash('sha256').update(wallet).digest('hex').slice(0, 16))
}

async function listenIn(folder: string, name: string): Promise<Server> {
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
    return await listenAt(join(folder, name))
  } catch (cause) {
    if (NO_SOCKETS.includes(errnoOf(cause)) && fs.existsSync(folder)) throw new NoSocketsError()
    throw new LockUnusableError({ path: folder, cause })
  }
}

/** Listens, and sends our process id to every connection. Does not keep the process alive. */
export function listenAt(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy())
      socket.unref().end(String(process.pid), () => socket.destroy())
    })
    server.on('error', reject)
    // Exclusive: the workers of a cluster would share one socket.
    server.listen({ path, exclusive: true }, () => resolve(server.unref()))
  })
}

/** The process that listens at `path`; null if certainly none does. */
export function askHolder(path: string): Promise<Holder | null> {
  return new Promise((resolve) => {
    const socket = connect(path).setTimeout(ASK_HOLDER_MS).setEncoding('utf8')
    let answer = ''
    let isDead = false
    socket.on('data', (text) => {
      answer += text
    })
    socket.on('timeout', () => socket.destroy())
    socket.on('error', (error) => {
      // Other errors, e.g. a full queue, do not show that it is dead.
      isDead = ['ECONNREFUSED', 'ENOENT'].includes(errnoOf(error) ?? '')
    })
    socket.on('close', () => resolve(isDead ? null : { pid: /^\d+$/.test(answer) ? Number(answer) : null }))
  })
}

const generationsIn = (folder: string): number[] =>
  fs
    .readdirSync(folder)
    .filter((name) => GENERATION.test(name))
    .map(Number)

const newestIn = (folder: string): number => Math.max(0, ...generationsIn(folder))

/** @returns whether the link was made; false when there is one already. */
function linkTo(target: string, path: string): boolean {
  try {
    fs.symlinkSync(target, path)
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Removes links of dead processes, and of those that withdrew, with their sockets. */
function sweepBelow(mine: number, folder: string): void {
  for (const generation of generationsIn(folder)) {
    if (generation >= mine) continue
    const link = join(folder, String(generation))
    fs.rmSync(join(folder, basename(fs.readlinkSync(link))), { force: true })
    fs.rmSync(link, { force: true })
  }
}
