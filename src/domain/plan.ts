import { ADDRESSES, type Address } from './addresses.ts'
import { max } from './amounts.ts'
import { type Attempt, approvesAlong, type Draft, maxCost } from './attempt.ts'
import type { Batch } from './batch.ts'
import { committed } from './budget.ts'
import { type Ceilings, ceilingsFor, FEE_CEILINGS, LOCK_CEILINGS } from './ceilings.ts'
import type { DiemState, FundRequest } from './fund.ts'
import type { KeyRequest } from './key.ts'
import { type CredentialKind, minterIn, type OnboardingRequest, paysAsWallet } from './request.ts'
import { sha256 } from './sha256.ts'
import type { WalletState } from './wallet-state.ts'

/** What a run would do, for a person or a program to approve. Amounts are base units as decimal strings. */
export interface Plan {
  address: Address
  chainId: number
  /** VVV still to be staked; `0` when the wallet holds enough sVVV. */
  stake: string
  transactions: readonly PlannedTransaction[]
  /** Most wei the transactions can cost, L1 data fees included. */
  feeCeiling: string
  /** What calls are to be paid with. */
  credential: CredentialKind
  /** Of a key that is to be minted; it means nothing where the wallet pays. */
  key: KeyRequest
  /** What to pay with, where that is asked for, and what is known of the DIEM to be staked. */
  fund: (FundRequest & { diem: DiemState | null }) | null
  /** Whom the VVV is staked for, and who mints the key with a signature of its own; null: the wallet itself. */
  mintAs: Address | null
  /** Behind the staking proxy; null when the contract is not behind one. */
  implementation: Address | null
  /** The code of a delegated account that makes several calls in one transaction; null where none does. */
  delegate: Address | null
  /** Of a smart account: what its user operation goes through, who pays for it and what deploys the account; else null. */
  operation: { entryPoint: Address; paymaster: Address | null; factory: Address | null } | null
  /** Of a wallet that makes calls together (EIP-5792): the origin of whom it is asked to have the gas paid by; else null. */
  calls: { paymaster: string | null } | null
  /** What a yes to this plan allows at most, however fees and prices move. */
  ceilings: Ceilings
  /** Hex; names all that is spent or locked, by its ceiling where it changes by the second. */
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
  /** Calls that it makes along with its own, and before it: all of them, or none. Absent: it makes one call. */
  along?: readonly Pick<PlannedTransaction, 'purpose' | 'to' | 'call' | 'amount'>[]
}

/** VVV missing to the stake that is asked for, in base units. */
export const missingStake = (stakeAmount: bigint, sVvv: bigint): bigint =>
  sVvv >= stakeAmount ? 0n : stakeAmount - sVvv

/** Base units that the wallet lacks for a stake of its own, and for the fees. */
export const lackFor = (
  { eth, vvv, sVvv, feeCeiling }: WalletState,
  stakeAmount: bigint,
): Record<'vvv' | 'eth', bigint> => ({
  vvv: max(missingStake(stakeAmount, BigInt(sVvv)) - BigInt(vvv), 0n),
  eth: max(BigInt(feeCeiling) - BigInt(eth), 0n),
})

/** What of a plan is given rather than derived. */
export interface PlanOptions {
  /** Those that were said yes to before; kept as long as they are enough. */
  ceilings?: Ceilings | null
  /** A digest that was approved: its ceilings are found again, if it is of this plan. */
  digest?: string | undefined
}

/**
 * The plan for `request` as of `walletState`. No side effects.
 *
 * @param attempts - of the run: what they have staked already belongs to what the digest commits to.
 */
export async function planOf(
  request: OnboardingRequest,
  walletState: WalletState,
  attempts: readonly Attempt[] = [],
  options: PlanOptions = {},
): Promise<Plan> {
  const missing = toStake(request, { sVvv: walletState.sVvv })
  const stake = toStake(request, walletState)
  const bound: Bound = {
    request,
    stake: missing + stakedFor(request, attempts),
    implementation: walletState.implementation,
    delegate: delegateOf([...attempts, ...walletState.drafts]),
    operation: operationOf([...attempts, ...walletState.drafts]),
    calls: callsOf([...attempts, ...walletState.drafts]),
  }
  const needed = {
    feeWei: committed(attempts).feeWei + BigInt(walletState.feeCeiling),
    lock: BigInt(walletState.diem?.lock ?? 0),
  }
  const found = options.digest === undefined ? null : await ceilingsIn(options.digest, bound)
  const held = found ?? options.ceilings ?? null
  const ceilings = held !== null && isEnough(held, needed) ? held : (found ?? ceilingsFor(needed))
  return {
    address: request.address,
    chainId: request.chainId,
    stake: stake.toString(),
    transactions: plannedTransactions(request, walletState, stake),
    feeCeiling: walletState.feeCeiling,
    credential: request.credential ?? 'key',
    key: request.key,
    fund: request.fund === undefined ? null : { ...request.fund, diem: walletState.diem ?? null },
    mintAs: request.mintAs ?? null,
    implementation: walletState.implementation,
    delegate: bound.delegate,
    operation: bound.operation,
    calls: bound.calls,
    ceilings,
    digest: await digestOf(bound, ceilings),
  }
}

