import { explorerUrl } from '../../domain/addresses.ts'
import { type Attempt, type AttemptReport, type ChainReport, newestPerNonce } from '../../domain/attempt.ts'
import { isCreditedIn } from '../../domain/credited.ts'
import { isUnderpriced } from '../../domain/fees.ts'
import { isShownFor } from '../../domain/sponsoring.ts'
import type { OnboardingError } from '../../errors/base.ts'
import { DiemPriceMovedError } from '../../errors/chain/diem.ts'
import {
  NonceGapError,
  NotCreditedError,
  TransactionMissingError,
  TransactionRevertedError,
  TransactionStuckError,
  TransactionSupersededError,
  TransactionUnderpricedError,
} from '../../errors/chain/transactions.ts'
import type { Sighting } from './evidence.ts'

/** Milliseconds until a wallet is asked again to send a transaction that no node knows. A person may have to answer. */
const ASK_AGAIN_MS = 60_000

/** A nonce, and the attempt that decides its fate: the one in a block, else the last recorded. */
export interface Slot {
  attempt: Attempt
  found: AttemptReport
}

/** One slot per nonce, in nonce order. */
export function slotsOf(attempts: readonly Attempt[], report: ChainReport): Slot[] {
  const fates = new Map(report.attempts.map((found) => [found.hash, found]))
  const inBlock = attempts.filter(({ hash }) => ['mined', 'reverted'].includes(fates.get(hash)?.status ?? ''))
  const deciding = newestPerNonce([...newestPerNonce(attempts), ...inBlock])
  return deciding.flatMap((attempt) => {
    const found = fates.get(attempt.hash)
    return found === undefined ? [] : [{ attempt, found }]
  })
}

/** Transactions that are mined, but whose result the chain's state does not show. */
export function unprovenIn(slots: readonly Slot[], report: ChainReport): Sighting[] {
  const mined = slots.map(({ attempt }) => attempt)
  return slots
    .filter(({ attempt }) => !isCredited(attempt, mined, report))
    .map(({ attempt: { purpose, hash }, found }) => ({
      sign: found.hasEvent === false ? 'eventless' : 'uncredited',
      hash,
      error: new NotCreditedError(purpose, hash, { facts: [explorerUrl('tx', hash)] }),
    }))
}

/** Milliseconds since the epoch: when this watch began, now, and when a nonce was first watched. */
export interface Watched {
  startedAt: number
  nowMs: number
  since: (nonce: number) => number
}

/** All problems that a report shows, the most serious first. */
export function signsIn(slots: readonly Slot[], report: ChainReport, { startedAt, nowMs, since }: Watched): Sighting[] {
  const { head, nonce } = report
  const withStatus = (status: AttemptReport['status']) => slots.find(({ found }) => found.status === status)
  const superseded = withStatus('superseded')
  // Later transactions may depend on it. A stake reverts when its approve lost its nonce, and must be planned again.
  if (superseded !== undefined) return [supersededSign(superseded)]
  const signs: Sighting[] = []
  const reverted = withStatus('reverted')?.attempt
  if (reverted) signs.push({ sign: 'reverted', hash: reverted.hash, error: revertError(reverted) })

  const waiting = slots.filter(({ found }) => found.status === 'pending' || found.status === 'missing')
  const underpriced = waiting.find(({ attempt }) => isUnderpriced(attempt, BigInt(head.baseFeePerGas)))?.attempt
  if (underpriced) {
    const error = new TransactionUnderpricedError(underpriced, head.baseFeePerGas)
    signs.push({ sign: 'underpriced', hash: underpriced.hash, error })
  }
  const [next] = waiting
  // If a node shows a mined transaction but an older nonce, that is not a gap.
  const isOfOneView = slots.every(({ attempt, found }) => found.status !== 'mined' || attempt.nonce < (nonce ?? 0))
  if (next !== undefined && nonce !== null && next.attempt.nonce > nonce && isOfOneView) {
    const { hash } = next.attempt
    // Nodes may drop transactions behind a gap. Sending them again would not help.
    return [...signs, { sign: 'gap', hash, error: new NonceGapError(hash, { nonce: next.attempt.nonce, next: nonce }) }]
  }
  if (next !== undefined && next.attempt.nonce === nonce && next.attempt !== underpriced && isOut(next)) {
    const { hash } = next.attempt
    signs.push({ sign: 'stuck', hash, error: new TransactionStuckError(hash, nowMs - since(nonce)) })
  }
  const missing = withStatus('missing')?.attempt
  // Nodes would not accept it at these fees.
  if (missing && missing !== underpriced) signs.push(missingSign(missing, startedAt - since(missing.nonce)))
  return signs
}

const supersededSign = ({ attempt: { hash, nonce }, found: { usedBy } }: Slot): Sighting => ({
  sign: usedBy === undefined ? 'unexplained' : 'superseded',
  hash,
  error: new TransactionSupersededError(hash, nonce, usedBy && { facts: [explorerUrl('tx', usedBy.hash)] }),
})

const revertError = ({ purpose, hash }: Attempt): OnboardingError =>
  // It names the least DIEM for its sVVV, so it reverts when the price has moved. It must be quoted again.
  purpose === 'mintDiem'
    ? new DiemPriceMovedError(`${hash} was mined and reverted.`, { facts: [explorerUrl('tx', hash)] })
    : new TransactionRevertedError(purpose, hash)

/**
 * On Base, no node shows the sequencer's private pool, so "missing" means little. The same bytes are sent again, each
 * time after twice the wait.
 */
const missingSign = ({ hash, raw }: Attempt, watchedMs: number): Sighting => ({
  sign: 'missing',
  hash,
  error: new TransactionMissingError(hash),
  leastMs: Math.max(watchedMs, raw === null ? ASK_AGAIN_MS : 0),
})

/** A node has it, or need not confirm that. A transaction that the wallet made counts only if a node shows it. */
const isOut = ({ attempt, found }: Slot): boolean => found.status === 'pending' || attempt.raw !== null

/** Proof by state. A stake uses up the allowance, so an approve whose stake is done leaves nothing to prove. */
function isCredited(attempt: Attempt, all: readonly Attempt[], report: ChainReport): boolean {
  const isCredited = isCreditedIn(report, attempt)
  switch (attempt.purpose) {
    case 'stake':
    case 'fillNonce':
      return isCredited
    case 'sponsor':
      return isShownFor(attempt, report)
    case 'approve':
      return isCredited || all.some(({ purpose }) => purpose === 'stake' || purpose === 'sponsor')
    case 'revoke':
      return isCredited || all.some(({ purpose, nonce }) => purpose === 'approve' && nonce > attempt.nonce)
    // Mined in an earlier watch: the DIEM may be unstaked or sold since. The next step depends on what is there now.
    case 'mintDiem':
    case 'stakeDiem':
      return isCredited || isMined(attempt)
  }
}

const isMined = ({ status }: Attempt): boolean => status === 'mined'
