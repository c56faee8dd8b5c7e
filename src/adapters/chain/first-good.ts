/**
 * Starts `tasks` one after another, each when the one before it failed or took `afterMs`.
 *
 * @param onLate - called with the index of a task that took that long.
 * @returns the first good result.
 * @throws {AggregateError} with the reasons of all, in the order of `tasks`.
 */
export function firstGood<T>(
  tasks: readonly (() => Promise<T>)[],
  { afterMs, onLate }: { afterMs: (index: number) => number | null; onLate: (index: number) => void },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const errors: unknown[] = []
    let started = 0
    let failed = 0
    const timers = new Set<NodeJS.Timeout>()
    const end = (settle: () => void) => {
      for (const timer of timers) clearTimeout(timer)
      settle()
    }
    const start = (): void => {
      const index = started
      const task = tasks[index]
      if (task === undefined) return
      started += 1
      const ms = afterMs(index)
      if (ms !== null) {
        timers.add(
          setTimeout(() => {
            onLate(index)
            if (started === index + 1) start()
          }, ms),
        )
      }
      task().then(
        (result) => end(() => resolve(result)),
        (error) => {
          errors[index] = error
          failed += 1
          if (failed === tasks.length) end(() => reject(new AggregateError(errors)))
          else if (started === index + 1) start()
        },
      )
    }
    if (tasks.length === 0) reject(new AggregateError([]))
    else start()
  })
}
