/** Reproducible randomness: the same seed gives the same values. */
export interface Random {
  /** 0 ≤ n < 1. */
  next(): number
  /** True with probability `p`. */
  chance(p: number): boolean
  /** A whole number, both ends included. */
  int(from: number, to: number): number
  /** @throws {RangeError} there is nothing to pick from. */
  pick<T>(list: readonly T[]): T
  /** An independent stream, which draws from others do not change. */
  fork(name: string): Random
}

/** mulberry32. @see https://github.com/cprosche/mulberry32 */
export function createRandom(seed: number): Random {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const random: Random = {
    next,
    chance: (p) => next() < p,
    int: (from, to) => from + Math.floor(next() * (to - from + 1)),
    pick<T>(list: readonly T[]): T {
      if (list.length === 0) throw new RangeError('There is nothing to pick from.')
      // The cast: the index is within the list, whose entries may be undefined themselves.
      return list[random.int(0, list.length - 1)] as T
    },
    fork: (name) => createRandom(mix(seed, name)),
  }
  return random
}

/** FNV-1a of `name`, starting from `seed`. */
function mix(seed: number, name: string): number {
  let hash = Math.imul(seed ^ 0x811c9dc5, 0x9e3779b1)
  for (let index = 0; index < name.length; index += 1) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193)
  return hash ^ (hash >>> 15)
}
