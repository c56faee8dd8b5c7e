import type { EffectContract } from '../../machines/onboarding/effects.ts'
import { ADDRESSES, type Address, BASE_CHAIN_ID, type Hex } from '../../src/domain/addresses.ts'
import { type Attempt, type Draft, newestPerNonce, type Purpose } from '../../src/domain/attempt.ts'
import type { Funding, FundingProof } from '../../src/domain/funding.ts'
import type { KeyRef, MintIntent } from '../../src/domain/key.ts'
import type { Payment } from '../../src/domain/payment.ts'
import type { OnboardingRequest } from '../../src/domain/request.ts'
import type { WalletState } from '../../src/domain/wallet-state.ts'
import type { OnboardingError } from '../../src/errors/base.ts'
import { type Failure, toFailure } from '../../src/errors/failure.ts'
import { callFor, typedPurposeOf } from '../../src/gate/calls.ts'
import { START } from './fake-clock.ts'
import { bytesOf } from './signed-bytes.ts'

export const ADDRESS: Address = '0xABcdEFABcdEFabcdEfAbCdefabcdeFABcDEFabCD'
export const VVV = 10n ** 18n
const ONE_VVV = VVV.toString()

export const request = (changes: Partial<OnboardingRequest> = {}): OnboardingRequest => ({
  runId: 'run-1',
  address: ADDRESS,
  chainId: BASE_CHAIN_ID,
  stakeAmount: ONE_VVV,
  key: { type: 'INFERENCE' },
  ...changes,
})

const DIGITS: Record<Purpose, string> = {
  approve: 'a',
  stake: '5',
  revoke: 'e',
  fillNonce: 'f',
  mintDiem: 'd',
  stakeDiem: 'c',
  sponsor: 'b',
}

/** 0x and 32 bytes, different for each purpose, nonce and number of fee bumps. */
export const hashOf = (purpose: Purpose, nonce: number, raises = 0): Hex =>
  `0x${DIGITS[purpose]}${raises}${nonce.toString(16).padStart(62, '0')}`

/** Minimum of DIEM from a sample lock; base units. */
const LEAST = 1n

/** Its call is that of its purpose and amount, unless `changes` has another. */
export function draft(purpose: Purpose, nonce: number, changes: Partial<Draft> = {}): Draft {
  const made: Draft = {
    purpose,
    chainId: BASE_CHAIN_ID,
    from: ADDRESS,
    to: ADDRESS,
    data: '0x',
    nonce,
    gas: purpose === 'fillNonce' ? '60000' : '100000',
    maxFeePerGas: '10000000',
    maxPriorityFeePerGas: '1000000',
    l1Fee: '1000',
    amount: ONE_VVV,
    expected: ONE_VVV,
    ...changes,
  }
  const lock = callFor({ purpose: 'mintDiem', lock: BigInt(made.amount), least: LEAST }, made.from)
  const typed = typedPurposeOf({ ...made, data: changes.data ?? lock.data })
  return { ...made, ...(typed && callFor(typed, made.from)), ...changes }
}

/** Its bytes are those of its fields, unless `changes` has others. */
export function attempt(purpose: Purpose, nonce: number, changes: Partial<Attempt> = {}): Attempt {
  const made: Attempt = {
    ...draft(purpose, nonce, changes),
    hash: hashOf(purpose, nonce),
    raw: null,
    restsOn: null,
    status: 'signed',
    signedAt: START,
    blockNumber: null,
    gasUsed: null,
    feeWei: null,
    ...changes,
  }
  return changes.raw === undefined ? { ...made, raw: bytesOf(made, made.hash) } : made
}

/** `made` again under its nonce, at twice the fees. */
export function raise({ raw, ...made }: Attempt): Attempt {
  return attempt(made.purpose, made.nonce, {
    ...made,
    ...(raw === null && { raw }),
    hash: hashOf(made.purpose, made.nonce, 1 + Number(made.hash[3])),
    maxFeePerGas: (BigInt(made.maxFeePerGas) * 2n).toString(),
    maxPriorityFeePerGas: (BigInt(made.maxPriorityFeePerGas) * 2n).toString(),
    status: 'signed',
  })
}

