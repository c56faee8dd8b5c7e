import * as fs from 'node:fs'

/** Without the second flag, opening a pipe waits until somebody opens its other end. Windows has neither flag. */
const CAUTIOUSLY = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0)

/**
 * Reads a regular file of at most `maxBytes`; null for anything else, and if it is missing or unreadable. Does not wait
 * for a pipe or a device. Follows symbolic links. Never throws.
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
