import { explorerUrl } from '../../domain/addresses.ts'
import type { Attempt, AttemptReport, ChainReport } from '../../domain/attempt.ts'
import type { OnboardingError } from '../../errors/base.ts'
import {
  ConfirmationTimeoutError,
  NotCreditedError,
  TransactionMissingError,
  TransactionRevertedError,
  TransactionSupersededError,
} from '../../errors/chain.ts'
import { toFailure } from '../../errors/failure.ts'
import type { Effect, EffectDependencies } from './io.ts'

/**
 * Looks in a row that must agree before a transaction counts as unknown to the network. One "no" proves little: behind
 * one URL, the nonce may come from a node that has the block, and the receipt from one that has not.
 */
const MISSING_LOOKS = 3
/** Looks to give a lagging replica to show what a mined transaction did. */
const CREDIT_LOOKS = 15
/** Milliseconds after a block is due at which its receipts are looked for. */
const BLOCK_MARGIN_MS = 60

interface Watch {
  attempts: readonly Attempt[]
  missingLooks: number
  supersededLooks: number
  creditLooks: number
}

/**
 * Looks at the attempts, in step with the blocks, until one of them is decided or all are mined and the chain's state
 * proves what they were to do. No side effects; safe to run again.
 *
 * @throws {ConfirmationTimeoutError} still pending after `confirmationTimeoutMs`.
 */
export function watchTransactions({
  ports: { chain, clock },
  settings,
  redactor,
}: EffectDependencies): Effect<'watchTransactions'> {
  return async ({ address, attempts }, { signal, report }) => {
    const startedAt = clock.now()
    const watch: Watch = { attempts, missingLooks: 0, supersededLooks: 0, creditLooks: 0 }
    for (;;) {
      const seen = await chain.report(address, attempts, signal)
      const look = withConfirmations(seen, settings.confirmations)
      const verdict = judge(watch, look)
      if (verdict !== 'pending') {
        const stamp = { at: new Date(clock.now()).toISOString(), jitter: clock.random(), scrub: redactor.scrub }
        return { report: look, problem: verdict === 'proven' ? null : toFailure(verdict, stamp) }
      }
      const waitedMs = clock.now() - startedAt
      if (waitedMs > settings.confirmationTimeoutMs) {
        const unmined = look.attempts.filter(({ status }) => status !== 'mined')
        throw new ConfirmationTimeoutError(
          unmined.map(({ hash }) => hash),
          waitedMs,
        )
      }
      const wakeAt = nextLook(clock.now(), look.head.timestamp * 1000, chain.blockTimeMs)
      report({ awaits: 'block', block: look.head.number, until: new Date(wakeAt).toISOString() })
      await clock.sleepUntil(wakeAt, signal)
    }
  }
}

/** A receipt that is not deep enough yet is still pending. */
function withConfirmations(report: ChainReport, confirmations: number): ChainReport {
  const isDeep = ({ blockNumber }: AttemptReport) =>
    blockNumber !== null && BigInt(report.head.number) - BigInt(blockNumber) + 1n >= BigInt(confirmations)
  return {
    ...report,
    attempts: report.attempts.map((found) =>
      found.status !== 'mined' || isDeep(found)
        ? found
        : { ...found, status: 'pending', blockNumber: null, gasUsed: null, feeWei: null },
    ),
  }
}

/** What a look means: go on looking, done, or a problem the machine must decide about. Counts looks in `watch`. */
function judge(watch: Watch, report: ChainReport): 'pending' | 'proven' | OnboardingError {
  const pairs = watch.attempts.flatMap((attempt) => {
    const found = report.attempts.find(({ hash }) => hash === attempt.hash)
    return found === undefined ? [] : [{ attempt, found }]
  })
  const withStatus = (status: AttemptReport['status']) => pairs.find(({ found }) => found.status === status)?.attempt

  const superseded = withStatus('superseded')
  watch.supersededLooks = superseded ? watch.supersededLooks + 1 : 0
  if (superseded && watch.supersededLooks >= MISSING_LOOKS)
    return new TransactionSupersededError(superseded.hash, superseded.nonce)
  const reverted = withStatus('reverted')
  if (reverted) return new TransactionRevertedError(reverted.purpose, reverted.hash)

  const missing = withStatus('missing')
  watch.missingLooks = missing ? watch.missingLooks + 1 : 0
  if (missing && watch.missingLooks >= MISSING_LOOKS) return new TransactionMissingError(missing.hash)
  if (!pairs.every(({ found }) => found.status === 'mined')) return 'pending'

  const unproven = pairs.map(({ attempt }) => attempt).find((attempt, _, all) => !isCredited(attempt, all, report))
  if (unproven === undefined) return 'proven'
  watch.creditLooks += 1
  if (watch.creditLooks < CREDIT_LOOKS) return 'pending'
  return new NotCreditedError(unproven.purpose, unproven.hash, { facts: [explorerUrl('tx', unproven.hash)] })
}

/** Proof by state. A stake uses the allowance up, so an approve that was followed by its stake has nothing left to show. */
function isCredited(attempt: Attempt, all: readonly Attempt[], { sVvv, allowance }: ChainReport): boolean {
  switch (attempt.purpose) {
    case 'stake':
      return BigInt(sVvv) >= BigInt(attempt.expected)
    case 'approve':
      return all.some(({ purpose }) => purpose === 'stake') || BigInt(allowance) >= BigInt(attempt.expected)
  }
}

/** Just after the next block is due; where the chain's clock is not ours, a quarter of a block from now. */
function nextLook(nowMs: number, headMs: number, blockTimeMs: number): number {
  const due = headMs + blockTimeMs + BLOCK_MARGIN_MS
  const isPlausible = due > nowMs && due - nowMs <= blockTimeMs + BLOCK_MARGIN_MS
  return isPlausible ? due : nowMs + Math.max(blockTimeMs / 4, 25)
}
