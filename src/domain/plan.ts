import { ADDRESSES, type Address } from './addresses.ts'
import { max } from './amounts.ts'
import { type Attempt, alongOf, type Draft, maxCost, type Purpose } from './attempt.ts'
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
  /** The most wei that the transactions can cost, L1 data fees included. */
  feeCeiling: string
  /** What calls are to be paid with. */
  credential: CredentialKind
  /** The key to mint; ignored if the wallet pays. */
  key: KeyRequest
  /** The requested funding, with what is known of the DIEM to stake; null if none was requested. */
  fund: (FundRequest & { diem: DiemState | null }) | null
  /** The address that the VVV is staked for, and that mints the key with its own signature; null: the wallet itself. */
  mintAs: Address | null
  /** Behind the staking proxy; null when the contract is not behind one. */
  implementation: Address | null
  /** The delegate that makes several calls in one transaction; null if there is none. */
  delegate: Address | null
  /** For a smart account: its EntryPoint, its paymaster and the factory that deploys it; else null. */
  operation: { entryPoint: Address; paymaster: Address | null; factory: Address | null } | null
  /** For a wallet that makes calls together (EIP-5792): the origin of the paymaster service to use; else null. */
  calls: { paymaster: string | null } | null
  /** What a yes to this plan allows at most, however fees and prices move. */
  ceilings: Ceilings
  /** Hex; covers all that is spent or locked. Amounts that change every second are covered by their ceiling. */
  digest: string
}

export interface PlannedTransaction {
  purpose: Draft['purpose']
  to: Address
  call: string
  amount: string
  /** Null if it is drafted only after the one before it is mined. */
  nonce: number | null
  gas: string | null
  feeCeiling: string | null
  /** Calls that it makes along with its own: all of them, or none. An approve comes before it, a stake of DIEM after it. Absent: it makes one call. */
  along?: readonly Pick<PlannedTransaction, 'purpose' | 'to' | 'call' | 'amount'>[]
}

/** VVV missing from the requested stake, in base units. */
export const missingStake = (stakeAmount: bigint, sVvv: bigint): bigint =>
  sVvv >= stakeAmount ? 0n : stakeAmount - sVvv

/** Base units that the wallet lacks for its own stake, and for the fees. */
export const lackFor = (
  { eth, vvv, sVvv, feeCeiling }: WalletState,
  stakeAmount: bigint,
): Record<'vvv' | 'eth', bigint> => ({
  vvv: max(missingStake(stakeAmount, BigInt(sVvv)) - BigInt(vvv), 0n),
  eth: max(BigInt(feeCeiling) - BigInt(eth), 0n),
})

/** The parts of a plan that are given, not derived. */
export interface PlanOptions {
  /** The ceilings that were approved before; kept as long as they are enough. */
  ceilings?: Ceilings | null
  /** The approved digest. If it belongs to this plan, its ceilings are used again. */
  digest?: string | undefined
}

/**
 * The plan for `request` as of `walletState`. No side effects.
 *
 * @param attempts - of the run: the digest also covers what they have staked already.
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

/** The plan of recorded intents alone. No side effects. */
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
 * VVV still to be staked for the request, or for the lock of the requested DIEM. That lock may use the sVVV that is
 * staked for the key.
 */
export function toStake(request: OnboardingRequest, { sVvv, diem }: Pick<WalletState, 'sVvv' | 'diem'>): bigint {
  if (paysAsWallet(request)) return 0n
  const { stakeAmount } = request
  const missing = missingStake(BigInt(stakeAmount), BigInt(sVvv))
  return diem === undefined ? missing : max(missing, BigInt(diem.lock) - BigInt(diem.unlockedSVvv))
}

/** VVV that this run staked for the request itself, without the VVV staked to be locked for DIEM. */
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
  ...(draft.batch !== undefined && alongOf(draft).length > 0 && { along: plannedAlong(draft.batch) }),
  amount: draft.amount,
  nonce: draft.nonce,
  gas: draft.gas,
  feeCeiling: maxCost(draft).toString(),
})

