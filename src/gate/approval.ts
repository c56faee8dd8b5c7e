import type { Address } from '../domain/addresses.ts'
import { formatAmount, max, sum } from '../domain/amounts.ts'
import { type Attempt, type Draft, maxCost } from '../domain/attempt.ts'
import { type Budget, committed, isDead, isStaking, type Spending } from '../domain/budget.ts'
import { ceilingsFor, feeCeilingOf } from '../domain/ceilings.ts'
import { setting } from '../domain/next-action.ts'
import type { Plan } from '../domain/plan.ts'
import type { OnboardingRequest } from '../domain/request.ts'
import { keyOf, type SponsorPlan, type SponsorRequest } from '../domain/sponsoring.ts'
import {
  BudgetExceededError,
  CounterpartyRefusedError,
  RevertUnprovenError,
  SignedBytesAliveError,
  UnapprovedSpendingError,
} from '../errors/policy.ts'

/** What was approved. The gate checks every transaction against it. Base units and wei. */
export interface Approval {
  budget: Budget
  /** VVV that all stakes of the run together may move. */
  mostVvv: bigint
  /** sVVV that all locks of the run together may hold. */
  mostLock: bigint
  /** DIEM that one transaction may stake. None: it stakes none. */
  mostDiem?: bigint
  /** Wei for all fees of the run. */
  mostFeeWei: bigint
  /**
   * The addresses that a treasury may stake for, in lower case, and the most VVV for each. None: only the wallet
   * itself.
   */
  beneficiaries?: ReadonlyMap<Address, bigint>
}

/** What final blocks show of signed bytes that the record has in no block: sets of their hashes. */
export interface Fates {
  /** They can no longer move anything: another transaction of the wallet has their nonce, or they reverted. */
  dead: ReadonlySet<string>
  /** The part of `dead` whose nonce was used by a transaction from outside this run. */
  lost: ReadonlySet<string>
  /** The part of `dead` that is in a block and that the endpoint reports as reverted. */
  reverted: ReadonlySet<string>
  /** They are in a block and succeeded. */
  mined: ReadonlySet<string>
}

/**
 * Without `--max-gas-eth`, no transaction is signed that may cost more than this, in wei: 0.001 ETH, about 200 times
 * the cost of a stake (5.54e-6 ETH in transaction 0xc440e54f…35f5 on Base, 2026-09), and enough for a base fee of 1
 * gwei.
 */
const MOST_FEE_WEI_EACH = 10n ** 15n

/** What a yes to `plan` allows for `request`, given what `attempts` have done already. Pure. */
export function approvalOf(
  plan: Pick<Plan, 'ceilings'>,
  request: OnboardingRequest,
  { attempts, budget }: { attempts: readonly Attempt[]; budget: Budget },
): Approval {
  const lock = BigInt(plan.ceilings.lock)
  return {
    budget,
    mostVvv: BigInt(request.stakeAmount) + lockedBy(attempts, ['mined']) + lock,
    mostLock: lockedBy(attempts, ['mined']) + lock,
    mostDiem: diemAskedFor(request),
    mostFeeWei: budget.maxFeeWei ?? BigInt(plan.ceilings.feeWei),
  }
}

/** What a yes to setting the allowance to 0 allows: its fee. Pure. */
export const revocationApproval = (draft: Draft, attempts: readonly Attempt[], budget: Budget): Approval => ({
  budget,
  mostVvv: committed(attempts).vvv,
  mostLock: lockedBy(attempts, ['signed', 'sent', 'mined']),
  mostFeeWei:
    budget.maxFeeWei ?? mayCost(attempts).feeWei + BigInt(ceilingsFor({ feeWei: maxCost(draft), lock: 0n }).feeWei),
})

/**
 * What a yes to the plan of a treasury allows. Pure.
 *
 * @param earlier - base units of VVV that earlier requests have moved, if one budget covers them all.
 */
export const sponsorApproval = (
  { ceilings }: Pick<SponsorPlan, 'ceilings'>,
  { agents, beyond }: SponsorRequest,
  { budget, earlier }: { budget: Budget; earlier: bigint },
): Approval => ({
  budget,
  mostVvv: earlier + sum(agents.map(({ amount }) => BigInt(amount))) + BigInt(beyond ?? 0),
  mostLock: 0n,
  mostFeeWei: budget.maxFeeWei ?? BigInt(ceilings.feeWei),
  beneficiaries: new Map(agents.map(({ address, amount }) => [keyOf(address), BigInt(amount)])),
})

