import type { OnboardingInput } from '../../machines/onboarding/context.ts'
import { type Driven, drive, type Host } from '../../src/driver/driver.ts'
import type { Effects } from '../../src/driver/effects/io.ts'
import { type Envelope, seal, unseal } from '../../src/driver/envelope.ts'
import type { RunEvent, TransitionEvent } from '../../src/driver/events.ts'
import { type FakeClock, fakeClock } from './fake-clock.ts'
import { request } from './samples.ts'

/** The process has died: its next action does not happen. */
export class Crash extends Error {
  override readonly name = 'Crash'
}

export interface MemoryHost extends Host {
  /** The content of the disk: sealed text of the last saved envelope. */
  disk: string | null
  /** `save <revision> <due effect>`, `step <effect>`, `sleep`, in order. */
  readonly log: string[]
  readonly events: RunEvent[]
  /** Points at which a crash could have happened. */
  readonly points: number
  /** Passes one more point. */
  point(): void
}

/**
 * A host whose disk is a string. With `crashAt: n` the process dies at the n-th point: before and after each save, step
 * and sleep is one.
 */
export function memoryHost({
  clock = fakeClock(),
  disk = null,
  crashAt = Number.POSITIVE_INFINITY,
}: {
  clock?: FakeClock
  disk?: string | null
  crashAt?: number
} = {}): MemoryHost {
  const log: string[] = []
  const events: RunEvent[] = []
  let points = 0
  const point = () => {
    points += 1
    if (points >= crashAt) throw new Crash(`at point ${points}`)
  }
  const between = async <T>(run: () => Promise<T>): Promise<T> => {
    point()
    // A failure of the step itself still reaches the point after it.
    const outcome = await run().then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error
      },
    )
    point()
    return outcome()
  }
  const host: MemoryHost = {
    disk,
    log,
    events,
    get points() {
      return points
    },
    point,
    step: (name, run) => {
      log.push(`step ${name}`)
      return between(run)
    },
    sleepUntil: (until, signal) => {
      log.push('sleep')
      return between(() => clock.sleepUntil(Date.parse(until), signal))
    },
    save: (envelope) =>
      between(async () => {
        log.push(`save ${envelope.revision} ${envelope.due?.src ?? 'nothing'}`)
        host.disk = await seal(envelope)
      }),
    publish: (event) => {
      events.push(event)
    },
    now: () => new Date(clock.now()).toISOString(),
  }
  return host
}

/** The envelope on the host's disk. */
export async function onDisk({ disk }: Pick<MemoryHost, 'disk'>): Promise<Envelope | null> {
  const { chainId, address } = request()
  return disk === null ? null : unseal(disk, 'memory', { chainId, address })
}

/** Drives the run on the host's disk, or a new one. */
export async function driveOn(
  host: MemoryHost,
  effects: Effects,
  {
    input = {},
    signal = new AbortController().signal,
  }: { input?: Partial<OnboardingInput>; signal?: AbortSignal } = {},
): Promise<Driven> {
  return drive({ effects, host, envelope: await onDisk(host), input: { request: request(), ...input }, signal })
}

export const transitions = ({ events }: Pick<MemoryHost, 'events'>): TransitionEvent[] =>
  events.filter((event) => event.type === 'transition')
