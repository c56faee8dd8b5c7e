import { ADDRESSES, type Address } from './addresses.ts'
import { type Draft, maxCost } from './attempt.ts'
import type { KeyRequest } from './key.ts'
import type { Position } from './position.ts'
import type { OnboardingRequest } from './request.ts'
import { sha256 } from './sha256.ts'

/** What a run would do, for a person or a program to approve. Amounts are base units as decimal strings. */
export interface Plan {
  address: Address
  chainId: number
  /** VVV still to be staked; `0` when the wallet holds enough sVVV. */
  stake: string
  transactions: readonly PlannedTransaction[]
  /** Most wei the transactions can cost, L1 data fees included. */
  feeCeiling: string
  key: KeyRequest
  /** Hex; names what is to be signed, not fees or nonces, which change by the second. */
  digest: string
}

export interface PlannedTransaction {
  purpose: Draft['purpose']
  to: Address
  call: string
  amount: string
  /** Null where it is drafted only after the one before it is mined. */
  nonce: number | null
  gas: string | null
  feeCeiling: string | null
}

/** VVV missing to the stake that is asked for, in base units. */
export const missingStake = (stakeAmount: bigint, sVvv: bigint): bigint =>
  sVvv >= stakeAmount ? 0n : stakeAmount - sVvv

/** The plan for `request` as of `position`. No side effects. */
export async function planOf(request: OnboardingRequest, position: Position): Promise<Plan> {
  const stake = missingStake(BigInt(request.stakeAmount), BigInt(position.sVvv))
  return {
    address: request.address,
    chainId: request.chainId,
    stake: stake.toString(),
    transactions: stake === 0n ? [] : plannedTransactions(request.address, position, stake),
    feeCeiling: position.feeCeiling,
    key: request.key,
    digest: await digestOf(request, stake),
  }
}

function plannedTransactions(address: Address, position: Position, stake: bigint): PlannedTransaction[] {
  const planned: PlannedTransaction[] = position.drafts.map((draft) => ({
    purpose: draft.purpose,
    to: draft.to,
    call: callOf(draft.purpose, address, draft.amount),
    amount: draft.amount,
    nonce: draft.nonce,
    gas: draft.gas,
    feeCeiling: maxCost(draft).toString(),
  }))
  const has = (purpose: Draft['purpose']) => planned.some((transaction) => transaction.purpose === purpose)
  const later = (purpose: Draft['purpose'], to: Address): PlannedTransaction => {
    const amount = stake.toString()
    return { purpose, to, call: callOf(purpose, address, amount), amount, nonce: null, gas: null, feeCeiling: null }
  }
  if (!has('approve') && BigInt(position.allowance) < stake) planned.push(later('approve', ADDRESSES.vvv))
  if (!has('stake')) planned.push(later('stake', ADDRESSES.staking))
  return planned
}

const callOf = (purpose: Draft['purpose'], address: Address, amount: string): string =>
  purpose === 'approve' ? `approve(${ADDRESSES.staking}, ${amount})` : `stake(${address}, ${amount})`

/**
 * SHA-256 over what a yes commits to: wallet, chain, contracts, VVV to be staked, and the key.
 * The same before and after the approve transaction, so that one yes covers both.
 */
export async function digestOf({ address, chainId, key }: OnboardingRequest, stake: bigint): Promise<string> {
  const text = JSON.stringify([
    'venice-onboard/plan/1',
    chainId,
    address.toLowerCase(),
    ADDRESSES.vvv,
    ADDRESSES.staking,
    stake.toString(),
    [key.type, key.description ?? null, key.expiresAt ?? null],
    [
      key.consumptionLimit?.usd ?? null,
      key.consumptionLimit?.diem ?? null,
      key.limitPeriod ?? null,
      key.modelPrivacy ?? null,
    ],
  ])
  return sha256(text)
}
