import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf } from '../../errors/errno.ts'
import { SinkSymlinkError, SinkUnusableError, SinkWriteError } from '../../errors/sink.ts'
import type { KeySink, SinkProbe } from '../../ports/key-sink.ts'
import { removeStaleTemps, replaceFile, writeTemp } from '../atomic-file.ts'
import type { Environment } from '../child-env.ts'
import { fingerprint } from './fingerprint.ts'
import { gitWarnings } from './git.ts'

/** The format of a key in a text. Pure. A missing file is the empty text. */
export interface KeyFormat {
  encoding: 'utf8' | 'latin1'
  /** Why the key must not be put into `text`, completing "because F …"; null when it may. Quotes nothing from it. */
  objection(text: string): string | null
  find(text: string): HeldKey | null
  /** `text` with the key, and nothing else changed. */
  put(text: string, apiKey: string, origin: KeyOrigin): string
}

/** What a text holds in place of the key. */
export interface HeldKey {
  value: string
  /** It names a key that is kept elsewhere, e.g. `op://…`. Default false. */
  isReference?: boolean
  /** The API that minted it, if the text tells; else null or absent. */
  origin?: string | null
}

/** The owner and the origin of a key. */
export interface KeyOrigin {
  /** Origin of the API, e.g. `https://api.venice.ai`; null if unknown. */
  origin: string | null
  address: string | null
  /** ISO 8601: when it is stored. */
  at: string
}

interface FileSinkOptions {
  name: string
  /** Absolute. */
  path: string
  format: KeyFormat
  /** The environment in which git's configuration is found. */
  env: Environment
  /** Creates the file's directory with mode 0700, if it belongs to the sink. */
  ownsDirectory?: boolean
  /** Only this program stores keys there, so a key in it may always be replaced. Default false. */
  isPrivate?: boolean
}

/** Longer than Venice's keys. */
const REHEARSAL_KEY = '0'.repeat(128)

/** A sink in one file of mode 0600, replaced as a whole. Symbolic links are refused. */
export function fileSink({
  name,
  path,
  format,
  env,
  ownsDirectory = false,
  isPrivate = false,
}: FileSinkOptions): KeySink {
  const directory = dirname(path)

  function current(): string {
    const stats = fs.lstatSync(path, { throwIfNoEntry: false })
    if (stats === undefined) return ''
    if (stats.isSymbolicLink()) throw new SinkSymlinkError({ sink: name, path })
    if (!stats.isFile()) throw unusable(`${path} is not a file`)
    const text = readText()
    const objection = format.objection(text)
    if (objection !== null) throw unusable(`${path} ${objection}`)
    return text
  }

  function readText(): string {
    try {
      return fs.readFileSync(path, format.encoding)
    } catch (cause) {
      throw unusable(`${path} cannot be read`, cause)
    }
  }

  /** Refuses a read-only file. The system would allow replacing it, but its owner made it read-only on purpose. */
  function refuseReadOnly(): void {
    const { mode } = fs.lstatSync(path, { throwIfNoEntry: false }) ?? {}
    if (mode !== undefined && (mode & 0o200) === 0) throw unusable(`${path} is read-only`)
  }

  /** The new content. It is parsed again before it is written, because a sink must not report a false success. */
  function compose(text: string, apiKey: string, origin: Partial<KeyOrigin> = {}): Buffer {
    const next = format.put(text, apiKey, { origin: null, address: null, at: new Date().toISOString(), ...origin })
    if (format.find(next)?.value !== apiKey) throw unusable(`the key cannot be read back from ${path}`)
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
        refuseReadOnly()
        // Zeros of the same size: this finds a full disk without copying the file's content.
        const where = ownsDirectory ? nearestExisting(directory) : directory
        fs.rmSync(writeTemp(where, Buffer.alloc(compose(text, REHEARSAL_KEY).length)))
        return { ...probeOf(format.find(text), isPrivate), warnings: gitWarnings(path, env) }
      } catch (cause) {
        if (cause instanceof SinkUnusableError) throw cause
        throw unusable(`${path} cannot be written`, cause)
      }
    },
    store: async ({ apiKey }, _, origin) => {
      try {
        prepareDirectory()
        removeStaleTemps(directory)
        const next = compose(current(), apiKey, origin)
        refuseReadOnly()
        replaceFile(path, next)
      } catch (cause) {
        const reason = cause instanceof SinkUnusableError ? cause.reason : `${path} cannot be written`
        throw new SinkWriteError({ sink: name, reason, cause })
      }
    },
    read: async () => {
      try {
        const held = format.find(current())
        // A reference is not a key, and is not sent to Venice.
        return held === null || held.isReference ? null : held.value
      } catch (error) {
        if (error instanceof SinkUnusableError || errnoOf(error) !== undefined) return null
        throw error
      }
    },
  }
}

const probeOf = (held: HeldKey | null, isPrivate: boolean): Omit<SinkProbe, 'warnings'> =>
  held === null
    ? { fingerprint: null, holds: 'nothing' }
    : {
        fingerprint: fingerprint(held.value),
        holds: isPrivate ? 'nothing' : held.isReference ? 'reference' : 'key',
        ...(!held.isReference && { last6: held.value.slice(-6) }),
        ...(held.origin && { origin: held.origin }),
      }

/** `directory`, or the nearest existing one above it. */
const nearestExisting = (directory: string): string =>
  fs.existsSync(directory) || dirname(directory) === directory ? directory : nearestExisting(dirname(directory))
