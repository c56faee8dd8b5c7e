import type { Been } from './history.ts'
import { inWords } from './words.ts'

/** Characters of a label; longer ones would cover the boxes. */
const MAX_LENGTH = 26

/** What is written at an arrow that was taken. */
export interface TakenWords {
  /** How often it was taken. */
  count: number
  /** Why and how often, in short. Empty for one that was taken once and needs no reason. */
  label: string
  /** Every reason with its number, a line each. */
  all: readonly string[]
}

/** Says of an arrow, which stands for `edges`, why it was taken: never a reason that only might have been one. */
export function takenWords(edges: readonly number[], { edges: counts, whys }: Been): TakenWords {
  const count = edges.reduce((sum, edge) => sum + (counts.get(edge) ?? 0), 0)
  const byWhy = new Map<string, number>()
  for (const [why, times] of edges.flatMap((edge) => [...(whys.get(edge) ?? [])]))
    byWhy.set(why, (byWhy.get(why) ?? 0) + times)
  const sorted = [...byWhy].sort(([, a], [, b]) => b - a)
  const [first] = sorted
  const more = sorted.length > 1 ? `+ ${sorted.length - 1} more` : ''
  const words = [first === undefined ? '' : short(first[0]), more, count > 1 ? `×${count}` : '']
  return {
    count,
    label: words.filter((word) => word !== '').join(' '),
    all: sorted.map(([why, times]) => `${inWords(why)} ×${times}`),
  }
}

/** A code without its prefix where there is no room for both. */
function short(why: string): string {
  const words = inWords(why)
  const fitting = words.length > MAX_LENGTH ? words.slice(words.indexOf('/') + 1) : words
  return fitting.length > MAX_LENGTH ? `${fitting.slice(0, MAX_LENGTH - 1)}…` : fitting
}
