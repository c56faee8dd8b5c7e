import type { Name } from './contestants.ts'
import type { Lap, Race } from './race.ts'

export interface Figures {
  name: Name
  /** Seconds. */
  median: number
  fastest: number
  slowest: number
  /** Median of the seconds above the floor of the same round. */
  beyondFloor: number
  /** Medians of the ratios of the same round. */
  toFloor: number
  toViem: number
  /** Medians. */
  http: number
  calls: number
}

export const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = Number.NaN, high = low] = sorted.length % 2 === 1 ? [sorted[middle]] : sorted.slice(middle - 1)
  return (low + high) / 2
}

/** The statistics of a race, by contestant. */
export function figuresOf({ laps }: Race): Figures[] {
  const names = [...new Set(laps.map(({ name }) => name))]
  const of = (name: Name) => laps.filter((lap) => lap.name === name)
  const inRound = (name: Name, { round }: Lap) => of(name).find((lap) => lap.round === round)?.seconds ?? Number.NaN
  return names
    .map((name) => {
      const own = of(name)
      const seconds = own.map((lap) => lap.seconds)
      return {
        name,
        median: median(seconds),
        fastest: Math.min(...seconds),
        slowest: Math.max(...seconds),
        beyondFloor: median(own.map((lap) => lap.seconds - inRound('floor', lap))),
        toFloor: median(own.map((lap) => lap.seconds / inRound('floor', lap))),
        toViem: median(own.map((lap) => lap.seconds / inRound('viem', lap))),
        http: median(own.map((lap) => lap.http)),
        calls: median(own.map((lap) => lap.calls)),
      }
    })
    .sort((a, b) => a.median - b.median)
}
