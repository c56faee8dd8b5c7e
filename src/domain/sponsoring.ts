import { ADDRESSES, type Address } from './addresses.ts'
import { max, sum } from './amounts.ts'
import { type Attempt, type AttemptSummary, type ChainReport, maxCost, summaryOf } from './attempt.ts'
import { committed, type Spending } from './budget.ts'
import { type Ceilings, ceilingsFor, FEE_CEILINGS } from './ceilings.ts'
import { callOf, missingStake, type PlannedTransaction } from './plan.ts'
import { sha256 } from './sha256.ts'
import type { WalletState } from './wallet-state.ts'

/** A wallet that a treasury stakes for. */
export interface Beneficiary {
  address: Address
  /** Base units: the sVVV it shall hold. What is missing is staked, nothing when it is there. */
  amount: string
}

/** What was asked for. Fixed while it is carried out; other agents, or other amounts, are another request. */
export interface SponsorRequest {
  runId: string
  /** The treasury. */
  address: Address
  chainId: number
  agents: readonly Beneficiary[]
  /** Base units: what requests after this one stake of the same list. The approve is for that, too. Absent: nothing. */
  beyond?: string
}

/** One look at the treasury and its agents, all of one block. Amounts are base units as decimal strings. */
export interface TreasuryState
  extends Pick<
    WalletState,
    | 'readAt'
    | 'blockNumber'
    | 'account'
    | 'eth'
    | 'vvv'
    | 'allowance'
    | 'implementation'
    | 'implementationHash'
    | 'stakeSimulation'
    | 'drafts'
    | 'feeCeiling'
  > {
  /** Transactions of the treasury that are mined, which is the nonce of the first draft. */
  nonce: number
  /** Agents that hold less than they shall. */
  short: number
  /** VVV still to be staked for all of those. */
  stake: string
  /** Agents that hold enough, in lower case. */
  covered: readonly Address[]
}

/** A transaction that is decided for good, without what it took to send it: thousands of them fit into a record. */
export interface SettledAttempt
  extends AttemptSummary,
    Pick<Attempt, 'amount' | 'beneficiary'>,
    Partial<Pick<Attempt, 'restsOn'>> {
  /** Of what is said to have reverted: wei that it may have cost, whatever its receipt says. */
  mostFeeWei?: string
}

export const settledOf = (attempt: Attempt): SettledAttempt => ({
  ...summaryOf(attempt),
  amount: attempt.amount,
  ...(attempt.beneficiary !== undefined && { beneficiary: attempt.beneficiary }),
  ...(attempt.status === 'reverted' && { mostFeeWei: maxCost(attempt).toString() }),
  ...(attempt.status === 'reverted' && { restsOn: attempt.restsOn }),
})

/** An address as a key: how its letters are written tells nothing. */
export const keyOf = (address: Address): Address => address.toLowerCase() as Address

/** What the transactions of a request have spent, or may still spend. */
export function sponsored(attempts: readonly Attempt[], settled: readonly SettledAttempt[]): Spending {
  const open = committed(attempts)
  const isStaked = ({ purpose, status }: SettledAttempt) => purpose === 'sponsor' && status === 'mined'
  return {
    vvv: settled.filter(isStaked).reduce((total, { amount }) => total + BigInt(amount), open.vvv),
    feeWei: settled.reduce((total, { feeWei }) => total + BigInt(feeWei ?? 0), open.feeWei),
  }
}

/**
 * VVV of stakes that are only said to have reverted, of agents for whom nothing else was staked since. A receipt proves
 * nothing, so that a budget which outlives the request counts them. Of an agent's, the most: one allowance was for all.
 */
export function doubtedVvv(attempts: readonly Attempt[], settled: readonly SettledAttempt[]): bigint {
  const most = new Map<Address, bigint>()
  const staked = new Set<Address>()
  for (const { purpose, status, beneficiary, amount } of [...settled, ...attempts]) {
    if (purpose !== 'sponsor' || beneficiary === undefined) continue
    const agent = keyOf(beneficiary)
    if (status === 'reverted') most.set(agent, max(most.get(agent) ?? 0n, BigInt(amount)))
    else staked.add(agent)
  }
  return sum([...most].map(([agent, amount]) => (staked.has(agent) ? 0n : amount)))
}

/** What settled transactions may have spent: `sponsored`, with no belief in what is said of those that reverted. */
export const mayHaveSpent = (settled: readonly SettledAttempt[]): Spending =>
  sponsored(
    [],
    settled.map(({ mostFeeWei, ...attempt }) => ({ ...attempt, feeWei: mostFeeWei ?? attempt.feeWei })),
  )

