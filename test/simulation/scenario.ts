import type { Budget } from '../../src/domain/budget.ts'
import type { ChallengeForm } from '../../src/domain/challenge.ts'
import type { FundRequest } from '../../src/domain/fund.ts'
import type { AccountKind } from '../../src/domain/wallet-state.ts'
import { VVV } from '../support/samples.ts'
import type { EndpointTraits } from './endpoints.ts'
import type { Account, Deposit, Pace } from './ledger.ts'
import { createRandom, type Random } from './random.ts'

/** The initial world of a run: everything that is not a fault and does not change. */
export interface Scenario {
  account: AccountKind
  form: ChallengeForm
  wallet: Account
  deposit: Deposit | null
  stakeAmount: bigint
  confirmations: number
  budget: Budget
  pace: Pace
  endpoints: readonly EndpointTraits[]
  isSinkReadable: boolean
  /** A fallback sink, tried when the first one fails. */
  hasFallback: boolean
  /** A key of the user in the sink before the run. */
  earlierKey: string | null
  isAdmitted: boolean
  waitsForFunds: boolean
  mustProve: boolean
  /** The payment method. */
  fund: FundRequest | null
  /** Codes of the failures that are unavoidable in this world. */
  hopeless: readonly string[]
}

const FUNDED = { eth: VVV, vvv: 10n * VVV }
const CREDIT: FundRequest = { way: 'x402', amount: '5000000' }
const NO_VVV = { eth: VVV, vvv: VVV / 10n }
const NO_ETH = { eth: 1_000n, vvv: 10n * VVV }

/** Usually a wallet that can be onboarded, and sometimes one that cannot, or not yet. */
export function createScenario(seed: number): Scenario {
  const random = createRandom(seed).fork('scenario')
  const stakeAmount = VVV
  const funds = random.chance(0.9) ? FUNDED : random.pick([NO_VVV, NO_ETH])
  const sVvv = random.pick([0n, 0n, 0n, 0n, 0n, 0n, 0n, VVV / 4n, VVV])
  const allowance = random.pick([0n, 0n, 0n, 0n, VVV / 2n, VVV, 100n * VVV])
  const isTooSmall = random.chance(0.05)
  const missing = sVvv >= stakeAmount ? 0n : stakeAmount - sVvv
  const account = random.chance(0.02) ? 'contract' : random.pick<AccountKind>(['eoa', 'eoa', 'delegated'])
  const isFundedLater = funds !== FUNDED && random.chance(0.5)
  return {
    account,
    form: random.pick(['jwt', 'siwe']),
    wallet: { nonce: random.int(0, 9), ...funds, sVvv, allowance },
    deposit: isFundedLater ? { afterMs: random.int(1_000, 3_600_000), ...FUNDED } : null,
    stakeAmount,
    confirmations: random.pick([1, 1, 2, 3]),
    budget: isTooSmall ? { maxVvv: missing - 1n } : random.chance(0.5) ? { maxVvv: missing } : {},
    pace: paceOf(createRandom(seed).fork('pace')),
    endpoints: Array.from({ length: random.int(1, 3) }, (_, index) =>
      traitsOf(createRandom(seed).fork(`endpoint ${index}`)),
    ),
    isSinkReadable: random.chance(0.7),
    hasFallback: createRandom(seed).fork('fallback').chance(0.5),
    earlierKey: random.chance(0.3) ? 'VENICE_INFERENCE_KEY_CANARY-earlier' : null,
    isAdmitted: random.chance(0.7),
    waitsForFunds: random.chance(isFundedLater ? 0.5 : 0.1),
    mustProve: createRandom(seed).fork('prove').chance(0.5),
    fund: createRandom(seed).fork('credit').chance(0.3) ? CREDIT : null,
    hopeless: [
      ...(account === 'contract' ? ['wallet/contract-account'] : []),
      ...(missing > 0n && isTooSmall ? ['policy/budget-exceeded'] : []),
      ...(missing > 0n && !isFundedLater && funds === NO_VVV ? ['wallet/insufficient-vvv'] : []),
      ...(missing > 0n && !isFundedLater && funds === NO_ETH ? ['wallet/insufficient-eth'] : []),
    ],
  }
}

/** Usually Base's 200 ms; sometimes the former Base, other chains, and Ethereum's pace. */
const paceOf = (random: Random): Pace => ({
  blockMs: random.pick([200, 200, 200, 200, 1_000, 2_000, 2_000, 12_000]),
  jitter: random.pick([0, 0.3, 0.9]),
})

/** Half of the endpoints have no fault. */
const traitsOf = (random: Random): EndpointTraits => ({
  lagMs: random.pick([0, 0, 0, 300, 3_000]),
  knowsPool: random.chance(0.7),
  tellsPending: random.chance(0.5),
})
