import type { Hex } from '../../domain/addresses.ts'
import type { Challenge } from '../../domain/challenge.ts'
import type { MintedKey } from '../../domain/key.ts'

/**
 * The secrets of one run, and answers that need not be requested twice, in the memory of one process. Nothing here is
 * ever persisted.
 */
export interface Vault {
  readonly challenge: Challenge | null
  readonly signature: Hex | null
  /** The challenge was posted, and it is not known whether a key was made. */
  readonly isDoubtful: boolean
  readonly key: MintedKey | null
  /** Begins to fetch a challenge ahead of time, unless one is here or being fetched. The taker gets its failure. */
  prefetch(fetch: () => Promise<Challenge>): void
  /**
   * Resolves when the challenge fetched ahead is here; at once if there is none. Rejects if the fetch fails, and then
   * forgets it.
   */
  prefetched(): Promise<void>
  /** Has the challenge fetched ahead signed, once. `sign` gives null if the challenge should not be signed. */
  signAhead(sign: (challenge: Challenge) => Promise<Hex | null>): Promise<void>
  /** The signature that was made ahead for the open challenge; null if there is none. It is given once. */
  takeSignedAhead(): Hex | null
  /** The challenge that was fetched ahead, or is being fetched; null if there is none. It is given once. */
  takePrefetched(): Promise<Challenge> | null
  /** Takes a new challenge, and forgets the old one with its signature and doubt. */
  open(challenge: Challenge): void
  sign(signature: Hex): void
  doubt(isDoubtful: boolean): void
  keep(key: MintedKey): void
  /** Remembers how much DIEM the wallet has staked, in base units. */
  noteStakedDiem(amount: string, nowMs: number): void
  /** The amount noted within the last minute; null if there is none. It is given once. */
  takeStakedDiem(nowMs: number): string | null
}

const NOTE_LIFE_MS = 60_000

export function createVault(): Vault {
  let challenge: Challenge | null = null
  let signature: Hex | null = null
  let isDoubtful = false
  let key: MintedKey | null = null
  let ahead: Promise<Challenge> | null = null
  let signedAhead: { text: string; signature: Hex } | null = null
  let stakedDiem: { amount: string; atMs: number } | null = null
  return {
    get challenge() {
      return challenge
    },
    get signature() {
      return signature
    },
    get isDoubtful() {
      return isDoubtful
    },
    get key() {
      return key
    },
    prefetch(fetch) {
      if (challenge !== null || ahead !== null) return
      ahead = fetch()
      // The challenge may never be taken.
      ahead.catch(() => {})
    },
    async prefetched() {
      const awaited = ahead
      await awaited?.catch((error: unknown) => {
        if (ahead === awaited) ahead = null
        throw error
      })
    },
    async signAhead(sign) {
      const fetched = await ahead
      if (fetched === null || signedAhead?.text === fetched.text) return
      const made = await sign(fetched)
      if (made !== null) signedAhead = { text: fetched.text, signature: made }
    },
    takeSignedAhead() {
      const taken = signedAhead
      signedAhead = null
      return taken !== null && taken.text === challenge?.text ? taken.signature : null
    },
    takePrefetched() {
      const taken = ahead
      ahead = null
      return taken
    },
    open(next) {
      challenge = next
      signature = null
      isDoubtful = false
    },
    sign(next) {
      signature = next
    },
    doubt(next) {
      isDoubtful = next
    },
    keep(next) {
      key = next
    },
    noteStakedDiem(amount, atMs) {
      stakedDiem = { amount, atMs }
    },
    takeStakedDiem(nowMs) {
      const taken = stakedDiem
      stakedDiem = null
      return taken !== null && Math.abs(nowMs - taken.atMs) <= NOTE_LIFE_MS ? taken.amount : null
    },
  }
}
