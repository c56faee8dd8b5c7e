import type { ProgressEvent, RunEvent } from '../driver/events.ts'
import type { RunResult } from '../driver/result.ts'
import type { RunOptions } from './run-onboarding.ts'

export type RunPhase = 'running' | 'pausing' | 'paused' | 'ended'

/** The state of a run in this process. Plain data without secrets. */
export interface RunStatus {
  phase: RunPhase
  /** Null until the record was read. */
  runId: string | null
  /** Dotted path of the machine's state; null until the record was read. */
  state: string | null
  /** Revision of the last step on disk. */
  revision: number | null
  /**
   * What the current step waits for; null if unknown, or if no step is running. `signer`: also a person who is asked.
   */
  awaits: ProgressEvent['awaits'] | null
  /** The result after it ended or paused; null while it runs. */
  result: RunResult | null
}

/** The handle of a run in this process: watch, pause and resume it. Its steps are on disk even if the process dies. */
export interface RunHandle {
  /**
   * How the run ended. Pending while it is paused by `pause`; a run whose signal aborts has the outcome `paused`.
   * Rejects with the classes of `runOnboarding`. An unhandled rejection does not end the process.
   */
  readonly result: Promise<RunResult>
  /**
   * Every event until the run ends: all steps from its beginning, and progress from now on. Allows any number of
   * readers. Throws what `result` rejects with.
   */
  readonly events: AsyncIterable<RunEvent>
  status(): RunStatus
  /**
   * Finishes and records the current step, and stops before the next. It does not wait for the answer of a person, a
   * wallet or a sink: `resume` asks again. Safe to repeat.
   *
   * @returns the outcome `paused`, or the final result if the run ended meanwhile.
   */
  pause(): Promise<RunResult>
  /** Resumes a paused run. Does nothing to a run that is running or has ended. */
  resume(): void
}

/** The function that starts or resumes a run: `runOnboarding`, or a wrapper around it. */
export type StartRun = (options: Pick<RunOptions, 'signal' | 'onEvent'>) => Promise<RunResult>

/** The handle of a run. `start` begins it, and resumes it after every pause. */
export function controlled(
  start: StartRun,
  { signal, onEvent }: Pick<RunOptions, 'signal' | 'onEvent'> = {},
): RunHandle {
  const steps: Exclude<RunEvent, { type: 'progress' }>[] = []
  const readers = new Set<{ take(event: RunEvent): void; wake(): void }>()
  const ending = deferred<RunResult>()
  ending.promise.catch(() => {})
  let phase: RunPhase = 'running'
  let last: RunResult | null = null
  let awaits: RunStatus['awaits'] = null
  let pausing = new AbortController()
  let passing = pass()

  function publish(event: RunEvent): void {
    awaits = event.type === 'progress' ? event.awaits : null
    if (event.type !== 'progress') steps.push(event)
    for (const { take } of readers) take(event)
    onEvent?.(event)
  }

  async function pass(): Promise<RunResult> {
    const own = pausing.signal
    try {
      const both = signal === undefined ? own : AbortSignal.any([signal, own])
      last = await start({ signal: both, onEvent: publish })
      phase = last.outcome === 'paused' && own.aborted && signal?.aborted !== true ? 'paused' : 'ended'
      if (phase === 'ended') ending.resolve(last)
      return last
    } catch (error) {
      phase = 'ended'
      ending.reject(error)
      throw error
    } finally {
      for (const { wake } of readers) wake()
    }
  }
  passing.catch(() => {})
  signal?.addEventListener('abort', () => phase === 'paused' && end(), { once: true })

  /** Ends a paused run that is given up. */
  function end(): void {
    phase = 'ended'
    if (last !== null) ending.resolve(last)
    for (const { wake } of readers) wake()
  }

  return {
    result: ending.promise,
    events: {
      [Symbol.asyncIterator]: () =>
        readEvents(steps, { readers, hasEnded: () => phase === 'ended', rethrow: () => ending.promise }),
    },
    status() {
      const step = steps.at(-1)
      const state = step === undefined ? null : step.type === 'transition' ? step.to : step.state
      return {
        phase,
        runId: step?.runId ?? last?.runId ?? null,
        state: state ?? last?.state ?? null,
        revision: step?.revision ?? null,
        awaits: phase === 'running' || phase === 'pausing' ? awaits : null,
        result: phase === 'running' || phase === 'pausing' ? null : last,
      }
    },
    pause() {
      if (phase === 'running') {
        phase = 'pausing'
        pausing.abort(new Error('paused'))
      }
      return passing
    },
    resume() {
      if (phase !== 'paused') return
      phase = 'running'
      pausing = new AbortController()
      passing = pass()
      passing.catch(() => {})
    },
  }
}

async function* readEvents(
  earlier: readonly RunEvent[],
  {
    readers,
    hasEnded,
    rethrow,
  }: {
    readers: Set<{ take(event: RunEvent): void; wake(): void }>
    hasEnded: () => boolean
    rethrow: () => Promise<unknown>
  },
): AsyncGenerator<RunEvent, void, undefined> {
  const queue: RunEvent[] = [...earlier]
  let wake = () => {}
  const reader = {
    take(event: RunEvent) {
      queue.push(event)
      wake()
    },
    wake: () => wake(),
  }
  readers.add(reader)
  try {
    for (;;) {
      for (let event = queue.shift(); event !== undefined; event = queue.shift()) yield event
      if (hasEnded()) {
        await rethrow()
        return
      }
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  } finally {
    readers.delete(reader)
  }
}

function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