/**
 * What a replacement or a nonce filler may do: move no more than the earlier bytes, within the fee ceiling that fits
 * those. Pure.
 */
export function replacementApproval(attempts: readonly Attempt[], budget: Budget): Approval {
  return {
    budget,
    mostVvv: committed(attempts).vvv,
    mostLock: lockedBy(attempts, ['signed', 'sent', 'mined']),
    mostDiem: attempts.map(diemStakedBy).reduce(max, 0n),
    mostFeeWei: budget.maxFeeWei ?? feeCeilingOf(attempts),
    beneficiaries: new Map(
      attempts.flatMap(({ beneficiary, amount }) =>
        beneficiary === undefined ? [] : [[keyOf(beneficiary), BigInt(amount)] as const],
      ),
    ),
  }
}

/**
 * Checks that unsigned intents of a record are still within what this process allows. They were approved when they were
 * recorded. A bound record is trusted for that, any other only as far as `request` goes. Pure.
 *
 * @throws {BudgetExceededError} {UnapprovedSpendingError}
 */
export function requireIntents(
  intents: readonly Attempt[],
  { budget, request, isBound }: { budget: Budget; request: OnboardingRequest | undefined; isBound: boolean },
): void {
  const { vvv, feeWei } = committed(intents)
  refuseIf(vvvRefusal(vvv, { budget }))
  const dearest = intents.map(maxCost).reduce(max, 0n)
  if (budget.maxFeeWei !== undefined && feeWei > budget.maxFeeWei)
    throw BudgetExceededError.fee(budget.maxFeeWei, feeWei, budget)
  if (budget.maxFeeWei === undefined && dearest > MOST_FEE_WEI_EACH)
    throw BudgetExceededError.fee(MOST_FEE_WEI_EACH, dearest, budget)
  if (isBound) return
  refuseIf(vvvRefusal(vvv, { budget, mostVvv: BigInt(request?.stakeAmount ?? 0) }))
  const diem = intents.map(diemStakedBy).reduce(max, 0n)
  const mostDiem = request === undefined ? 0n : diemAskedFor(request)
  if (diem > mostDiem) throw new UnapprovedSpendingError({ what: 'DIEM to be staked', needed: diem, most: mostDiem })
  const locked = lockedBy(intents, ['signed', 'sent'])
  if (locked > 0n) throw new UnapprovedSpendingError({ what: 'sVVV to be locked', needed: locked, most: 0n })
}

/** A stake that was reported as reverted. */
export type Reverted = Pick<Attempt, 'purpose' | 'nonce' | 'hash' | 'amount'> & Partial<Pick<Attempt, 'restsOn'>>

/**
 * Checks that the whole plan is within what was approved, so that no approve is signed for a stake that is refused
 * afterwards. Unmined bytes do not count here: `allowed` counts them for each draft.
 *
 * @param earlier - stakes that were reported as reverted, and that the record keeps outside `attempts`.
 * @throws {BudgetExceededError} {UnapprovedSpendingError}
 * @throws {SignedBytesAliveError} the missing approve may explain such a revert, once the use of its nonce is final.
 * @throws {RevertUnprovenError} a stake that was only reported as reverted would be repeated with another approve.
 */
export function requirePlan(
  plan: Pick<Plan, 'stake' | 'feeCeiling' | 'transactions'>,
  attempts: readonly Attempt[],
  {
    approval,
    before = NOTHING,
    earlier = [],
    fates = NO_FATES,
  }: { approval: Approval; before?: Spending; earlier?: readonly Reverted[]; fates?: Fates },
): void {
  const { budget, mostVvv, mostFeeWei } = approval
  const spent = mayCost(attempts.filter(isInBlock))
  const vvv = before.vvv + spent.vvv + BigInt(plan.stake)
  const stakes = unexplainedReverts(attempts, { earlier, fates })
  const again = sum(stakes.map(({ amount }) => BigInt(amount)))
  const isApprovedAgain = plan.transactions.some(({ purpose, along = [] }) =>
    [purpose, ...along.map((call) => call.purpose)].includes('approve'),
  )
  if (isApprovedAgain && again > 0n && vvv + again > mostVvv) {
    const undecided = undecidedApproves(stakes, attempts, fates)
    throw undecided.length > 0 ? new SignedBytesAliveError(undecided) : new RevertUnprovenError(stakes)
  }
  refuseIf(vvvRefusal(vvv, approval))
  const lock = plan.transactions.find(({ purpose }) => purpose === 'mintDiem')?.amount ?? '0'
  if (budget.maxVvv !== undefined && BigInt(lock) > budget.maxVvv) throw lockBeyond(budget.maxVvv, lock)
  const feeWei = before.feeWei + spent.feeWei + BigInt(plan.feeCeiling)
  if (feeWei > mostFeeWei) throw BudgetExceededError.fee(mostFeeWei, feeWei, budget)
}