/** What a treasury would do, for a person or a program to approve. Amounts are base units as decimal strings. */
export interface SponsorPlan {
  /** The treasury. */
  address: Address
  chainId: number
  /** Agents that still lack what they shall hold. */
  agents: number
  /** VVV still to be staked for them. */
  stake: string
  /** What is to be signed next; of the agents after those, as many stakes follow. */
  transactions: readonly PlannedTransaction[]
  /** Most wei that all of it can cost, L1 data fees included. */
  feeCeiling: string
  /** What a yes to this plan allows at most, however fees move. */
  ceilings: Ceilings
  implementation: Address | null
  /** Hex; names all that is spent, by its ceiling where it changes by the second. */
  digest: string
}

/** What of a plan is given rather than derived. */
export interface SponsorPlanOptions {
  /** Those that were said yes to before; kept as long as they are enough. */
  ceilings?: Ceilings | null
  /** A digest that was approved: its ceilings are found again, if it is of this plan. */
  digest?: string | undefined
}

/**
 * The plan for `request` as of `walletState`. No side effects.
 *
 * @param spent - what this request has spent already: it belongs to what the digest commits to.
 */
export async function sponsorPlanOf(
  request: SponsorRequest,
  walletState: TreasuryState,
  spent: Spending,
  { ceilings: held = null, digest: given }: SponsorPlanOptions = {},
): Promise<SponsorPlan> {
  const needed = spent.feeWei + BigInt(walletState.feeCeiling)
  const bound = { request, stake: BigInt(walletState.stake) + spent.vvv, implementation: walletState.implementation }
  const found = given === undefined ? null : await ceilingsIn(given, bound)
  const isEnough = held !== null && BigInt(held.feeWei) >= needed
  const ceilings = found ?? (isEnough ? held : ceilingsFor({ feeWei: needed, lock: 0n }))
  return {
    address: request.address,
    chainId: request.chainId,
    agents: walletState.short,
    stake: walletState.stake,
    transactions: walletState.drafts.map((draft) => ({
      purpose: draft.purpose,
      to: draft.to,
      call: callOf(draft, request.address),
      amount: draft.amount,
      nonce: draft.nonce,
      gas: draft.gas,
      feeCeiling: maxCost(draft).toString(),
    })),
    feeCeiling: walletState.feeCeiling,
    ceilings,
    implementation: walletState.implementation,
    digest: await digestOf(bound, ceilings),
  }
}

interface Bound {
  request: SponsorRequest
  /** VVV that the request takes in all. */
  stake: bigint
  implementation: Address | null
}

/** The ceilings that `digest` was made with, where it is of this plan; else null. */
async function ceilingsIn(digest: string, bound: Bound): Promise<Ceilings | null> {
  for (const limit of FEE_CEILINGS) {
    const ceilings = { feeWei: limit.toString(), lock: '0' }
    if ((await digestOf(bound, ceilings)) === digest) return ceilings
  }
  return null
}

/**
 * SHA-256 over what a yes commits to: treasury, chain, contracts, who shall hold how much, the VVV that takes in all, and
 * the ceiling of fees.
 * The same before and after each transaction, so that one yes covers them.
 */
const digestOf = (
  { request: { address, chainId, agents, beyond }, stake, implementation }: Bound,
  { feeWei }: Ceilings,
): Promise<string> =>
  sha256(
    JSON.stringify([
      'venice-onboard/sponsor/2',
      chainId,
      keyOf(address),
      ADDRESSES.vvv,
      ADDRESSES.staking,
      stake.toString(),
      agents.map(({ address: agent, amount }) => [keyOf(agent), amount]).sort(),
      implementation?.toLowerCase() ?? null,
      feeWei,
      ...(beyond === undefined ? [] : [beyond]),
    ]),
  )

/** VVV missing to `agents`, by what they hold. An agent that is not in `held` is not known of, and is short of nothing. */
export function shortAgents(
  agents: readonly Beneficiary[],
  held: ReadonlyMap<Address, bigint>,
): { address: Address; sVvv: bigint; missing: bigint }[] {
  return agents.flatMap(({ address, amount }) => {
    const sVvv = held.get(keyOf(address))
    if (sVvv === undefined) return []
    const missing = missingStake(BigInt(amount), sVvv)
    return missing === 0n ? [] : [{ address, sVvv, missing }]
  })
}

/** Whether a look shows what a stake for another wallet was to bring. */
export const isShownFor = (
  { beneficiary, expected }: Pick<Attempt, 'beneficiary' | 'expected'>,
  { beneficiaries = {} }: Pick<ChainReport, 'beneficiaries'>,
): boolean => beneficiary !== undefined && BigInt(beneficiaries[keyOf(beneficiary)] ?? 0) >= BigInt(expected)
