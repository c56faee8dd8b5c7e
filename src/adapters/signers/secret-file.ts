import { constants } from 'node:fs'
import { access, open } from 'node:fs/promises'
import { KeyFileTooOpenError, KeyFileUnreadableError } from '../../errors/signer/keys.ts'

/** A private key has 66 characters; a password may have more. A larger file is something else. */
const MAX_BYTES = 4096
const READABLE_BY_ALL = 0o004

/**
 * Reads a file that holds only a secret, and removes whitespace at its end, as Foundry does.
 *
 * A file that every user can read is refused if this user could change its mode. If not, it is accepted: Docker and
 * Kubernetes mount secrets read-only with mode 0444, behind symbolic links, and nobody can change that.
 *
 * No side effects; safe to repeat.
 *
 * @throws {KeyFileUnreadableError}
 * @throws {KeyFileTooOpenError}
 */
export async function readSecretFile(path: string): Promise<string> {
  const { text, mode } = await readSmallFile(path).catch((cause: unknown) => {
    throw cause instanceof KeyFileUnreadableError ? cause : new KeyFileUnreadableError({ path, cause })
  })
  if (process.platform !== 'win32' && (mode & READABLE_BY_ALL) !== 0 && (await isWritable(path))) {
    throw new KeyFileTooOpenError({ path, mode })
  }
  return text.trimEnd()
}

async function readSmallFile(path: string): Promise<{ text: string; mode: number }> {
  const file = await open(path, 'r')
  try {
    const stats = await file.stat()
    const { mode, size } = stats
    // With a pipe, a shell passes a secret that is in no file: <(pass show wallet).
    if (!stats.isFile() && !stats.isFIFO()) throw new KeyFileUnreadableError({ path, reason: 'it is not a file' })
    if (size > MAX_BYTES) throw new KeyFileUnreadableError({ path, reason: `it is larger than ${MAX_BYTES} bytes` })
    return { text: await file.readFile('utf8'), mode }
  } finally {
    await file.close()
  }
}

const isWritable = (path: string): Promise<boolean> =>
  access(path, constants.W_OK).then(
    () => true,
    () => false,
  )