/**
 * Stakes that an endpoint reports as reverted, without a reason in the record that an endpoint cannot invent. There is
 * one such reason: every approve that the stake needed finally lost its nonce to a transaction from elsewhere. A revert
 * of the approve itself is only another report of the endpoint.
 */
function unexplainedReverts(
  attempts: readonly Attempt[],
  { earlier, fates: { lost, reverted } }: { earlier: readonly Reverted[]; fates: Fates },
): Reverted[] {
  const said = attempts.filter(({ status, hash }) => status === 'reverted' || reverted.has(hash))
  return [...earlier, ...said].filter((attempt) => {
    if (!isStaking(attempt)) return false
    const approves = approvesOf(attempt, attempts)
    return approves.length === 0 || !approves.every(({ hash }) => lost.has(hash))
  })
}

/** The approves of `stakes` whose nonce is used by an unknown transaction: not one of the record, and not final. */
const undecidedApproves = (
  stakes: readonly Reverted[],
  attempts: readonly Attempt[],
  { dead, mined }: Fates,
): Attempt[] =>
  stakes
    .flatMap((stake) => approvesOf(stake, attempts))
    .filter(
      (approve) =>
        approve.status === 'superseded' &&
        !isDead(approve, attempts) &&
        !dead.has(approve.hash) &&
        !mined.has(approve.hash),
    )

/**
 * Null if `vvv`, in base units, is within the cap and the approval. The cap is named first, because a person set it.
 */
function vvvRefusal(
  vvv: bigint,
  { budget: { maxVvv }, mostVvv }: Pick<Approval, 'budget'> & Partial<Approval>,
): Error | null {
  if (maxVvv !== undefined && vvv > maxVvv) return BudgetExceededError.vvv(maxVvv, vvv)
  if (mostVvv !== undefined && vvv > mostVvv)
    return new UnapprovedSpendingError({ what: 'VVV', needed: vvv, most: mostVvv })
  return null
}

function refuseIf(refusal: Error | null): void {
  if (refusal !== null) throw refusal
}

/**
 * As `committed`, but the fee in the receipt of a reverted attempt is not trusted, because no state of the chain proves
 * it.
 */
const mayCost = (attempts: readonly Attempt[], dead?: ReadonlySet<string>): Spending =>
  committed(
    attempts.map((attempt) => (attempt.status === 'reverted' ? { ...attempt, feeWei: null } : attempt)),
    dead,
  )

/** The approves that a stake needed: all with the nonce in `restsOn`. */
const approvesOf = ({ restsOn }: Reverted, attempts: readonly Attempt[]): Attempt[] =>
  attempts.filter(({ purpose, nonce }) => purpose === 'approve' && nonce === restsOn)

const NOTHING: Spending = { vvv: 0n, feeWei: 0n }
const NO_FATES: Fates = { dead: new Set(), lost: new Set(), reverted: new Set(), mined: new Set() }

const diemAskedFor = ({ fund }: Pick<OnboardingRequest, 'fund'>): bigint =>
  fund?.way === 'diem' ? BigInt(fund.amount) : 0n

/** Base units, by itself or along with a lock. */
const diemStakedBy = ({ purpose, amount, batch }: Draft): bigint =>
  BigInt(purpose === 'stakeDiem' ? amount : (batch?.stakeDiem ?? 0))

const isInBlock = ({ status }: Attempt): boolean => status === 'mined' || status === 'reverted'

const lockBeyond = (maxVvv: bigint, lock: string): BudgetExceededError => {
  const [limit, needed] = [`${formatAmount(maxVvv)} VVV`, `a lock of ${formatAmount(lock)} sVVV`]
  return new BudgetExceededError({ cap: setting('maxVvv'), limit, needed })
}

/**
 * Which of `drafts` may be signed now, in their order: all before the first one that exceeds the approval. Bytes of the
 * run that are not proven dead count as if they will be mined.
 *
 * @param before - what the run has committed already.
 * @returns at least one draft, if there is one.
 * @throws {BudgetExceededError} {UnapprovedSpendingError} {CounterpartyRefusedError} the first draft exceeds the
 * approval.
 * @throws {SignedBytesAliveError} the first draft would be within it if earlier bytes were dead.
 */
