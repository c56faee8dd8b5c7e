import { createHash } from 'node:crypto'
import { fingerprint } from '../../src/adapters/sinks/fingerprint.ts'
import { ADDRESSES, type Address, type Hex } from '../../src/domain/addresses.ts'
import type { Attempt, Draft, Purpose } from '../../src/domain/attempt.ts'
import type { ChallengeForm } from '../../src/domain/challenge.ts'
import type { MintedKey } from '../../src/domain/key.ts'
import { type Payment, type PaymentTerms, USDC_DOMAIN } from '../../src/domain/payment.ts'
import type { AccountKind } from '../../src/domain/wallet-state.ts'
import type { Ports } from '../../src/driver/effects/io.ts'
import { UnknownTransactionError } from '../../src/errors/adopt.ts'
import { OnboardingError } from '../../src/errors/base.ts'
import { ForeignTransactionError, NonceUsedError } from '../../src/errors/chain/transactions.ts'
import {
  AdminKeyRequiredError,
  AuthenticationFailedError,
  ChallengeUsedError,
  KeyNotFoundError,
  MintOutcomeUnknownError,
  NoStakedVvvError,
  WalletCreditTooLowError,
} from '../../src/errors/venice/all.ts'
import { PaymentInProgressError, PaymentOutcomeUnknownError, PaymentRefusedError } from '../../src/errors/x402.ts'
import { siweText } from './challenges.ts'
import { afterDiemStep, DIEM_PRICE, diemSteps } from './diem-steps.ts'
import { type FakeClock, fakeClock } from './fake-clock.ts'
import { ADDRESS, draft, payment, VVV, walletState } from './samples.ts'
import { bytesOf, decodeBytes } from './signed-bytes.ts'

export interface WorldOptions {
  clock?: FakeClock
  /** Of the wallet. Default: that of the samples. */
  address?: Address
  account?: AccountKind
  form?: ChallengeForm
  eth?: bigint
  vvv?: bigint
  sVvv?: bigint
  allowance?: bigint
  diem?: bigint
  /** Transactions that a node accepts and forgets, once each. */
  dropped?: readonly Purpose[]
  /** The results of the next mints: refused, or minted with the answer lost. */
  mints?: readonly (OnboardingError | 'answer lost')[]
  /** The failures of the next paid calls. */
  completions?: readonly OnboardingError[]
  /** Base units of USDC. Default 20 USDC. */
  usdc?: bigint
  /** Venice's terms, if other than at least $5 to its receiver. */
  terms?: () => Partial<PaymentTerms>
  /** The results of the next payment posts: refused, settled with the answer lost, or reported as settled. */
  topUps?: readonly (OnboardingError | 'answer lost' | 'unsettled')[]
  /** What the key may spend; Venice admits it from $0.10. Default $5. */
  usd?: () => number
  /** The results of the next stores. */
  stores?: readonly OnboardingError[]
}

export const CHALLENGE_TEXT = 'eyJhbGciOiJFUzI1NiJ9.canary-challenge.c2lnbmF0dXJl'
export const SIGNATURE: Hex = `0x${'c5'.repeat(65)}`
const BLOCK_MS = 2_000

