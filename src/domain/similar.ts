/** The number of letters to add, drop or replace to get from one word to the other. */
function distance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [row, letter] of [...from].entries()) {
    const current = [row + 1]
    for (const [column, other] of [...to].entries()) {
      const replaced = (previous[column] ?? 0) + (letter === other ? 0 : 1)
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1))
    }
    previous = current
  }
  return previous.at(-1) ?? 0
}

const plain = (word: string): string => word.toLowerCase().replace(/[^a-z0-9]/g, '')

/** Longer texts are not typing errors. */
const MAX_LENGTH = 40

/** The name in `known` that `word` most likely means, or null. The first one if several are equally close. */
export function mostSimilar(word: string, known: readonly string[]): string | null {
  const typed = plain(word)
  if (typed === '' || typed.length > MAX_LENGTH) return null
  const closest = known
    .map((name) => ({ name, edits: distance(typed, plain(name)) }))
    .reduce((best, next) => (next.edits < best.edits ? next : best), { name: '', edits: Number.POSITIVE_INFINITY })
  const tolerated = Math.max(1, Math.floor(typed.length / 3))
  return closest.edits <= tolerated ? closest.name : null
}
