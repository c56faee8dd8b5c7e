/** Runs work in the order of the calls, at most `limit` pieces at a time. */
export function createQueue(limit: number) {
  let running = 0
  const waiting: (() => void)[] = []
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running < limit) running += 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      // A free place goes to the piece that waited longest.
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