/** Base, Venice, a signer and a sink in memory, for an onboarding. A transaction is mined with the next block. */
export function fakeWorld(options: WorldOptions = {}) {
  const { clock = fakeClock(), address = ADDRESS, account = 'eoa', form = 'jwt' } = options
  const wallet = { eth: VVV, vvv: 10n * VVV, sVvv: 0n, allowance: 0n, locked: 0n, diem: 0n, stakedDiem: 0n, ...options }
  const firstNonce = 7
  const pool = new Map<string, { attempt: Attempt; minedAt: number }>()
  const mined: Attempt[] = []
  const sent: { purpose: Purpose; hash: Hex }[] = []
  const keys: (MintedKey & { label: string })[] = []
  const used = new Set<string>()
  const deleted = new Set<string>()
  const drops = [...(options.dropped ?? [])]
  const mints = [...(options.mints ?? [])]
  const completions = [...(options.completions ?? [])]
  const topUps = [...(options.topUps ?? [])]
  const posted: { payment: Payment; signature: Hex }[] = []
  const settled = new Map<Hex, bigint>()
  let credit = 0
  const stores = [...(options.stores ?? [])]
  const counts = { transactions: 0, messages: 0, challenges: 0, posts: 0, completions: 0, payments: 0 }
  let held: string | null = null

  const usdcHeld = () => [...settled.values()].reduce((left, value) => left - value, options.usdc ?? 20_000_000n)

  /** Like USDC and Venice: once, while valid, and if the balance suffices. */
  function settle({ nonce: used, value, validBefore }: Payment): void {
    if (settled.has(used)) throw new PaymentInProgressError()
    if (clock.now() / 1000 >= validBefore || usdcHeld() < BigInt(value)) throw new PaymentRefusedError()
    settled.set(used, BigInt(value))
    credit += Number(value) / 1e6
  }

  function requireAdmin(apiKey: string): void {
    const found = keys.find((key) => key.apiKey === apiKey && !deleted.has(key.id))
    if (found === undefined) throw new AuthenticationFailedError()
    if (found.type !== 'ADMIN') throw new AdminKeyRequiredError()
  }

  /** The state that every read of the wallet shows. */
  const seen = () => ({
    readAt: new Date(clock.now()).toISOString(),
    account,
    eth: wallet.eth.toString(),
    vvv: wallet.vvv.toString(),
    sVvv: wallet.sVvv.toString(),
    allowance: wallet.allowance.toString(),
  })
  const block = () => Math.floor(clock.now() / BLOCK_MS)
  const nonce = () => firstNonce + mined.length

  function mine(): void {
    for (const { attempt, minedAt } of [...pool.values()].sort((a, b) => a.attempt.nonce - b.attempt.nonce)) {
      if (minedAt > block() || attempt.nonce !== nonce()) continue
      pool.delete(attempt.hash)
      mined.push(attempt)
      const amount = BigInt(attempt.amount)
      const { purpose } = attempt
      if (purpose === 'approve') wallet.allowance = amount
      else if (purpose === 'mintDiem' || purpose === 'stakeDiem')
        Object.assign(wallet, afterDiemStep(wallet, { purpose, amount, least: 0n }))
      else {
        wallet.allowance -= amount
        wallet.vvv -= amount
        wallet.sVvv += amount
      }
    }
  }

  const ports: Ports = {
    clock,
    chain: {
      blockTimeMs: BLOCK_MS,
      async survey({ stakeAmount, open }) {
        mine()
        if (pool.size > open.length) {
          throw new ForeignTransactionError(address, { mined: nonce(), pending: nonce() + pool.size })
        }
        const stake = wallet.sVvv >= stakeAmount ? 0n : stakeAmount - wallet.sVvv
        const purposes: Purpose[] = wallet.allowance < stake ? ['approve', 'stake'] : ['stake']
        const drafts: Draft[] = purposes.map((purpose, index) =>
          draft(purpose, nonce() + pool.size + index, {
            from: address,
            amount: stake.toString(),
            expected: (purpose === 'stake' ? wallet.sVvv + stake : stake).toString(),
          }),
        )
        return walletState({
          ...seen(),
          drafts: stake === 0n ? [] : account === 'eoa' ? drafts : drafts.slice(0, 1),
        })
      },
      async surveyDiem({ diem: asked }) {
        mine()
        const { diem, steps } = diemSteps(wallet, asked)
        const word = (value: bigint) => value.toString(16).padStart(64, '0')
        const drafts = steps.map(({ purpose, amount, expected, least }, index) =>
          draft(purpose, nonce() + pool.size + index, {
            from: address,
            ...(purpose === 'mintDiem' && { data: `0x2006efcb${word(amount)}${word(least ?? 1n)}` as const }),
            amount: amount.toString(),
            expected: expected.toString(),
          }),
        )
        return walletState({ ...seen(), drafts: account === 'eoa' ? drafts : drafts.slice(0, 1), diem })
      },
      authorization: async ({ nonce: used }) => ({
        isUsed: settled.has(used),
        blockSeconds: (block() * BLOCK_MS) / 1000,
      }),
      async broadcast(attempt) {
        mine()
        if (pool.has(attempt.hash)) return
        if (attempt.nonce < nonce()) throw new NonceUsedError(attempt.nonce)
        sent.push({ purpose: attempt.purpose, hash: attempt.hash })
        const drop = drops.indexOf(attempt.purpose)
        if (drop >= 0) drops.splice(drop, 1)
        else pool.set(attempt.hash, { attempt, minedAt: block() + 1 })
      },
      async report(_, attempts) {
        mine()
        return {
          attempts: attempts.map(({ hash, nonce: wanted }) => {
            const isMined = mined.some((attempt) => attempt.hash === hash)
            const unmined = pool.has(hash) ? 'pending' : wanted < nonce() ? 'superseded' : 'missing'
            return {
              hash,
              status: isMined ? 'mined' : unmined,
              blockNumber: isMined ? block().toString() : null,
              gasUsed: isMined ? '50000' : null,
              feeWei: isMined ? '500' : null,
            }
          }),
          head: { number: block().toString(), timestamp: (block() * BLOCK_MS) / 1000, baseFeePerGas: '4500000' },
          nonce: nonce(),
          sVvv: wallet.sVvv.toString(),
          allowance: wallet.allowance.toString(),
          diem: { liquid: wallet.diem.toString(), staked: wallet.stakedDiem.toString() },
        }
      },
      followHeads: () => () => {},
      announcesBlocks: false,
      nextBlockMs: () => null,
      whereabouts: async () => ({ status: 'free', isNext: true }),
      decode: decodeBytes,
      delegation: async () => null,
      usedBy: async () => null,
      hasReceipt: async ({ hash }) => mined.some((attempt) => attempt.hash === hash),
      feeMarket: async () => ({
        baseFeePerGas: 4_500_000n,
        maxPriorityFeePerGas: 1_000_000n,
        nonce: nonce(),
        pendingNonce: nonce() + pool.size,
      }),
      sent: async () => {
        throw new UnknownTransactionError()
      },
      revocation: async () => ({
        allowance: wallet.allowance,
        eth: wallet.eth,
        draft: wallet.allowance === 0n ? null : draft('revoke', nonce(), { amount: '0', expected: '0' }),
      }),
      holdings: async () => ({ diem: wallet.diem, stakedDiem: wallet.stakedDiem, usdc: usdcHeld() }),
      fundingQuotes: async ({ diem }) => ({
        diem: wallet.diem,
        stakedDiem: wallet.stakedDiem,
        usdc: usdcHeld(),
        eth: wallet.eth,
        vvv: wallet.vvv,
        sVvv: wallet.sVvv,
        unlockedSVvv: wallet.sVvv - wallet.locked,
        mint: { diem, sVvv: DIEM_PRICE * diem },
      }),
    },
    signer: {
      address,
      async signMessage() {
        counts.messages += 1
        return SIGNATURE
      },
      async signTransaction(asked) {
        counts.transactions += 1
        const text = `${asked.purpose} ${counts.transactions}`
        const hash: Hex = `0x${createHash('sha256').update(text).digest('hex')}`
        return { hash, raw: bytesOf(asked, hash) }
      },
      async signPayment() {
        counts.payments += 1
        return SIGNATURE
      },
    },
    venice: {
      clockSkewMs: async () => 0,
      async fetchChallenge() {
        counts.challenges += 1
        const token = `${CHALLENGE_TEXT}${counts.challenges}`
        const text = form === 'siwe' ? siweText(address, token) : token
        return { form, text, expiresAtMs: clock.now() + 900_000 }
      },
      async mint({ challenge, key, label }) {
        mine()
        counts.posts += 1
        if (form === 'siwe' && used.has(challenge.text)) throw new ChallengeUsedError()
        if (wallet.sVvv === 0n) throw new NoStakedVvvError()
        const outcome = mints.shift()
        if (outcome !== undefined && outcome !== 'answer lost') throw outcome
        used.add(challenge.text)
        const n = keys.length + 1
        const made = {
          id: `key-${n}`,
          apiKey: `canary-of-no-known-form-${n}`,
          type: key.type,
          expiresAt: null,
          label,
        }
        keys.push(made)
        if (outcome === 'answer lost') throw new MintOutcomeUnknownError()
        return made
      },
      async rateLimits(apiKey) {
        if (!keys.some((key) => key.apiKey === apiKey)) throw new AuthenticationFailedError()
        const usd = options.usd?.() ?? 5
        const balances = { usd, diem: null, bundledCredits: null }
        return {
          accessPermitted: usd >= 0.1,
          tier: 'paid',
          balances,
          keyExpiresAt: null,
          nextEpochAt: '2026-11-24T00:00:00.000Z',
        }
      },
      textModels: async () => [{ id: 'small', isPrivate: true, price: { input: 0.05, output: 0.15 } }],
      async complete(apiKey) {
        if (!keys.some((key) => key.apiKey === apiKey)) throw new AuthenticationFailedError()
        counts.completions += 1
        const outcome = completions.shift()
        if (outcome !== undefined) throw outcome
        return { prompt: 8, completion: 1 }
      },
      paymentTerms: async () => ({
        network: 'eip155:8453',
        asset: ADDRESSES.usdc,
        payTo: payment().to,
        amount: 5_000_000n,
        maxTimeoutSeconds: 300,
        ...USDC_DOMAIN,
        ...options.terms?.(),
      }),
      async topUp(made, signature) {
        posted.push({ payment: made, signature })
        const outcome = topUps.shift()
        if (outcome instanceof OnboardingError) throw outcome
        if (outcome !== 'unsettled') settle(made)
        if (outcome === 'answer lost') throw new PaymentOutcomeUnknownError()
        return { paymentId: `x402-${posted.length}` }
      },
      walletCredit: async () => ({ balanceUsd: credit, canConsume: credit >= 0.1 }),
      async completeAsWallet() {
        counts.completions += 1
        const outcome = completions.shift()
        if (outcome !== undefined) throw outcome
        if (credit < 0.1) throw new WalletCreditTooLowError()
        credit -= 0.000001
        return { prompt: 8, completion: 1 }
      },
      async listKeys(adminKey) {
        requireAdmin(adminKey)
        return keys
          .filter(({ id }) => !deleted.has(id))
          .map(({ id, label, apiKey, type }) => ({
            id,
            description: label,
            last6: apiKey.slice(-6),
            type,
            createdAt: null,
            expiresAt: null,
            lastUsedAt: null,
            limit: { usd: null, diem: null },
            limitPeriod: null,
            modelPrivacy: null,
            used: null,
          }))
      },
      async deleteKey(adminKey, id) {
        requireAdmin(adminKey)
        if (deleted.has(id) || !keys.some((key) => key.id === id)) throw new KeyNotFoundError()
        deleted.add(id)
      },
    },
    sink: {
      name: 'fake',
      probe: async () => ({ fingerprint: held && fingerprint(held), warnings: [] }),
      async store({ apiKey }) {
        const error = stores.shift()
        if (error !== undefined) throw error
        held = apiKey
      },
      read: async () => held,
    },
  }
  return {
    ports,
    clock,
    counts,
    /** Every broadcast transaction, including repeats. */
    sent: sent as readonly { purpose: Purpose; hash: Hex }[],
    /** Every posted payment, including repeats. */
    posted: posted as readonly { payment: Payment; signature: Hex }[],
    /** USDC that has moved, by nonce. */
    settled: settled as ReadonlyMap<Hex, bigint>,
    /** Every key Venice made. */
    keys: keys as readonly (MintedKey & { label: string })[],
    wallet: wallet as Readonly<typeof wallet>,
    /** Ids of the keys deleted since. */
    deleted: deleted as ReadonlySet<string>,
    get held() {
      return held
    },
  }
}

/** Answers from memory do not count as calls. */
export const AT_HAND: ReadonlySet<string | symbol> = new Set(['nextBlockMs', 'followHeads'])

/** `ports` that call `point` before and after everything they do. */
export function watchedPorts(ports: Ports, point: () => void): Ports {
  const watch = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name, receiver) {
        const member: unknown = Reflect.get(target, name, receiver)
        if (typeof member !== 'function' || AT_HAND.has(name)) return member
        return async (...input: unknown[]) => {
          point()
          const output: unknown = await member.apply(target, input)
          point()
          return output
        }
      },
    })
  const { chain, venice, signer, sink, fallbackSinks = [], clock } = ports
  const watched = { chain: watch(chain), venice: watch(venice), signer: watch(signer), sink: watch(sink) }
  return { ...watched, fallbackSinks: fallbackSinks.map(watch), clock }
}
