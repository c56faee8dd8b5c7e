import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { atLeast, entriesOf, exactly, matching, oneOf, optional } from '../../domain/shape.ts'
import { errnoOf } from '../../errors/errno.ts'
import type { Clock } from '../../ports/clock.ts'
import { replaceFile } from '../atomic-file.ts'
import { readSmallFile } from '../small-file.ts'
import { type Abilities, type EndpointNotes, OPTIONAL_METHODS } from './capabilities.ts'
import { endpointNotesFile } from './notes-file.ts'

/** Providers change their limits and plans. Older notes are learned again, at the cost of one refused request. */
const LIFE_MS = 24 * 3_600_000
/** More endpoints than anybody uses. The newest notes stay. */
const MAX_ENDPOINTS = 32
/** Calls. No endpoint takes as many. */
const MAX_NOTED_BATCH = 1_000
/** Bytes. An entry takes about 150. */
const MAX_FILE_BYTES = 16_384

/**
 * Only what an endpoint lacks, since the rest is assumed. State overrides are not noted: the stake is simulated with
 * them, and no file may switch a check off.
 */
interface Note extends Pick<Abilities, 'batchSize' | 'pending' | 'methods'> {
  /** Milliseconds since the epoch: when it was learned. */
  atMs: number
}
const isNote = exactly({
  atMs: atLeast(0),
  batchSize: optional((value) => atLeast(1)(value) && Number(value) <= MAX_NOTED_BATCH),
  pending: optional(oneOf(false)),
  methods: optional(entriesOf(oneOf(...OPTIONAL_METHODS), oneOf(false))),
})
const isFile = exactly({ format: oneOf(1), endpoints: entriesOf(matching(/^[0-9a-f]{64}$/), isNote) })

type Lacks = Omit<Note, 'atMs'>

/**
 * Notes in `endpoints.json` of the state directory, by the SHA-256 of an endpoint's origin. The rest of its URL may
 * hold a key, and is not even hashed. An invalid file is ignored, and replaced by the next note. Side effects: reads
 * the file now, and replaces it when there is something new and the directory exists.
 */
export function openEndpointNotes({ stateDir, clock }: { stateDir: string; clock: Pick<Clock, 'now'> }): EndpointNotes {
  const path = endpointNotesFile(stateDir)
  const noted = read(path, clock.now())

  return {
    of: (origin) => {
      const note = noted.get(hashOf(origin))
      return note === undefined ? {} : structuredClone(lacksOf(note))
    },
    keep(origin, abilities) {
      const [hash, lacks] = [hashOf(origin), lacksOf(abilities)]
      if (JSON.stringify(lacks) === JSON.stringify(lacksOf(noted.get(hash) ?? {}))) return
      noted.set(hash, { atMs: clock.now(), ...lacks })
      // Another process may have noted other endpoints.
      write(path, stateDir, new Map([...read(path, clock.now()), [hash, { atMs: clock.now(), ...lacks }]]))
    },
  }
}

const hashOf = (origin: string): string => createHash('sha256').update(origin).digest('hex')

/** In a fixed order, so that equal notes have equal JSON. */
function lacksOf({ batchSize, pending, methods = {} }: Abilities): Lacks {
  const missing = OPTIONAL_METHODS.filter((method) => methods[method] === false)
  return {
    ...(batchSize !== undefined && { batchSize }),
    ...(pending === false && { pending }),
    ...(missing.length > 0 && { methods: Object.fromEntries(missing.map((method) => [method, false as const])) }),
  }
}

function read(path: string, nowMs: number): Map<string, Note> {
  const parsed = parse(readSmallFile(path, MAX_FILE_BYTES)?.toString('utf8') ?? '')
  const data = isFile(parsed) ? (parsed as { endpoints: Record<string, Note> }) : undefined
  const isCurrent = ({ atMs }: Note) => atMs <= nowMs && nowMs - atMs < LIFE_MS
  return new Map(Object.entries(data?.endpoints ?? {}).filter(([, note]) => isCurrent(note)))
}

function write(path: string, stateDir: string, notes: ReadonlyMap<string, Note>): void {
  if (!existsSync(stateDir)) return
  const newest = [...notes].sort(([, a], [, b]) => b.atMs - a.atMs).slice(0, MAX_ENDPOINTS)
  try {
    replaceFile(path, `${JSON.stringify({ format: 1, endpoints: Object.fromEntries(newest) })}\n`)
  } catch (error) {
    // Ignored: if the disk is full or read-only, the record's write reports it.
    if (errnoOf(error) === undefined) throw error
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