/** A wallet with 10 VVV that has neither approved nor staked. */
export const walletState = (changes: Partial<WalletState> = {}): WalletState => ({
  readAt: START,
  blockNumber: '1000',
  account: 'eoa',
  eth: '10000000000000000',
  vvv: (10n * VVV).toString(),
  sVvv: '0',
  allowance: '0',
  implementation: ADDRESSES.stakingImplementation,
  drafts: [draft('approve', 7), draft('stake', 8)],
  feeCeiling: '2000000002000',
  ...changes,
})

export const stakedWallet = (): WalletState => walletState({ sVvv: ONE_VVV, drafts: [], feeCeiling: '0' })

export const intent = (changes: Partial<MintIntent> = {}): MintIntent => ({
  label: 'venice-onboard 1',
  at: START,
  status: 'posting',
  sink: 'fake',
  sinkBefore: null,
  fallbacks: [],
  ...changes,
})

export const keyRef = (changes: Partial<KeyRef> = {}): KeyRef => ({
  id: 'key-1',
  last6: 'abcdef',
  type: 'INFERENCE',
  sink: 'fake',
  expiresAt: null,
  label: 'venice-onboard 1',
  ...changes,
})

export const funding = (changes: Partial<Funding> = {}): Funding => ({
  spendable: true,
  cause: null,
  reason: null,
  tier: 'paid',
  balances: { usd: 5, diem: null, bundledCredits: null },
  nextEpochAt: null,
  keyExpiresAt: null,
  checkedAt: START,
  proof: null,
  ...changes,
})

export const proof = (changes: Partial<FundingProof> = {}): FundingProof => ({
  model: 'qwen3-4b',
  costUsd: 0.0000003,
  costDiem: null,
  basis: 'balance',
  at: START,
  ...changes,
})

/** `error` in the machine's form. */
export const failure = (error: OnboardingError, changes: Partial<Failure> = {}): Failure => ({
  ...toFailure(error, { at: START, jitter: 0, scrub: (text) => text }),
  ...changes,
})

type Watched = EffectContract['watchTransactions']
type Fate = Watched['output']['report']['attempts'][number]['status']

/**
 * The watcher's report when `attempts` have the outcomes `fates`, by purpose; the others are mined. Among those under
 * one nonce, the newest has that outcome.
 */
export function watched(
  { attempts }: Pick<Watched['input'], 'attempts'>,
  { fates = {}, problem = null }: { fates?: Partial<Record<Purpose, Fate>>; problem?: Failure | null } = {},
): Watched['output'] {
  const newest = new Set(newestPerNonce(attempts).map(({ hash }) => hash))
  const reports = attempts.map(({ purpose, hash }) => {
    const fate = fates[purpose] ?? 'mined'
    const status = newest.has(hash) ? fate : fate === 'mined' || fate === 'reverted' ? 'superseded' : fate
    const isInBlock = status === 'mined' || status === 'reverted'
    return {
      hash,
      status,
      blockNumber: isInBlock ? '1001' : null,
      gasUsed: isInBlock ? '50000' : null,
      feeWei: isInBlock ? '500' : null,
    }
  })
  const staked = attempts.find(({ purpose }, index) => purpose === 'stake' && reports[index]?.status === 'mined')
  return {
    report: {
      attempts: reports,
      head: { number: '1001', timestamp: Date.parse(START) / 1000, baseFeePerGas: '4500000' },
      nonce: null,
      sVvv: staked?.expected ?? '0',
      allowance: '0',
      diem: null,
    },
    problem,
  }
}

export const payment = (changes: Partial<Payment> = {}): Payment => ({
  asset: ADDRESSES.usdc,
  chainId: BASE_CHAIN_ID,
  from: ADDRESS,
  to: '0x2670B922ef37C7Df47158725C0CC407b5382293F',
  value: '5000000',
  toward: '5000000',
  validAfter: Math.floor(Date.parse(START) / 1000) - 600,
  validBefore: Math.floor(Date.parse(START) / 1000) + 300,
  nonce: `0x${'40'.repeat(32)}`,
  status: 'open',
  drawnUpAt: START,
  paymentId: null,
  ...changes,
})