/** What recorded intents would do, as a plan of their own. No side effects. */
export async function planOfIntents(request: OnboardingRequest, intents: readonly Attempt[]): Promise<Plan> {
  const { vvv, feeWei } = committed(intents)
  const lock = intents
    .filter(({ purpose }) => purpose === 'mintDiem')
    .reduce((total, { amount }) => total + BigInt(amount), 0n)
  const ceilings = { feeWei: feeWei.toString(), lock: lock.toString() }
  const [delegate, operation, calls] = [delegateOf(intents), operationOf(intents), callsOf(intents)]
  return {
    address: request.address,
    chainId: request.chainId,
    stake: vvv.toString(),
    transactions: intents.map((intent) => plannedAs(intent, request.address)),
    feeCeiling: feeWei.toString(),
    credential: request.credential ?? 'key',
    key: request.key,
    fund: request.fund === undefined ? null : { ...request.fund, diem: null },
    mintAs: request.mintAs ?? null,
    implementation: null,
    delegate,
    operation,
    calls,
    ceilings,
    digest: await digestOf({ request, stake: vvv, implementation: null, delegate, operation, calls }, ceilings),
  }
}

const isEnough = ({ feeWei, lock }: Ceilings, needed: { feeWei: bigint; lock: bigint }): boolean =>
  BigInt(feeWei) >= needed.feeWei && BigInt(lock) >= needed.lock

/**
 * VVV still to be staked: what is missing to the request, or to the lock for the DIEM that is asked for, which may be of
 * sVVV that is staked for the key.
 */
export function toStake(request: OnboardingRequest, { sVvv, diem }: Pick<WalletState, 'sVvv' | 'diem'>): bigint {
  if (paysAsWallet(request)) return 0n
  const { stakeAmount } = request
  const missing = missingStake(BigInt(stakeAmount), BigInt(sVvv))
  return diem === undefined ? missing : max(missing, BigInt(diem.lock) - BigInt(diem.unlockedSVvv))
}

/** VVV that this run staked towards what is asked for, and not to be locked for DIEM. */
const stakedFor = ({ stakeAmount }: OnboardingRequest, attempts: readonly Attempt[]): bigint =>
  attempts
    .filter(
      ({ purpose, status, expected }) =>
        purpose === 'stake' && status === 'mined' && BigInt(expected) <= BigInt(stakeAmount),
    )
    .reduce((total, { amount }) => total + BigInt(amount), 0n)

const plannedAs = (draft: Draft, address: Address): PlannedTransaction => ({
  purpose: draft.purpose,
  to: draft.batch === undefined ? draft.to : CALLED[draft.purpose],
  call: callOf(draft, address),
  ...(draft.batch !== undefined && approvesAlong(draft) && { along: [approvedAlong(draft.batch)] }),
  amount: draft.amount,
  nonce: draft.nonce,
  gas: draft.gas,
  feeCeiling: maxCost(draft).toString(),
})

/** The contract that the one call of a purpose goes to, where an account makes it. */
const CALLED: Readonly<Record<Draft['purpose'], Address>> = {
  approve: ADDRESSES.vvv,
  revoke: ADDRESSES.vvv,
  stake: ADDRESSES.staking,
  sponsor: ADDRESSES.staking,
  mintDiem: ADDRESSES.staking,
  stakeDiem: ADDRESSES.diem,
  fillNonce: ADDRESSES.staking,
}

const approvedAlong = ({ approve: amount }: Batch): NonNullable<PlannedTransaction['along']>[number] => ({
  purpose: 'approve',
  to: ADDRESSES.vvv,
  call: `approve(${ADDRESSES.staking}, ${amount})`,
  amount,
})

function plannedTransactions(
  request: OnboardingRequest,
  { drafts, allowance, diem }: WalletState,
  stake: bigint,
): PlannedTransaction[] {
  const planned = drafts.map((draft) => plannedAs(draft, request.address))
  const has = (purpose: Draft['purpose']) => planned.some((transaction) => transaction.purpose === purpose)
  const amountOf = (purpose: Draft['purpose']) =>
    drafts.filter((draft) => draft.purpose === purpose).reduce((total, { amount }) => total + BigInt(amount), 0n)
  const later = (purpose: Draft['purpose'], to: Address, amount: bigint, call: string): PlannedTransaction => ({
    purpose,
    to,
    call,
    amount: amount.toString(),
    nonce: null,
    gas: null,
    feeCeiling: null,
  })
  const unstaked = stake - amountOf('stake')
  if (unstaked > 0n) {
    const unapproved = unstaked - (has('stake') ? 0n : max(amountOf('approve'), BigInt(allowance)))
    if (unapproved > 0n)
      planned.push(later('approve', ADDRESSES.vvv, unapproved, `approve(${ADDRESSES.staking}, ${unapproved})`))
    planned.push(later('stake', ADDRESSES.staking, unstaked, `stake(${minterIn(request)}, ${unstaked})`))
  }
  if (diem === undefined) return planned
  const toMint = BigInt(diem.asked) - BigInt(diem.staked) - BigInt(diem.liquid)
  if (toMint > 0n && !has('mintDiem'))
    planned.push(later('mintDiem', ADDRESSES.staking, BigInt(diem.lock), `mintDiem(${diem.lock}, ${toMint})`))
  const unstakedDiem = BigInt(diem.asked) - BigInt(diem.staked)
  if (unstakedDiem > 0n && !has('stakeDiem'))
    planned.push(later('stakeDiem', ADDRESSES.diem, unstakedDiem, `stake(${unstakedDiem})`))
  return planned
}

