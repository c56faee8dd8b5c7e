/** `jwt`: Venice's replayable ES256 token, signed as it is. `siwe`: a wallet-bound, single-use EIP-4361 message. */
export type ChallengeForm = 'jwt' | 'siwe'

/** What Venice asks the wallet to sign. The text stays in process memory: with a signature it mints keys. */
export interface Challenge {
  form: ChallengeForm
  /** Signed byte for byte with `personal_sign`. */
  text: string
  /** Milliseconds since the epoch, on the local clock (corrected by the server's `Date`). */
  expiresAtMs: number
}

/** The part of a challenge that may be written down. */
export interface ChallengeInfo {
  form: ChallengeForm
  /** ISO 8601, local clock. */
  expiresAt: string
}
