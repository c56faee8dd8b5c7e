import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { errnoOf } from '../../errors/errno.ts'
import { LockUnusableError } from '../../errors/store.ts'

/** Bytes of a socket's path: 104 on macOS and 108 on Linux, with a zero at the end. @see unix(7), unix(4) */
const MAX_SOCKET_PATH = 103
/** `/<wallet>/<socket>`: 16 hex digits, then 8 with a suffix. */
const BELOW = '/0123456789abcdef/01234567.s'.length
/**
 * Errors of the folder's owner or of the file system. They are the same for every process of this user, so another
 * folder is used.
 */
const NOT_HERE: readonly unknown[] = [
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOENT',
  'ENOTDIR',
  'EEXIST',
  'ELOOP',
  'ENAMETOOLONG',
]

/**
 * The usable folders for this user's locks, at least one. They depend only on the user's id and the machine, never on
 * the environment: a cron job, an MCP host and a terminal must find the same ones. Each is 0700 and owned by this user:
 * nobody else can bind, connect or remove anything in it.
 *
 * There are two, because a sandboxed process often may write to `/tmp` but not to the home directory. In `/tmp` another
 * user may have taken the name first; then only the home directory counts.
 *
 * Side effects: creates them. Safe to repeat.
 *
 * @throws {LockUnusableError} none can be used.
 */
export function lockDirectories(
  candidates: readonly string[] = [...homeDirectory(), `/tmp/venice-onboard-${userId()}`],
): readonly string[] {
  let cause: unknown
  const usable = candidates
    .map((directory) => join(directory, machineId()))
    .filter((directory) => {
      if (Buffer.byteLength(directory) + BELOW > MAX_SOCKET_PATH) return false
      try {
        makeOwn(directory)
        return true
      } catch (error) {
        cause = error
        if (!NOT_HERE.includes(errnoOf(error))) throw new LockUnusableError({ path: directory, cause: error })
        return false
      }
    })
  if (usable.length > 0) return usable
  const path = candidates.at(-1) ?? ''
  throw new LockUnusableError({ path, cause })
}

const userId = (): number => process.getuid?.() ?? 0

/** The home directory as the system knows it; `HOME` may differ. A service user may have none. */
function homeDirectory(): string[] {
  try {
    const { homedir } = userInfo()
    return fs.statSync(homedir).uid === userId() ? [join(homedir, '.local/state/venice-onboard/locks')] : []
  } catch {
    return []
  }
}

/**
 * An id that differs between machines that share a home directory: a socket of another machine looks like one of a dead
 * process. If the kernel has a boot id, two containers of one machine that share the folder see each other.
 */
function machineId(): string {
  const name = bootId() ?? hostname()
  return createHash('sha256').update(name).digest('hex').slice(0, 8)
}

function bootId(): string | null {
  try {
    return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return null
  }
}

/**
 * Creates `<own>/<machine>`, both only for this user. @throws the error of the system call, or `EACCES` if another user
 * owns it.
 */
function makeOwn(directory: string): void {
  for (const path of [join(directory, '..'), directory]) {
    fs.mkdirSync(path, { recursive: true, mode: 0o700 })
    const stats = fs.lstatSync(path)
    if (!stats.isDirectory() || stats.uid !== userId()) {
      throw Object.assign(new Error(`EACCES: not a folder of this user, '${path}'`), { code: 'EACCES' })
    }
    if ((stats.mode & 0o077) !== 0) fs.chmodSync(path, 0o700)
  }
  fs.accessSync(directory, fs.constants.W_OK | fs.constants.X_OK)
}
