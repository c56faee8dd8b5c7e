import * as fs from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { errnoOf } from '../../errors/errno.ts'
import { StoreNotOursError, StoreUnreadableError, StoreUnusableError, StoreWriteError } from '../../errors/store.ts'
import type { JournalLine, RunStore } from '../../ports/run-store.ts'
import { refuseSymlink, removeStaleTemps, replaceFile, syncDirectory, tempName } from '../atomic-file.ts'
import { type RunPlace, runDirectory } from './run-directory.ts'

/** A `RunStore` in files. */
export interface FileRunStore extends RunStore {
  /** Absolute path of the run's directory. */
  readonly directory: string
}

/** Bytes. A record has some kilobytes. A larger file is something else, and is not read into memory. */
const MAX_RECORD_BYTES = 4 * 1024 * 1024

const { O_RDONLY, O_RDWR, O_APPEND, O_CREAT } = fs.constants
/** Windows has neither. Without the second, opening a pipe waits until somebody opens its other end. */
const CAUTIOUSLY = (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0)
const LINE_FEED = 0x0a
const WRITABLE_BY_OTHERS = 0o022

/**
 * `<state-dir>/sponsor-<chainId>-<lower-case address>`, absolute: the directory of the wallet as a treasury, next to
 * its own run.
 */
export const sponsorDirectory = ({ stateDir, chainId, address }: RunPlace): string =>
  resolve(stateDir, `sponsor-${chainId}-${address.toLowerCase()}`)

/**
 * Opens the files of one wallet on one chain, and creates the directories (0700) if needed. Take the run's lock first.
 * Safe to repeat.
 *
 * @throws {StoreUnusableError}
 * @throws {StoreNotOursError} another user owns the run's directory, or can write to it.
 */
export const openRunStore = (place: RunPlace): Promise<FileRunStore> => openStoreIn(runDirectory(place))

/** The same in any directory. */
export async function openStoreIn(directory: string): Promise<FileRunStore> {
  try {
    makeDirectory(directory)
  } catch (cause) {
    if (cause instanceof StoreNotOursError) throw cause
    throw new StoreUnusableError({ path: directory, cause })
  }
  removeStaleTemps(directory)
  const record = join(directory, 'run.json')
  const previous = join(directory, 'run.json.prev')
  const journal = join(directory, 'journal.ndjson')

  return {
    directory,
    record,
    load: async () => {
      try {
        return readRecord(record)
      } catch (cause) {
        if (errnoOf(cause) === 'ENOENT') return null
        if (cause instanceof StoreUnreadableError || cause instanceof StoreNotOursError) throw cause
        throw new StoreUnreadableError({ path: record, cause })
      }
    },
    save: async (text) => {
      try {
        refuseSymlink(record)
        keepGeneration(record, previous)
        replaceFile(record, text)
      } catch (cause) {
        throw new StoreWriteError({ path: record, cause })
      }
    },
    append: async (line) => appendLine(journal, line),
    archive: async () => {
      try {
        // The record moves last. Until then the run counts as present, and archiving can be repeated.
        return moveAside([journal, previous, record], join(directory, 'archive'))
      } catch (cause) {
        throw new StoreWriteError({ path: directory, cause })
      }
    },
  }
}

function makeDirectory(directory: string): void {
  const first = fs.mkdirSync(directory, { recursive: true, mode: 0o700 })
  refuseSymlink(directory)
  const stats = fs.statSync(directory)
  if (stats.isDirectory()) requireOurs(directory, stats)
  // Only if needed, so that a run on a read-only file system can still be shown.
  if ((stats.mode & 0o777) !== 0o700) fs.chmodSync(directory, 0o700)
  if (first === undefined) return
  for (let made = directory; made !== dirname(first); made = dirname(made)) syncDirectory(dirname(made))
}

/**
 * Refuses files that others can write, because they could change them. Files of root are accepted, since root can
 * change any file; but root itself does not accept files of another user. Windows has no such modes.
 *
 * @throws {StoreNotOursError}
 */
function requireOurs(path: string, { uid: owner, mode }: fs.Stats): void {
  const user = process.getuid?.()
  if (user === undefined || ((owner === user || owner === 0) && (mode & WRITABLE_BY_OTHERS) === 0)) return
  throw new StoreNotOursError({ path, owner, mode, user })
}

function readRecord(path: string): string {
  refuseSymlink(path)
  const file = fs.openSync(path, O_RDONLY | CAUTIOUSLY)
  try {
    const stats = fs.fstatSync(file)
    if (!stats.isFile()) throw new StoreUnreadableError({ path, reason: 'is not a regular file' })
    requireOurs(path, stats)
    if (stats.size > MAX_RECORD_BYTES) throw new StoreUnreadableError({ path, reason: 'is larger than any record' })
    return fs.readFileSync(file, 'utf8')
  } finally {
    fs.closeSync(file)
  }
}

/** Gives the record a second name, which keeps it when `record` is replaced. `record` itself always exists. */
function keepGeneration(record: string, previous: string): void {
  const temp = tempName(dirname(record))
  try {
    fs.linkSync(record, temp)
    fs.renameSync(temp, previous)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return
    // Some file systems (exFAT, a few network mounts) have no hard links.
    replaceFile(previous, fs.readFileSync(record))
  } finally {
    // After a crash between here and the replacement, both names are the same file already. Then rename does nothing.
    fs.rmSync(temp, { force: true })
  }
}

/**
 * One write per line, so that lines never mix. A line that does not fit on the disk is removed again. The history may
 * be lost: a run does not fail because of an error there.
 */
function appendLine(journal: string, line: JournalLine): void {
  try {
    refuseSymlink(journal)
    const file = fs.openSync(journal, O_RDWR | O_APPEND | O_CREAT | CAUTIOUSLY, 0o600)
    try {
      const stats = fs.fstatSync(file)
      // A pipe or a device does not keep what is written.
      if (!stats.isFile()) return
      const { size } = stats
      try {
        fs.appendFileSync(file, `${endsLine(file, size) ? '' : '\n'}${JSON.stringify(line)}\n`)
      } catch (error) {
        fs.ftruncateSync(file, size)
        throw error
      }
    } finally {
      fs.closeSync(file)
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
  }
}

/** Whether the file ends with a complete line. It does not if a power loss cut the last one. */
function endsLine(file: number, size: number): boolean {
  const last = Buffer.alloc(1)
  return size === 0 || fs.readSync(file, last, 0, 1, size - 1) === 0 || last[0] === LINE_FEED
}

function moveAside(files: readonly string[], archive: string): string {
  fs.mkdirSync(archive, { recursive: true, mode: 0o700 })
  refuseSymlink(archive)
  const stamp = new Date().toISOString().replaceAll(/[-:.]/g, '')
  // The suffix keeps two archives of the same millisecond apart.
  const target = fs.mkdtempSync(join(archive, `${stamp}-`))
  for (const file of files) {
    if (fs.existsSync(file)) fs.renameSync(file, join(target, basename(file)))
  }
  syncDirectory(target)
  syncDirectory(archive)
  syncDirectory(dirname(archive))
  return target
}
