import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { errnoOf } from '../../errors/errno.ts'

const DIGITS = /^[0-9a-f]{64}$/
const FOLDER = '.config/venice-onboard'
const FILE = 'record-secret'

/**
 * A secret of this user, outside of every state folder. It seals the records of wallets whose key is not in this
 * process. Created at the first use: 32 random bytes in hex, mode 0600. Null if there is no home directory to keep it
 * in: then records are not sealed, and approvals are asked again.
 *
 * Side effects: creates the file. Safe to repeat, also in several processes at once: the first file stays.
 *
 * @param home - Default: the user's as the system knows it; `HOME` may be something else.
 */
export function userSecret(home: string | null = systemHome()): string | null {
  if (home === null) return null
  const folder = join(home, FOLDER)
  const path = join(folder, FILE)
  try {
    return read(path) ?? make(folder, path)
  } catch {
    return null
  }
}

function make(folder: string, path: string): string | null {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  const made = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  fs.writeFileSync(made, randomBytes(32).toString('hex'), { flag: 'wx', mode: 0o600 })
  try {
    // A link is made completely or not at all, and never replaces a file.
    fs.linkSync(made, path)
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
  } finally {
    fs.unlinkSync(made)
  }
  return read(path)
}

/** Null if there is none, or if somebody else could have written it. */
function read(path: string): string | null {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false })
  if (stat === undefined || !stat.isFile()) return null
  const uid = process.getuid?.()
  if (uid !== undefined && (stat.uid !== uid || (stat.mode & 0o077) !== 0)) return null
  const text = fs.readFileSync(path, 'utf8').trim()
  return DIGITS.test(text) ? text : null
}

function systemHome(): string | null {
  try {
    return userInfo().homedir || null
  } catch {
    return null
  }
}
