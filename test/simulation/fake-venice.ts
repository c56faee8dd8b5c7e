import type { Challenge, ChallengeForm } from '../../src/domain/challenge.ts'
import type { MintedKey } from '../../src/domain/key.ts'
import {
  AuthenticationFailedError,
  BalanceInsufficientError,
  ChallengeExpiredError,
  ChallengeNotValidError,
  ChallengeUsedError,
  ConnectionLostError,
  MintOutcomeUnknownError,
  NoStakedVvvError,
  TokenExpiredError,
  TokenMalformedError,
  VENICE_ERRORS,
  type VeniceError,
  WalletSignatureMismatchError,
} from '../../src/errors/venice.ts'
import type { MintRequest, Venice } from '../../src/ports/venice.ts'
import type { Chaos } from './chaos.ts'
import type { Delay } from './delay.ts'
import { signatureOf } from './fake-signer.ts'
import type { Ledger } from './ledger.ts'
import type { Random } from './random.ts'

/** Turns up in every challenge and every key. */
export const CANARY = 'CANARY'

const CHALLENGE_LIFE_MS = 900_000
/** The most blocks that Venice's node is behind. */
const MAX_LAG_BLOCKS = 40

export interface MadeKey extends MintedKey {
  label: string
  /** Made of a request that somebody between Venice and us delivered twice. */
  isRepeat: boolean
}

interface Issued {
  expiresAtMs: number
  isUsed: boolean
}

export interface FakeVeniceOptions {
  ledger: Ledger
  chaos: Chaos
  delay: Delay
  now: () => number
  form: ChallengeForm
  /** Whether its keys may spend. */
  isAdmitted: boolean
  /** Told of every paid call before it is made. */
  onPay: () => void
}

const PASSING = VENICE_ERRORS.filter((Class) => new Class().recovery === 'retry')

/** Any of Venice's errors, mostly one that passes. `said` is what it quotes. */
function pickError(random: Random, said?: string): VeniceError {
  const Class = random.pick(random.chance(0.7) ? PASSING : VENICE_ERRORS)
  return new Class({ said, retryAfterMs: random.pick([undefined, undefined, 2_000, 120_000]) })
}

/** Venice as its client shows it: challenges of either form, keys that nobody makes twice but by asking twice. */
export function fakeVenice({ ledger, chaos, delay, now, form, isAdmitted, onPay }: FakeVeniceOptions) {
  const issued = new Map<string, Issued>()
  const keys: MadeKey[] = []

  function seesStake(): boolean {
    const lag = chaos.strikes('stake-unseen')?.int(1, MAX_LAG_BLOCKS) ?? 0
    return ledger.at(ledger.head() - lag).sVvv > 0n
  }

  function make({ challenge: { text }, signature, key, label }: MintRequest, isRepeat: boolean): MadeKey {
    const found = issued.get(text)
    if (found === undefined) throw form === 'jwt' ? new TokenMalformedError() : new ChallengeNotValidError()
    if (found.expiresAtMs <= now()) throw form === 'jwt' ? new TokenExpiredError() : new ChallengeExpiredError()
    if (form === 'siwe' && found.isUsed) throw new ChallengeUsedError()
    if (signature !== signatureOf(text)) throw new WalletSignatureMismatchError()
    if (!isRepeat && !seesStake()) throw new NoStakedVvvError()
    found.isUsed = true
    const number = String(keys.length + 1).padStart(6, '0')
    const apiKey = `VENICE_INFERENCE_KEY_${CANARY}-${number}`
    const made = { id: `key-${number}`, apiKey, type: key.type, expiresAt: null, label, isRepeat }
    keys.push(made)
    return made
  }

  const venice: Venice = {
    clockSkewMs: async () => 0,

    async fetchChallenge(_, signal) {
      delay()
      const failed = chaos.strikes('challenge-failed')
      if (failed !== null) throw pickError(failed)
      const short = chaos.strikes('challenge-short')
      const expiresAtMs = now() + (short?.int(1_000, 60_000) ?? CHALLENGE_LIFE_MS)
      const text = `eyJhbGciOiJFUzI1NiJ9.${CANARY}-challenge-${issued.size + 1}.c2ln`
      issued.set(text, { expiresAtMs, isUsed: false })
      signal?.throwIfAborted()
      return { form, text, expiresAtMs } satisfies Challenge
    },

    async mint(request) {
      delay()
      ledger.advance()
      const { signature, challenge } = request
      if (chaos.strikes('mint-request-lost')) throw new MintOutcomeUnknownError()
      const failed = chaos.strikes('mint-failed')
      if (failed !== null) throw mintError(pickError(failed, `no to ${signature} over ${challenge.text}`))
      const first = make(request, false)
      const answer = chaos.strikes('mint-repeated') ? make(request, true) : first
      const lost = chaos.strikes('mint-answer-lost')
      if (lost !== null) throw new MintOutcomeUnknownError({ retryAfterMs: lost.pick([undefined, 5_000, 120_000]) })
      const { id, apiKey, type, expiresAt } = answer
      return { id, apiKey, type, expiresAt }
    },

    // No run lists or deletes keys.
    listKeys: async () => [],
    deleteKey: async () => {},

    textModels: async () => {
      delay()
      return [{ id: 'small', isPrivate: true, price: { input: 0.05, output: 0.15 } }]
    },

    async complete(apiKey) {
      delay()
      const failed = chaos.strikes('completion-failed')
      if (failed !== null) throw pickError(failed, `no to ${apiKey}`)
      if (!isAdmitted) throw new BalanceInsufficientError()
      onPay()
      if (chaos.strikes('completion-answer-lost')) throw new ConnectionLostError()
      return { prompt: 8, completion: 1 }
    },

    async rateLimits(apiKey, signal) {
      delay()
      const failed = chaos.strikes('limits-failed')
      if (failed !== null) throw pickError(failed, `no to ${apiKey}`)
      if (!keys.some((key) => key.apiKey === apiKey)) throw new AuthenticationFailedError()
      signal?.throwIfAborted()
      const [usd, diem, bundledCredits] = [isAdmitted ? 5 : 0, null, null]
      return {
        accessPermitted: isAdmitted,
        tier: 'paid',
        balances: { usd, diem, bundledCredits },
        keyExpiresAt: null,
        nextEpochAt: '2026-11-24T00:00:00.000Z',
      }
    },
  }
  return { venice, keys: keys as readonly MadeKey[] }
}

/** As the client does: a failure that leaves it open whether a key was made has a class of its own. */
function mintError(error: VeniceError): VeniceError {
  return error.mayBeDone ? new MintOutcomeUnknownError({ cause: error, retryAfterMs: error.retryAfterMs }) : error
}
