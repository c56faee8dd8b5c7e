import { randomBytes } from 'node:crypto'
import { lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { TokenFileUnusableError } from '../errors/gateway.ts'

const TOKEN = /^[\w-]{32,200}$/
const BYTES = 32

/**
 * The token that callers of the gateway must bring: the one in `path`, or a new random one that is put there, so that it
 * stays the same when the gateway is started again.
 *
 * Side effects: may make the file, mode 0600, and its folder, mode 0700.
 *
 * @throws {TokenFileUnusableError} it is a link, others may read it, or it holds something else.
 */
export function tokenIn(path: string): string {
  return read(path) ?? make(path)
}

function read(path: string): string | null {
  try {
    const found = lstatSync(path)
    if (!found.isFile()) throw new TokenFileUnusableError({ path, reason: 'it is not a plain file' })
    if (process.platform !== 'win32' && (found.mode & 0o077) !== 0)
      throw new TokenFileUnusableError({ path, reason: 'others may read it' })
    const token = readFileSync(path, 'utf8').trim()
    if (!TOKEN.test(token)) throw new TokenFileUnusableError({ path, reason: 'it does not hold a token' })
    return token
  } catch (error) {
    if (error instanceof TokenFileUnusableError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return null
    throw new TokenFileUnusableError({ path, reason: code ?? 'it cannot be read' }, { cause: error })
  }
}

function make(path: string): string {
  const token = randomBytes(BYTES).toString('base64url')
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(path, `${token}\n`, { mode: 0o600, flag: 'wx' })
    return token
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new TokenFileUnusableError({ path, reason: code ?? 'it cannot be written' }, { cause: error })
  }
}
