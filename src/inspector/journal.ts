import * as fs from 'node:fs'
import type { Step } from './model/step.ts'
import { type Projected, projectStep } from './projection.ts'

/** Longer lines are not ours, and are passed over. */
const MAX_LINE_BYTES = 1_000_000
const CHUNK_BYTES = 256 * 1024

/** What one look at a journal found. */
export interface JournalNews {
  /** The file is another one than before, or was cut: what was read of it does not count any more. */
  isOther: boolean
  found: readonly Projected[]
}

/** Reads a journal piece by piece, as it grows. Lines that are cut short, or not ours, are passed over. */
export interface JournalReader {
  /** @throws the error of the system call that failed, other than that there is no such file. */
  read(): JournalNews
}

export function createJournalReader(path: string): JournalReader {
  let inode: bigint | null = null
  let offset = 0
  let rest: Buffer = Buffer.alloc(0)
  let last: Step | null = null

  const forget = () => {
    offset = 0
    rest = Buffer.alloc(0)
    last = null
  }
  return {
    read() {
      const file = open(path)
      if (file === null) return { isOther: false, found: [] }
      try {
        const { ino, size } = fs.fstatSync(file, { bigint: true })
        const isOther = inode !== null && (ino !== inode || size < offset)
        if (isOther) forget()
        inode = ino
        const found: Projected[] = []
        for (let chunk = readAt(file, offset); chunk.length > 0; chunk = readAt(file, offset)) {
          offset += chunk.length
          rest = takeLines(Buffer.concat([rest, chunk]), (line) => {
            const projected = projectStep(parse(line), last)
            if (projected === null) return
            last = projected.step
            found.push(projected)
          })
        }
        return { isOther, found }
      } finally {
        fs.closeSync(file)
      }
    },
  }
}

function open(path: string): number | null {
  try {
    // Without this, to open a pipe waits until somebody opens its other end.
    const file = fs.openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0))
    if (fs.fstatSync(file).isFile()) return file
    fs.closeSync(file)
    return null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function readAt(file: number, position: number): Buffer {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  return chunk.subarray(0, fs.readSync(file, chunk, 0, CHUNK_BYTES, position))
}

/** Gives every whole line to `take` and returns what is left. */
function takeLines(text: Buffer, take: (line: string) => void): Buffer {
  let start = 0
  for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10, start)) {
    if (end - start < MAX_LINE_BYTES) take(text.toString('utf8', start, end))
    start = end + 1
  }
  const rest = text.subarray(start)
  // The beginning of a line that is too long is not kept; its end will not parse.
  return Buffer.from(rest.length < MAX_LINE_BYTES ? rest : '')
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
