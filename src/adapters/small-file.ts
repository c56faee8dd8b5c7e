import * as fs from 'node:fs'

/** Without the second, to open a pipe waits until somebody opens its other end. Windows has neither. */
const CAUTIOUSLY = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0)

/**
 * A regular file of at most `maxBytes`; null for anything else, and for what is not there or cannot be read. A pipe or a
 * device in its place is not waited for. Follows symbolic links. Never throws.
 */
export function readSmallFile(path: string, maxBytes: number): Buffer | null {
  let file: number | undefined
  try {
    file = fs.openSync(path, CAUTIOUSLY)
    const stats = fs.fstatSync(file)
    return stats.isFile() && stats.size <= maxBytes ? fs.readFileSync(file) : null
  } catch {
    return null
  } finally {
    if (file !== undefined) fs.closeSync(file)
  }
}