/** The contract that is called for each purpose, when an account makes the call. */
const CALLED: Readonly<Record<Draft['purpose'], Address>> = {
  approve: ADDRESSES.vvv,
  revoke: ADDRESSES.vvv,
  stake: ADDRESSES.staking,
  sponsor: ADDRESSES.staking,
  mintDiem: ADDRESSES.staking,
  stakeDiem: ADDRESSES.diem,
  fillNonce: ADDRESSES.staking,
}

const plannedAlong = ({ approve, stakeDiem }: Batch): NonNullable<PlannedTransaction['along']> => [
  ...(approve === '0'
    ? []
    : [
        {
          purpose: 'approve' as const,
          to: ADDRESSES.vvv,
          call: `approve(${ADDRESSES.staking}, ${approve})`,
          amount: approve,
        },
      ]),
  ...(stakeDiem === undefined
    ? []
    : [{ purpose: 'stakeDiem' as const, to: ADDRESSES.diem, call: `stake(${stakeDiem})`, amount: stakeDiem }]),
]

function plannedTransactions(
  request: OnboardingRequest,
  { drafts, allowance, diem }: WalletState,
  stake: bigint,
): PlannedTransaction[] {
  const planned = drafts.map((draft) => plannedAs(draft, request.address))
  const has = (purpose: Purpose) =>
    drafts.some((draft) => draft.purpose === purpose || alongOf(draft).includes(purpose))
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

/** The call as an explorer shows it. The second argument of `mintDiem` is the last word of its data. */
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
      return `mintDiem(${amount}, ${batch?.least ?? BigInt(`0x${data.slice(-64)}`)})`
    case 'stakeDiem':
      return `stake(${amount})`
    case 'fillNonce':
      return 'nothing'
  }
}

/** What a digest covers, ceilings excepted. */
interface Bound {
  request: OnboardingRequest
  /** VVV to stake for the request, including what this run has staked already. */
  stake: bigint
  implementation: Address | null
  delegate: Address | null
  operation: Plan['operation']
  calls: Plan['calls']
}

const batchesOf = (drafts: readonly Draft[]): Batch[] => drafts.flatMap(({ batch }) => batch ?? [])

/** The delegate of the last batch among `drafts`. */
const delegateOf = (drafts: readonly Draft[]): Address | null =>
  batchesOf(drafts).findLast((batch) => batch.via === 'delegate')?.delegate ?? null

/** EntryPoint, paymaster and factory of the last user operation among `drafts`. */
function operationOf(drafts: readonly Draft[]): Plan['operation'] {
  const last = batchesOf(drafts).findLast((batch) => batch.via === 'operation')
  if (last === undefined) return null
  const { entryPoint, paymaster, factory } = last
  return { entryPoint, paymaster: paymaster?.address ?? null, factory: factory?.address ?? null }
}

/** The paymaster of the last calls among `drafts` that a wallet makes together. */
function callsOf(drafts: readonly Draft[]): Plan['calls'] {
  const last = batchesOf(drafts).findLast((batch) => batch.via === 'calls')
  return last === undefined ? null : { paymaster: last.paymaster }
}

/**
 * SHA-256 over what a yes covers: wallet, chain, contracts with their implementation, VVV to stake, the key, the
 * funding, and the ceilings of fees and of locked sVVV. It is the same before and after the approve transaction, so one
 * yes covers both.
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
    // Absent without a delegate, so that the other digests do not change.
    ...(delegate === null ? [] : [['delegate', delegate.toLowerCase()]]),
    ...(calls === null ? [] : [['calls', calls.paymaster]]),
    // The factory is not listed: the account's address depends on it.
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
  // Absent for a key, so that those digests do not change.
  ...(credential === undefined ? [] : [credential]),
  ...(mintAs === undefined ? [] : [['mintAs', mintAs.toLowerCase()]]),
]

/** The ceilings in `digest` if it belongs to this plan; else null. */
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

/** `surveyed` with the drafts and the cost of the requested DIEM, so that one plan shows and covers all of it. */
export const withDiem = (surveyed: WalletState, { diem, drafts, feeCeiling }: WalletState): WalletState => ({
  ...surveyed,
  drafts: surveyed.drafts.length > 0 || surveyed.feeCeiling !== '0' ? surveyed.drafts : drafts,
  feeCeiling: (BigInt(surveyed.feeCeiling) + BigInt(feeCeiling)).toString(),
  ...(diem !== undefined && { diem }),
})
