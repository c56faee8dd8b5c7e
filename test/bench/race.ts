import { CONTESTANTS, type Name } from './contestants.ts'
import { type Conditions, openPlace, type Place, type Requests } from './place.ts'

/** aligned: every start is just after a block. random: at any time between two blocks. */
export type Phase = 'aligned' | 'random'

export interface Lap extends Requests {
  round: number
  name: Name
  seconds: number
}

export interface Race {
  conditions: Conditions
  phase: Phase
  laps: readonly Lap[]
}

const NAMES = Object.keys(CONTESTANTS) as Name[]

/**
 * Runs the contestants one after the other, round after round, each with its own wallet. In one round all of
 * them start at the same phase; the first one changes from round to round.
 */
export async function race(
  conditions: Conditions,
  phase: Phase,
  { rounds, names = NAMES, note }: { rounds: number; names?: readonly Name[]; note: (lap: Lap) => void },
): Promise<Race> {
  const place = await openPlace(conditions, (rounds + 1) * names.length)
  const laps: Lap[] = []
  try {
    // The first run loads and compiles code.
    for (const name of names) await lap(place, name, { round: 0, waitMs: 0, conditions })
    for (let round = 1; round <= rounds; round += 1) {
      const waitMs = phase === 'aligned' ? 0 : phaseOf(round) * conditions.blockTimeMs
      const order = [...names.slice(round % names.length), ...names.slice(0, round % names.length)]
      for (const name of order) {
        const made = await lap(place, name, { round, waitMs, conditions })
        laps.push(made)
        note(made)
      }
    }
  } finally {
    place.close()
  }
  return { conditions, phase, laps }
}

/** Spreads the rounds over a block by the golden ratio, which spreads any number of them. */
const phaseOf = (round: number): number => (round * 0.618_034) % 1

async function lap(
  place: Place,
  name: Name,
  { round, waitMs, conditions }: { round: number; waitMs: number; conditions: Conditions },
): Promise<Lap> {
  const start = place.start()
  await place.reset()
  if (conditions.blockTimeMs > 0) await place.nextBlock()
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
  const startedAt = performance.now()
  await CONTESTANTS[name](start)
  const seconds = (performance.now() - startedAt) / 1_000
  return { round, name, seconds, ...(await place.requests()) }
}
