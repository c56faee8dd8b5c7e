import { replaceFile } from '../adapters/atomic-file.ts'
import { onTiming, type Timing } from '../adapters/timing.ts'
import type { RunEvent } from '../driver/events.ts'
import { TraceFileError } from '../errors/cli.ts'

/** One line of the format. Times are in microseconds since the process began; `tid` is the lane that it is drawn in. */
type TraceEvent = { pid: 1; tid: number; name: string } & (
  | { ph: 'X'; cat: string; ts: number; dur: number; args: Readonly<Record<string, string | number>> }
  | { ph: 'M'; args: { name: string } }
  | { ph: 'M'; args: { sort_index: number } }
)

interface Span extends Omit<Timing, 'lane'> {
  lane: string
}

export interface TraceFile {
  /** To be given as `onEvent`. */
  onEvent(event: RunEvent): void
  /** Writes the file. @throws {TraceFileError} */
  end(): void
}

/**
 * Keeps what a run does for a time line of it: states, requests, durable writes and waits, in the trace event format, which
 * Perfetto and the performance view of a browser open.
 *
 * Side effects: replaces `path` now, so that a bad path is known before anything is done, and at the end.
 *
 * @param path - absolute.
 * @param scrub - removes what must not be shown, should it be in a name all the same.
 * @throws {TraceFileError} it cannot be written now.
 * @see https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU (2026-11-30)
 */
export function openTraceFile(path: string, { scrub }: { scrub: (text: string) => string }): TraceFile {
  const spans: Span[] = []
  const began = performance.now()
  let state = { name: 'start of the program', startMs: 0 }

  function write(): void {
    try {
      replaceFile(path, scrub(traceOf(spans)))
    } catch (cause) {
      throw new TraceFileError({ path, cause })
    }
  }

  function enter(name: string): void {
    const endMs = performance.now()
    spans.push({ lane: 'states', ...state, endMs, facts: {} })
    state = { name, startMs: endMs }
  }

  write()
  spans.push({ lane: 'program', name: 'Node and the code are loaded', startMs: 0, endMs: began, facts: {} })
  const stop = onTiming((timing) => void spans.push(timing))
  return {
    onEvent(event) {
      if (event.type === 'transition') enter(event.to)
    },
    end() {
      stop()
      enter('')
      write()
    },
  }
}

/** The lanes, from above. What overlaps in one of them gets a second row. */
const LANES = ['program', 'states', 'RPC', 'Venice', 'durable writes', 'waits']
/** Rows that a lane may have; more than requests are ever under way at once. */
const ROWS = 100

function traceOf(spans: readonly Span[]): string {
  const ends = new Map<number, number>()
  const events = spans
    .toSorted((one, other) => one.startMs - other.startMs)
    .map(({ lane, name, startMs, endMs, facts }): TraceEvent => {
      let tid = (LANES.indexOf(lane) + 1) * ROWS
      while ((ends.get(tid) ?? 0) > startMs) tid += 1
      ends.set(tid, endMs)
      return { ph: 'X', pid: 1, tid, name, cat: lane, ts: micros(startMs), dur: micros(endMs - startMs), args: facts }
    })
  const rows = [...ends.keys()].flatMap((tid): TraceEvent[] => [
    { ph: 'M', pid: 1, tid, name: 'thread_name', args: { name: LANES[Math.floor(tid / ROWS) - 1] ?? '' } },
    { ph: 'M', pid: 1, tid, name: 'thread_sort_index', args: { sort_index: tid } },
  ])
  const lines = [...rows, ...events].map((event) => JSON.stringify(event))
  return `{"displayTimeUnit":"ms","traceEvents":[\n${lines.join(',\n')}\n]}\n`
}

const micros = (ms: number): number => Math.round(ms * 1_000)
