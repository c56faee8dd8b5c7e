import type { FakeClock } from '../support/fake-clock.ts'
import type { Chaos } from './chaos.ts'
import type { Random } from './random.ts'

/** Lets the time of a request pass. */
export type Delay = () => void

export function createDelay({ clock, chaos, random }: { clock: FakeClock; chaos: Chaos; random: Random }): Delay {
  return () => {
    const slow = chaos.strikes('slow-answer')
    clock.pass(slow ? slow.int(1_000, 60_000) : random.int(5, 300))
  }
}
