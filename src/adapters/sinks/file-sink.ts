import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf } from '../../errors/errno.ts'
import { SinkSymlinkError, SinkUnusableError, SinkWriteError } from '../../errors/secrets.ts'
import type { KeySink } from '../../ports/key-sink.ts'
import { removeStaleTemps, replaceFile, writeTemp } from '../atomic-file.ts'
import type { Environment } from '../child-env.ts'
import { fingerprint } from './fingerprint.ts'
import { gitWarnings } from './git.ts'

/** How a key stands in a text. Pure. An absent file is the empty text. */
export interface KeyFormat {
  encoding: 'utf8' | 'latin1'
  /** Why the key must not be put into `text`, completing "because F …"; null when it may. Quotes nothing from it. */
  objection(text: string): string | null
  find(text: string): string | null
  /** `text` with the key in it, and nothing else changed. */
  put(text: string, apiKey: string): string
}

interface FileSinkOptions {
  name: string
  /** Absolute. */
  path: string
  format: KeyFormat
  /** Where git's configuration is looked for. */
  env: Environment
  /** Makes the file's directory 0700, when it is the sink's own. */
  ownsDirectory?: boolean
}

/** As long as Venice's keys, and then some. */
const REHEARSAL_KEY = 'x'.repeat(128)

/** A sink in one file of mode 0600, replaced as a whole. Symbolic links are refused. */
export function fileSink({ name, path, format, env, ownsDirectory = false }: FileSinkOptions): KeySink {
  const directory = dirname(path)

  function current(): string {
    const stats = fs.lstatSync(path, { throwIfNoEntry: false })
    if (stats === undefined) return ''
    if (stats.isSymbolicLink()) throw new SinkSymlinkError({ sink: name, path })
    if (!stats.isFile()) throw unusable(`${path} is not a file`)
    const text = fs.readFileSync(path, format.encoding)
    const objection = format.objection(text)
    if (objection !== null) throw unusable(`${path} ${objection}`)
    return text
  }

  /** The new content. Read back before it is written: a sink must not lie about a write. */
  function compose(text: string, apiKey: string): Buffer {
    const next = format.put(text, apiKey)
    if (format.find(next) !== apiKey) throw unusable(`the key would not read back from ${path}`)
    return Buffer.from(next, format.encoding)
  }

  function refuseLinkedDirectory(): void {
    if (!ownsDirectory || !fs.lstatSync(directory, { throwIfNoEntry: false })?.isSymbolicLink()) return
    throw new SinkSymlinkError({ sink: name, path: directory })
  }

  function prepareDirectory(): void {
    refuseLinkedDirectory()
    if (!ownsDirectory) return
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 })
    fs.chmodSync(directory, 0o700)
  }

  function unusable(reason: string, cause?: unknown): SinkUnusableError {
    return new SinkUnusableError({ sink: name, reason, cause })
  }

  return {
    name,
    probe: async () => {
      try {
        refuseLinkedDirectory()
        const text = current()
        // Zeros of the same size: finds a full disk, and shows nobody what is in the file.
        const where = ownsDirectory ? nearestExisting(directory) : directory
        fs.rmSync(writeTemp(where, Buffer.alloc(compose(text, REHEARSAL_KEY).length)))
        const key = format.find(text)
        return { fingerprint: key === null ? null : fingerprint(key), warnings: gitWarnings(path, env) }
      } catch (cause) {
        if (cause instanceof SinkUnusableError) throw cause
        throw unusable(`${path} cannot be written`, cause)
      }
    },
    store: async ({ apiKey }) => {
      try {
        prepareDirectory()
        removeStaleTemps(directory)
        replaceFile(path, compose(current(), apiKey))
      } catch (cause) {
        const reason = cause instanceof SinkUnusableError ? cause.reason : `${path} cannot be written`
        throw new SinkWriteError({ sink: name, reason, cause })
      }
    },
    read: async () => {
      try {
        return format.find(current())
      } catch (error) {
        if (error instanceof SinkUnusableError || errnoOf(error) !== undefined) return null
        throw error
      }
    },
  }
}

/** `directory`, or the one above it in which it would be made. */
const nearestExisting = (directory: string): string =>
  fs.existsSync(directory) || dirname(directory) === directory ? directory : nearestExisting(dirname(directory))
