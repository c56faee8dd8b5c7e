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
  /** Base units: the sVVV that it is to hold. Only what is missing is staked. */
  amount: string
}

/** The user's request. It is fixed while it is carried out; other agents or other amounts are another request. */
export interface SponsorRequest {
  runId: string
  /** The treasury. */
  address: Address
  chainId: number
  agents: readonly Beneficiary[]
  /** Base units: what later requests stake for the same list. The approve covers that as well. Absent: nothing. */
  beyond?: string
}

/** The treasury and its agents at one block. Amounts are base units as decimal strings. */
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
  /** The number of the treasury's mined transactions, which is the nonce of the first draft. */
  nonce: number
  /** The number of agents that hold too little. */
  short: number
  /** VVV still to be staked for all of them. */
  stake: string
  /** Agents that hold enough, in lower case. */
  covered: readonly Address[]
}

/** A transaction whose fate is final, without the fields for sending it. Thousands of them fit into a record. */
export interface SettledAttempt
  extends AttemptSummary,
    Pick<Attempt, 'amount' | 'beneficiary'>,
    Partial<Pick<Attempt, 'restsOn'>> {
  /** If reported as reverted: the wei that it may have cost, even if its receipt tells less. */
  mostFeeWei?: string
}

export const settledOf = (attempt: Attempt): SettledAttempt => ({
  ...summaryOf(attempt),
  amount: attempt.amount,
  ...(attempt.beneficiary !== undefined && { beneficiary: attempt.beneficiary }),
  ...(attempt.status === 'reverted' && { mostFeeWei: maxCost(attempt).toString() }),
  ...(attempt.status === 'reverted' && { restsOn: attempt.restsOn }),
})

/** An address as a map key, without regard to case. */
export const keyOf = (address: Address): Address => address.toLowerCase() as Address

/** What the transactions of a request have spent or may still spend. */
export function sponsored(attempts: readonly Attempt[], settled: readonly SettledAttempt[]): Spending {
  const open = committed(attempts)
  const isStaked = ({ purpose, status }: SettledAttempt) => purpose === 'sponsor' && status === 'mined'
  return {
    vvv: settled.filter(isStaked).reduce((total, { amount }) => total + BigInt(amount), open.vvv),
    feeWei: settled.reduce((total, { feeWei }) => total + BigInt(feeWei ?? 0), open.feeWei),
  }
}

/**
 * VVV of stakes that were reported as reverted, for agents who got no other stake since. A receipt proves nothing, so a
 * budget that outlives the request counts them. Per agent only the largest counts: one allowance was for all.
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

/** What settled transactions may have spent: as `sponsored`, but reports of reverts are not trusted. */
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
  /** The number of agents that still hold too little. */
  agents: number
  /** VVV still to be staked for them. */
  stake: string
  /** The transactions to sign next. One stake follows for each further agent. */
  transactions: readonly PlannedTransaction[]
  /** The most wei that the whole plan can cost, L1 data fees included. */
  feeCeiling: string
  /** The most that a yes to this plan allows, even if fees rise. */
  ceilings: Ceilings
  implementation: Address | null
  /** Hex; covers all that is spent. Amounts that change every second are covered by their ceiling. */
  digest: string
}

/** The parts of a plan that are given, not derived. */
export interface SponsorPlanOptions {
  /** The ceilings that were approved before; kept as long as they are enough. */
  ceilings?: Ceilings | null
  /** The approved digest. If it belongs to this plan, its ceilings are used again. */
  digest?: string | undefined
}

/**
 * The plan for `request` as of `walletState`. No side effects.
 *
 * @param spent - what this request has spent already. The digest covers it.
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
  /** VVV that the whole request stakes. */
  stake: bigint
  implementation: Address | null
}

/** The ceilings in `digest` if it belongs to this plan; else null. */
async function ceilingsIn(digest: string, bound: Bound): Promise<Ceilings | null> {
  for (const limit of FEE_CEILINGS) {
    const ceilings = { feeWei: limit.toString(), lock: '0' }
    if ((await digestOf(bound, ceilings)) === digest) return ceilings
  }
  return null
}

/**
 * SHA-256 over what a yes covers: treasury, chain, contracts, the agents with their amounts, the VVV in all, and the
 * ceiling of fees. It is the same before and after each transaction, so one yes covers them all.
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

/**
 * The VVV that each of `agents` is short of, given what they hold. An agent that is not in `held` counts as short of
 * nothing.
 */
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

/** Whether the wallet state shows the result of a stake for another wallet. */
export const isShownFor = (
  { beneficiary, expected }: Pick<Attempt, 'beneficiary' | 'expected'>,
  { beneficiaries = {} }: Pick<ChainReport, 'beneficiaries'>,
): boolean => beneficiary !== undefined && BigInt(beneficiaries[keyOf(beneficiary)] ?? 0) >= BigInt(expected)
