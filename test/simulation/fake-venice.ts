import { ADDRESSES, BASE_CHAIN_ID } from '../../src/domain/addresses.ts'
import type { Challenge, ChallengeForm } from '../../src/domain/challenge.ts'
import type { MintedKey } from '../../src/domain/key.ts'
import { type Payment, type PaymentTerms, USDC_DOMAIN } from '../../src/domain/payment.ts'
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
  WalletCreditTooLowError,
  WalletSignatureMismatchError,
} from '../../src/errors/venice/all.ts'
import {
  PaymentInProgressError,
  PaymentOutcomeUnknownError,
  PaymentRefusedError,
  TOP_UP_ERRORS,
} from '../../src/errors/x402.ts'
import type { MintRequest, Venice } from '../../src/ports/venice.ts'
import { siweText } from '../support/challenges.ts'
import { ADDRESS } from '../support/samples.ts'
import type { Chaos } from './chaos.ts'
import type { Delay } from './delay.ts'
import { paymentSignatureOf, signatureOf } from './fake-signer.ts'
import type { Ledger } from './ledger.ts'
import type { Random } from './random.ts'
import type { Usdc } from './usdc.ts'

/** Is part of every challenge and every key. */
export const CANARY = 'CANARY'

const CHALLENGE_LIFE_MS = 900_000
/** The most seconds that Venice's node is behind. */
const MAX_LAG = 80

export interface MadeKey extends MintedKey {
  label: string
  /** Made by a request that a proxy delivered twice. */
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
  usdc: Usdc
  /** Called before every paid call, with the payer: the key or the wallet. */
  onPay: (by: 'key' | 'wallet') => void
  /** Called with every posted payment. */
  onPost: (payment: Payment) => void
}

const OTHER = '0x000000000000000000000000000000000000dEaD'
const TERMS: PaymentTerms = {
  network: `eip155:${BASE_CHAIN_ID}`,
  asset: ADDRESSES.usdc,
  payTo: '0x2670B922ef37C7Df47158725C0CC407b5382293F',
  amount: 5_000_000n,
  maxTimeoutSeconds: 300,
  ...USDC_DOMAIN,
}
/** What a wrong 402 asks for. */
const STRANGE: readonly Partial<PaymentTerms>[] = [
  { network: 'eip155:1' },
  { asset: OTHER },
  { name: 'USDC' },
  { payTo: OTHER },
  { amount: 50_000_000n },
]
/** Dollars that the smallest call costs. */
const CALL_USD = 0.000001

const PASSING = VENICE_ERRORS.filter((Class) => new Class().recovery === 'retry')

/** Any of Venice's errors, usually a temporary one. `said` is what it quotes. */
function pickError(random: Random, said?: string): VeniceError {
  const Class = random.pick(random.chance(0.7) ? PASSING : VENICE_ERRORS)
  return new Class({ said, retryAfterMs: random.pick([undefined, undefined, 2_000, 120_000]) })
}

/** Venice as its client shows it: challenges of either form, and one key per mint request. */
export function fakeVenice(options: FakeVeniceOptions) {
  const { ledger, chaos, delay, now, form, isAdmitted, usdc, onPay, onPost } = options
  let calls = 0
  const issued = new Map<string, Issued>()
  const keys: MadeKey[] = []

  function seesStake(): boolean {
    const lag = chaos.strikes('stake-unseen')?.int(2, MAX_LAG) ?? 0
    return ledger.at(ledger.headAt(now() - lag * 1_000)).sVvv > 0n
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

  /** Dollars of the wallet's credit, as of a block. */
  function creditAt(block: number): number {
    const paid = usdc.transfers.filter((transfer) => transfer.block <= block)
    const units = paid.reduce((sum, { value }) => sum + value, 0n)
    return Math.max(0, Number(units) / 1e6 - calls * CALL_USD)
  }

  function settle(payment: Payment): void {
    const late = chaos.strikes('payment-late')
    const answer = usdc.transfer(payment, late === null ? 1 : ledger.blocksIn(late.int(4, 120) * 1_000))
    if (answer === 'refused') throw new PaymentRefusedError()
    if (answer === 'used') throw new PaymentInProgressError()
    if (late !== null) throw new PaymentOutcomeUnknownError()
  }

  const venice: Venice = {
    clockSkewMs: async () => 0,

    async fetchChallenge(_, signal) {
      delay()
      const failed = chaos.strikes('challenge-failed')
      if (failed !== null) throw pickError(failed)
      const short = chaos.strikes('challenge-short')
      const expiresAtMs = now() + (short?.int(1_000, 60_000) ?? CHALLENGE_LIFE_MS)
      const token = `eyJhbGciOiJFUzI1NiJ9.${CANARY}-challenge-${issued.size + 1}.c2ln`
      const text = form === 'siwe' ? siweText(ADDRESS, token) : token
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
      onPay('key')
      if (chaos.strikes('completion-answer-lost')) throw new ConnectionLostError()
      return { prompt: 8, completion: 1 }
    },

    async paymentTerms(signal) {
      delay()
      const failed = chaos.strikes('terms-failed')
      if (failed !== null) throw pickError(failed)
      const strange = chaos.strikes('terms-strange')
      signal?.throwIfAborted()
      return { ...TERMS, ...strange?.pick(STRANGE) }
    },

    async topUp(payment, signature) {
      onPost(payment)
      delay()
      if (chaos.strikes('payment-request-lost')) throw new PaymentOutcomeUnknownError()
      const failed = chaos.strikes('payment-failed')
      if (failed !== null) throw new (failed.pick(TOP_UP_ERRORS))({ said: `no to ${signature}` })
      const isGood = signature === paymentSignatureOf(payment) && payment.to === TERMS.payTo
      if (!isGood) throw new PaymentRefusedError()
      if (!chaos.strikes('payment-unsettled')) settle(payment)
      if (chaos.strikes('payment-answer-lost')) throw new PaymentOutcomeUnknownError()
      return { paymentId: `x402-${payment.nonce.slice(2, 10)}` }
    },

    async walletCredit(_, signal) {
      delay()
      const failed = chaos.strikes('credit-failed')
      if (failed !== null) throw pickError(failed)
      const lag = chaos.strikes('credit-late')?.int(2, MAX_LAG) ?? 0
      signal?.throwIfAborted()
      const balanceUsd = creditAt(ledger.headAt(now() - lag * 1_000))
      return { balanceUsd, canConsume: balanceUsd >= 0.1 }
    },

    async completeAsWallet() {
      delay()
      const failed = chaos.strikes('completion-failed')
      if (failed !== null) throw pickError(failed)
      if (creditAt(ledger.head()) < 0.1) throw new WalletCreditTooLowError()
      onPay('wallet')
      calls += 1
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

/** Like the client: a failure after which a key may exist has its own class. */
function mintError(error: VeniceError): VeniceError {
  return error.mayBeDone ? new MintOutcomeUnknownError({ cause: error, retryAfterMs: error.retryAfterMs }) : error
}
