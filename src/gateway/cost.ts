/** Bytes of a streamed line that are looked at: usage and cost fit into far less. */
const LONGEST_LINE = 64 * 1024

/** What Venice says that a call cost, in dollars and DIEM together, which are worth the same; null where it does not say. */
export function costIn(answered: string | Uint8Array): number | null {
  const text = typeof answered === 'string' ? answered : new TextDecoder().decode(answered)
  // An image of megabytes says nothing of its cost, and is not parsed for it.
  if (!text.includes('"cost"')) return null
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch {
    return null
  }
  const cost = (answer as { cost?: { usd?: unknown; diem?: unknown } } | null)?.cost
  if (typeof cost !== 'object' || cost === null) return null
  const amounts = [cost.usd ?? 0, cost.diem ?? 0]
  const isMoney = (amount: unknown): amount is number => typeof amount === 'number' && amount >= 0 && amount < 1e6
  return amounts.every(isMoney) ? amounts.reduce((sum, amount) => sum + amount, 0) : null
}

/** Reads the cost out of server-sent events while they pass. Keeps one line of them at most. */
export function costReader(): { push(chunk: Uint8Array): void; cost(): number | null } {
  const decoder = new TextDecoder()
  let line = ''
  let found: number | null = null
  const read = (text: string) => {
    if (text.startsWith('data:')) found = costIn(text.slice('data:'.length)) ?? found
  }
  return {
    push(chunk) {
      const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n')
      line = (line + first).slice(0, LONGEST_LINE)
      for (const next of others) {
        read(line)
        line = next.slice(0, LONGEST_LINE)
      }
    },
    cost() {
      read(line)
      return found
    },
  }
}