/** As an explorer shows it. The second argument of `mintDiem` is the last word of its data. */
export function callOf(
  { purpose, amount, data, beneficiary, batch }: Pick<Draft, 'purpose' | 'amount' | 'data' | 'beneficiary' | 'batch'>,
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
      return `mintDiem(${amount}, ${leastIn(batch) ?? BigInt(`0x${data.slice(-64)}`)})`
    case 'stakeDiem':
      return `stake(${amount})`
    case 'fillNonce':
      return 'nothing'
  }
}

const leastIn = (batch: Batch | undefined): string | undefined => (batch?.via === 'operation' ? batch.least : undefined)

/** What a digest binds, ceilings apart. */
interface Bound {
  request: OnboardingRequest
  /** VVV to be staked towards the request, what this run has staked included. */
  stake: bigint
  implementation: Address | null
  delegate: Address | null
  operation: Plan['operation']
  calls: Plan['calls']
}

const batchesOf = (drafts: readonly Draft[]): Batch[] => drafts.flatMap(({ batch }) => batch ?? [])

/** The code that makes the calls of the last batch among `drafts`. */
const delegateOf = (drafts: readonly Draft[]): Address | null =>
  batchesOf(drafts).findLast((batch) => batch.via === 'delegate')?.delegate ?? null

/** What the last user operation among `drafts` goes through. */
function operationOf(drafts: readonly Draft[]): Plan['operation'] {
  const last = batchesOf(drafts).findLast((batch) => batch.via === 'operation')
  if (last === undefined) return null
  const { entryPoint, paymaster, factory } = last
  return { entryPoint, paymaster: paymaster?.address ?? null, factory: factory?.address ?? null }
}

/** Who pays for the last calls among `drafts` that a wallet makes together. */
function callsOf(drafts: readonly Draft[]): Plan['calls'] {
  const last = batchesOf(drafts).findLast((batch) => batch.via === 'calls')
  return last === undefined ? null : { paymaster: last.paymaster }
}

/**
 * SHA-256 over what a yes commits to: wallet, chain, contracts and the implementation behind them, VVV to be staked, the
 * key, what to pay with, and the ceilings of fees and of sVVV to be locked. The same before and after the approve
 * transaction, so that one yes covers both.
 */
export const digestOf = (bound: Bound, ceilings: Ceilings): Promise<string> => sha256(boundText(bound, ceilings))

const boundText = (
  { request, stake, implementation, delegate, operation, calls }: Bound,
  { feeWei, lock }: Ceilings,
): string =>
  JSON.stringify([
    'venice-onboard/plan/2',
    ...commonTerms(request, stake),
    implementation?.toLowerCase() ?? null,
    feeWei,
    lock,
    // Absent where there is none, so that the other digests stay as they are.
    ...(delegate === null ? [] : [['delegate', delegate.toLowerCase()]]),
    ...(calls === null ? [] : [['calls', calls.paymaster]]),
    // Whoever deploys the account is part of its address.
    ...(operation === null
      ? []
      : [['operation', operation.entryPoint.toLowerCase(), operation.paymaster?.toLowerCase() ?? null]]),
  ])

const commonTerms = (
  { address, chainId, key, fund, credential, mintAs }: OnboardingRequest,
  stake: bigint,
): unknown[] => [
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
  // Absent for a key, so that digests of it stay as they are.
  ...(credential === undefined ? [] : [credential]),
  ...(mintAs === undefined ? [] : [['mintAs', mintAs.toLowerCase()]]),
]

/** The ceilings that `digest` was made with, where it is of this plan; else null. */
async function ceilingsIn(digest: string, bound: Bound): Promise<Ceilings | null> {
  const locks = bound.request.fund?.way === 'diem' ? LOCK_CEILINGS : [0n]
  for (const fee of FEE_CEILINGS) {
    for (const lock of locks) {
      const ceilings = { feeWei: fee.toString(), lock: lock.toString() }
      if ((await digestOf(bound, ceilings)) === digest) return ceilings
    }
  }
  return null
}

/** `surveyed` with what the DIEM that is asked for takes, so that one plan shows and binds all of it. */
export const withDiem = (surveyed: WalletState, { diem, drafts, feeCeiling }: WalletState): WalletState => ({
  ...surveyed,
  drafts: surveyed.drafts.length > 0 || surveyed.feeCeiling !== '0' ? surveyed.drafts : drafts,
  feeCeiling: (BigInt(surveyed.feeCeiling) + BigInt(feeCeiling)).toString(),
  ...(diem !== undefined && { diem }),
})
