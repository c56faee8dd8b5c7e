import type { Ports } from '../../src/driver/effects/io.ts'
import { Crash } from '../support/memory-host.ts'
import { AT_HAND } from '../support/world.ts'

export interface LifeOptions {
  /** The point at which the process dies; null for never. */
  crashAt: number | null
  /** The point at which a pause is requested. */
  pauseAt: number | null
  note: (line: string) => void
}

/** One process: it passes points until it dies at one of them, and nothing after that happens. */
export interface Life {
  readonly signal: AbortSignal
  readonly isDead: boolean
  point(where: string): void
  /** Ends it here, whatever point this is. */
  kill(why: string): never
}

export function createLife({ crashAt, pauseAt, note }: LifeOptions): Life {
  const pause = new AbortController()
  let points = 0
  let isDead = false
  const kill = (why: string): never => {
    if (!isDead) note(`killed ${why}`)
    isDead = true
    throw new Crash(why)
  }
  return {
    signal: pause.signal,
    get isDead() {
      return isDead
    },
    kill,
    point(where) {
      points += 1
      if (points === pauseAt) {
        note(`pause ${where}`)
        pause.abort()
      }
      if (isDead || points === crashAt) kill(where)
    },
  }
}

/** Runs `work` between two points: the process may die before it, and after it was done. */
export async function between<T>(life: Life, name: string, work: () => Promise<T>): Promise<T> {
  life.point(`before ${name}`)
  try {
    return await work()
  } finally {
    life.point(`after ${name}`)
  }
}

/** `ports`, with every call between two points. */
export function portsOf(life: Life, { chain, venice, signer, sink, fallbackSinks = [], clock }: Ports): Ports {
  const watch = <Port extends object>(portName: string, port: Port): Port =>
    new Proxy(port, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function' || AT_HAND.has(name)) return member
        return (...input: unknown[]) =>
          between(life, `${portName}.${String(name)}`, () => member.apply(target, input) as Promise<unknown>)
      },
    })
  return {
    chain: watch('chain', chain),
    venice: watch('venice', venice),
    signer: watch('signer', signer),
    sink: watch('sink', sink),
    fallbackSinks: fallbackSinks.map((fallback) => watch('fallback', fallback)),
    clock: {
      now: () => clock.now(),
      random: () => clock.random(),
      id: (length) => clock.id(length),
      sleepUntil: (atMs, signal) => between(life, 'clock.sleepUntil', () => clock.sleepUntil(atMs, signal)),
    },
  }
}