export function allowed(
  drafts: readonly Draft[],
  attempts: readonly Attempt[],
  { approval, before = NOTHING, dead }: { approval: Approval; before?: Spending; dead?: ReadonlySet<string> },
): Draft[] {
  const signed: Attempt[] = [...attempts]
  const may: Draft[] = []
  for (const draft of drafts) {
    const next = [...signed, asAttempt(draft)]
    const refusal = refusalOf(draft, next, { approval, before, earlier: attempts, dead: dead ?? new Set() })
    if (refusal !== null) {
      if (may.length > 0 && refusal instanceof SignedBytesAliveError) return may
      throw refusal
    }
    signed.push(asAttempt(draft))
    may.push(draft)
  }
  return may
}

interface Held {
  approval: Approval
  before: Spending
  /** What the run committed before this signature. */
  earlier: readonly Attempt[]
  dead: ReadonlySet<string>
}

function refusalOf(draft: Draft, all: readonly Attempt[], { approval, before, earlier, dead }: Held): Error | null {
  const { budget, mostLock, mostDiem = 0n, mostFeeWei, beneficiaries } = approval
  if (draft.purpose === 'sponsor') {
    const most = draft.beneficiary && beneficiaries?.get(keyOf(draft.beneficiary))
    if (most === undefined) return new CounterpartyRefusedError(draft.beneficiary ?? draft.to)
    if (BigInt(draft.amount) > most)
      return new UnapprovedSpendingError({ what: 'VVV', needed: BigInt(draft.amount), most })
  }
  const diem = diemStakedBy(draft)
  if (diem > mostDiem) return new UnapprovedSpendingError({ what: 'DIEM to be staked', needed: diem, most: mostDiem })
  const spent = mayCost(all, dead)
  const unmined = earlier.filter((attempt) => !dead.has(attempt.hash) && !isInBlock(attempt))
  const without = committed(all, new Set([...dead, ...unmined.map(({ hash }) => hash)]))
  const refusal = vvvRefusal(before.vvv + spent.vvv, approval)
  if (refusal !== null && vvvRefusal(before.vvv + without.vvv, approval) === null)
    return new SignedBytesAliveError(unmined.filter(({ amount }) => amount !== '0'))
  if (refusal !== null) return refusal
  const counted = (attempts: readonly Attempt[], over: ReadonlySet<string>) =>
    lockedBy(
      attempts.filter((attempt) => !over.has(attempt.hash) && !isDead(attempt, attempts)),
      ['signed', 'sent', 'superseded', 'mined'],
    )
  const locked = counted(all, dead)
  if (budget.maxVvv !== undefined && draft.purpose === 'mintDiem' && BigInt(draft.amount) > budget.maxVvv)
    return lockBeyond(budget.maxVvv, draft.amount)
  if (locked > mostLock && counted(all, new Set([...dead, ...unmined.map(({ hash }) => hash)])) <= mostLock)
    return new SignedBytesAliveError(unmined.filter(({ purpose }) => purpose === 'mintDiem'))
  if (locked > mostLock)
    return new UnapprovedSpendingError({ what: 'sVVV to be locked', needed: locked, most: mostLock })
  const feeWei = before.feeWei + spent.feeWei
  if (feeWei > mostFeeWei) return BudgetExceededError.fee(mostFeeWei, feeWei, budget)
  if (budget.maxFeeWei === undefined && maxCost(draft) > MOST_FEE_WEI_EACH)
    return BudgetExceededError.fee(MOST_FEE_WEI_EACH, maxCost(draft), budget)
  return null
}

const lockedBy = (attempts: readonly Attempt[], statuses: readonly Attempt['status'][]): bigint => {
  const locks = attempts.filter(({ purpose, status }) => purpose === 'mintDiem' && statuses.includes(status))
  return sum([...new Map(locks.map((lock) => [lock.nonce, BigInt(lock.amount)])).values()])
}

/** `draft` as it will count once it is signed. */
const asAttempt = (draft: Draft): Attempt => ({
  ...draft,
  hash: `0x${'0'.repeat(64)}`,
  raw: null,
  restsOn: null,
  status: 'signed',
  signedAt: '',
  blockNumber: null,
  gasUsed: null,
  feeWei: null,
})
