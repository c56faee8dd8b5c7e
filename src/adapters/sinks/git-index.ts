import { join } from 'node:path'
import { readSmallFile } from '../small-file.ts'

/** Bytes. The index of the Linux kernel's tree has 10 MB. */
const MAX_INDEX = 64 * 1024 * 1024
const HEADER = 12
/** Bytes of an entry for times, device, inode, mode, owner, group and size. Its object id and flags follow. */
const STATS = 40
const SHA1 = 20
const SHA256 = 32
const NAME_MASK = 0x0fff
const EXTENDED = 0x4000

/**
 * Whether git commits changes of `path` in spite of its ignore rules, because it is in the index. An unreadable index
 * counts as not tracked; of a split index only its own part is read.
 *
 * @param path - relative to the work tree.
 * @see https://git-scm.com/docs/index-format (checked 2026-11-30)
 */
export function isTracked(path: string, { gitDir, commonDir }: { gitDir: string; commonDir: string }): boolean {
  const index = readSmallFile(join(gitDir, 'index'), MAX_INDEX)
  if (index === null || index.length < HEADER || index.toString('latin1', 0, 4) !== 'DIRC') return false
  const config = readSmallFile(join(commonDir, 'config'), MAX_INDEX)?.toString('utf8') ?? ''
  const idLength = /^[ \t]{0,99}objectformat[ \t]{0,99}=[ \t]{0,99}sha256[ \t]{0,99}\r?$/im.test(config) ? SHA256 : SHA1
  const wanted = path.replaceAll('\\', '/')
  for (const name of namesIn(index, idLength)) if (name === wanted) return true
  return false
}

function* namesIn(index: Buffer, idLength: number): Generator<string> {
  const version = index.readUInt32BE(4)
  const count = index.readUInt32BE(8)
  let name: Buffer = Buffer.alloc(0)
  let at = HEADER
  for (let entry = 0; entry < count; entry += 1) {
    const begin = at
    at += STATS + idLength
    if (at + 2 > index.length) return
    const flags = index.readUInt16BE(at)
    at += (flags & EXTENDED) === 0 ? 2 : 4
    if (version === 4) {
      const [cut, length] = readVariable(index, at)
      at += length
      const end = index.indexOf(0, at)
      if (end < 0) return
      name = Buffer.concat([name.subarray(0, Math.max(0, name.length - cut)), index.subarray(at, end)])
      at = end + 1
    } else {
      const stated = flags & NAME_MASK
      const end = stated < NAME_MASK ? at + stated : index.indexOf(0, at)
      if (end < 0) return
      name = index.subarray(at, end)
      // One to eight zeros, up to a multiple of eight.
      at = begin + Math.ceil((end - begin + 1) / 8) * 8
    }
    yield name.toString('utf8')
  }
}

/** A number with seven bits per byte, as in a pack's offsets, and its length in bytes. */
function readVariable(bytes: Buffer, at: number): [value: number, length: number] {
  let length = 1
  let byte = bytes[at] ?? 0
  let value = byte & 0x7f
  while ((byte & 0x80) !== 0 && length < 5) {
    byte = bytes[at + length] ?? 0
    value = (value + 1) * 128 + (byte & 0x7f)
    length += 1
  }
  return [value, length]
}
