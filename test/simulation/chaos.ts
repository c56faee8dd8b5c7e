import { createRandom, type Random } from './random.ts'

/** All kinds of fault, and how often each happens in an average run. */
const RATES = {
  /** An endpoint rate-limits a read, and may say for how long. */
  'read-limited': 0.05,
  'read-failed': 0.05,
  /** An endpoint refuses a read permanently, or serves another chain. */
  'read-refused': 0.004,
  /** A read is answered from an older block. */
  'read-lagging': 0.15,
  /** Behind one URL, another node answers each part of a read. */
  'read-mixed': 0.1,
  /** A block is announced, whether there is one or not, so the wait for the next one ends. */
  'block-announced': 0.1,
  'receipt-withheld': 0.1,
  /** A node does not know the pools of other nodes. */
  'pool-unseen': 0.1,
  'send-limited': 0.1,
  'send-answer-lost': 0.15,
  'send-refused': 0.02,
  /** A node accepts a transaction and forgets it. */
  'send-forgotten': 0.1,
  /** A node drops transactions that no block can include at present. */
  'fee-refused': 0.5,
  /** The base fee changes for a while. */
  'fee-spike': 0.02,
  'transaction-stuck': 0.1,
  'transaction-evicted': 0.05,
  'transaction-reverted': 0.05,
  /** Somebody else who holds the key sends at our next nonce. */
  'foreign-next': 0.02,
  /** Somebody else who holds the key replaces our transaction. */
  'foreign-replacement': 0.02,
  /** A block with somebody else's transaction is undone permanently, and ours wait behind the nonce that it leaves. */
  'foreign-undone': 0.3,
  reorg: 0.03,
  /** A reorganisation whose transactions do not come back to the pool. */
  'reorg-loss': 0.01,
  'challenge-failed': 0.1,
  /** A challenge that is about to expire. */
  'challenge-short': 0.05,
  'mint-failed': 0.15,
  'mint-request-lost': 0.05,
  'mint-answer-lost': 0.08,
  /** A proxy delivers the request twice and returns the second answer. */
  'mint-repeated': 0.02,
  /** Venice's own node does not show the stake yet. */
  'stake-unseen': 0.15,
  'limits-failed': 0.1,
  'completion-failed': 0.1,
  'completion-answer-lost': 0.1,
  'terms-failed': 0.1,
  /** The 402 asks for another payment or another recipient. */
  'terms-strange': 0.03,
  'payment-request-lost': 0.1,
  'payment-failed': 0.1,
  'payment-answer-lost': 0.15,
  /** A payment settles blocks after Venice has given up on it. */
  'payment-late': 0.1,
  /** Venice says that a payment is settled, and it never settles. */
  'payment-unsettled': 0.05,
  'credit-failed': 0.1,
  'credit-late': 0.15,
  'signer-failed': 0.03,
  'sink-unusable': 0.02,
  'store-failed': 0.1,
  /** A sink that stores the key and says that it did not. */
  'store-answer-lost': 0.05,
  /** An answer takes up to a minute. */
  'slow-answer': 0.03,
} as const

export type FaultKind = keyof typeof RATES

export const FAULT_KINDS = Object.keys(RATES) as readonly FaultKind[]

export interface ChaosOptions {
  seed: number
  /** Kinds that never happen. */
  without?: readonly FaultKind[]
}

/** The faults of one run. */
export interface Chaos {
  /** If `kind` happens now, the random source for its details; else null. Counts it, and adds it to the history. */
  strikes(kind: FaultKind): Random | null
  /** From now on there are no faults. */
  calm(): void
  readonly isCalm: boolean
  /** How often each kind happened. */
  readonly counts: ReadonlyMap<FaultKind, number>
}

/**
 * Chooses the kinds of fault of a run, and how often they happen: about half of them, from rare to common, because runs
 * in which everything fails a little all look alike. Each kind has its own random stream, so that omitting one
 * does not change the others.
 */
export function createChaos({ seed, without = [] }: ChaosOptions, note: (line: string) => void): Chaos {
  const root = createRandom(seed).fork('chaos')
  const counts = new Map<FaultKind, number>()
  const kinds = new Map(
    FAULT_KINDS.map((kind) => {
      const random = root.fork(kind)
      const isMet = random.chance(0.5)
      const rate = RATES[kind] * random.pick([0.3, 1, 3])
      return [kind, { random, rate: isMet && !without.includes(kind) ? rate : 0 }]
    }),
  )
  let isCalm = false
  return {
    strikes(kind) {
      const { random, rate } = kinds.get(kind) ?? { random: root, rate: 0 }
      if (isCalm || rate === 0 || !random.chance(rate)) return null
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
      note(`fault ${kind}`)
      return random
    },
    calm() {
      isCalm = true
      note('calm')
    },
    get isCalm() {
      return isCalm
    },
    counts,
  }
}
