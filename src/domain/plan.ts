import { ADDRESSES, type Address } from './addresses.ts'
import { max } from './amounts.ts'
import { type Attempt, type Draft, maxCost } from './attempt.ts'
import type { DiemPosition, FundRequest } from './fund.ts'
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
  /** What to pay with, where that is asked for, and what is known of the DIEM to be staked. */
  fund: (FundRequest & { diem: DiemPosition | null }) | null
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

/**
 * The plan for `request` as of `position`. No side effects.
 *
 * @param attempts - of the run: what they have staked already belongs to what the digest commits to.
 */
export async function planOf(
  request: OnboardingRequest,
  position: Position,
  attempts: readonly Attempt[] = [],
): Promise<Plan> {
  const missing = missingStake(BigInt(request.stakeAmount), BigInt(position.sVvv))
  // More than is missing is staked to be locked for DIEM.
  const drafted = position.drafts.filter(({ purpose }) => purpose === 'approve' || purpose === 'stake')
  const stake = drafted.map(({ amount }) => BigInt(amount)).reduce(max, missing)
  return {
    address: request.address,
    chainId: request.chainId,
    stake: stake.toString(),
    transactions: plannedTransactions(request.address, position, stake),
    feeCeiling: position.feeCeiling,
    key: request.key,
    fund: request.fund === undefined ? null : { ...request.fund, diem: position.diem ?? null },
    digest: await digestOf(request, missing + stakedFor(request, attempts)),
  }
}

/** VVV that this run staked towards what is asked for, and not to be locked for DIEM. */
const stakedFor = ({ stakeAmount }: OnboardingRequest, attempts: readonly Attempt[]): bigint =>
  attempts
    .filter(
      ({ purpose, status, expected }) =>
        purpose === 'stake' && status === 'mined' && BigInt(expected) <= BigInt(stakeAmount),
    )
    .reduce((total, { amount }) => total + BigInt(amount), 0n)

function plannedTransactions(address: Address, position: Position, stake: bigint): PlannedTransaction[] {
  const planned: PlannedTransaction[] = position.drafts.map((draft) => ({
    purpose: draft.purpose,
    to: draft.to,
    call: callOf(draft, address),
    amount: draft.amount,
    nonce: draft.nonce,
    gas: draft.gas,
    feeCeiling: maxCost(draft).toString(),
  }))
  const has = (purpose: Draft['purpose']) => planned.some((transaction) => transaction.purpose === purpose)
  const later = (purpose: Draft['purpose'], to: Address): PlannedTransaction => {
    const amount = stake.toString()
    const call = callOf({ purpose, amount, data: '0x' }, address)
    return { purpose, to, call, amount, nonce: null, gas: null, feeCeiling: null }
  }
  if (stake === 0n) return planned
  if (!has('approve') && BigInt(position.allowance) < stake) planned.push(later('approve', ADDRESSES.vvv))
  if (!has('stake')) planned.push(later('stake', ADDRESSES.staking))
  return planned
}

/** As an explorer shows it. The second argument of `mintDiem` is the last word of its data. */
export function callOf(
  { purpose, amount, data, beneficiary }: Pick<Draft, 'purpose' | 'amount' | 'data' | 'beneficiary'>,
  address: Address,
): string {
  switch (purpose) {
    case 'approve':
    case 'revoke':
      return `approve(${ADDRESSES.staking}, ${amount})`
    case 'stake':
    case 'sponsor':
      return `stake(${beneficiary ?? address}, ${amount})`
    case 'mintDiem':
      return `mintDiem(${amount}, ${BigInt(`0x${data.slice(-64)}`)})`
    case 'stakeDiem':
      return `stake(${amount})`
    case 'fill':
      return 'nothing'
  }
}

/**
 * SHA-256 over what a yes commits to: wallet, chain, contracts, VVV to be staked, the key, and what to pay with.
 * The same before and after the approve transaction, so that one yes covers both.
 */
export async function digestOf({ address, chainId, key, fund }: OnboardingRequest, stake: bigint): Promise<string> {
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
    ...(fund === undefined ? [] : [[fund.way, fund.amount]]),
  ])
  return sha256(text)
}
