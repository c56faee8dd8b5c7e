import type { RunRecord, Skipped } from '../../machines/onboarding/context.ts'
import { type AttemptSummary, isOpen, summaryOf } from '../domain/attempt.ts'
import { committed } from '../domain/budget.ts'
import type { Funding } from '../domain/funding.ts'
import { isDoubtful, type KeyRef, type MintIntent } from '../domain/key.ts'
import { type Failure, isRecoverable } from '../errors/failure.ts'
import type { Envelope } from './envelope.ts'
import { SCHEMA_VERSION, statePath } from './events.ts'

/** How a run ended, or stands. The contract that scripts and agents read. */
export interface RunResult {
  schemaVersion: number
  outcome: 'funded' | 'unfunded' | 'paused' | 'failed'
  /** Dotted path of the machine's state. */
  state: string
  runId: string
  address: string
  chainId: number
  /** The run had ended before; nothing was left to do. */
  wasFinished: boolean
  /** The same command can finish the run, at once or after what `nextAction` names. */
  recoverable: boolean
  nextAction: NextAction | null
  failure: Pick<Failure, 'code' | 'message' | 'hint' | 'recovery' | 'facts' | 'exit'> | null
  key: Pick<KeyRef, 'id' | 'last6' | 'type' | 'sink' | 'expiresAt'> | null
  transactions: readonly AttemptSummary[]
  /** Decimal strings: base units of VVV, wei. Ceilings where a fee is not known yet. */
  spent: { vvv: string; feeWei: string; usd: string }
  /** What was done already, and how that was known. */
  skipped: readonly Skipped[]
  funding: Funding | null
  warnings: readonly string[]
  /** Mints that may have made a key which nobody holds; Venice lists it under the label. */
  orphans: readonly Pick<MintIntent, 'label' | 'at' | 'status'>[]
}

export interface NextAction {
  command: string
  reason: string
  /** ISO 8601. */
  earliestAt?: string
}

/**
 * What can be said of the run in `envelope`.
 *
 * @param command - what the person types to go on.
 * @param wasFinished - it had ended before this command was given.
 */
export function resultOf(
  { snapshot, runId, address, chainId }: Envelope,
  { command, wasFinished = false }: { command: string; wasFinished?: boolean },
): RunResult {
  const { record, failure, wakeAt } = snapshot.context
  const outcome = outcomeOf(snapshot.status, record, failure)
  const spending = committed(record.attempts)
  return {
    schemaVersion: SCHEMA_VERSION,
    outcome,
    state: statePath(snapshot.value),
    runId,
    address,
    chainId,
    wasFinished,
    recoverable: outcome !== 'failed' || (failure !== null && isRecoverable(failure)),
    nextAction: nextAction({ outcome, record, failure, wakeAt, command }),
    failure:
      outcome === 'failed' && failure !== null
        ? {
            code: failure.code,
            message: failure.message,
            hint: failure.hint,
            recovery: failure.recovery,
            facts: failure.facts,
            exit: failure.exit,
          }
        : null,
    key: record.key && {
      id: record.key.id,
      last6: record.key.last6,
      type: record.key.type,
      sink: record.key.sink,
      expiresAt: record.key.expiresAt,
    },
    transactions: record.attempts.map(summaryOf),
    spent: { vvv: spending.vvv.toString(), feeWei: spending.feeWei.toString(), usd: '0' },
    skipped: record.skipped,
    funding: record.funding,
    warnings: record.warnings,
    orphans: record.mints.filter(isDoubtful).map(({ label, at, status }) => ({ label, at, status })),
  }
}

function outcomeOf(status: 'active' | 'done', record: RunRecord, failure: Failure | null): RunResult['outcome'] {
  if (status === 'active') return 'paused'
  if (failure !== null) return 'failed'
  return record.funding?.spendable === true ? 'funded' : 'unfunded'
}

function nextAction({
  outcome,
  record,
  failure,
  wakeAt,
  command,
}: {
  outcome: RunResult['outcome']
  record: RunRecord
  failure: Failure | null
  wakeAt: string | null
  command: string
}): NextAction | null {
  switch (outcome) {
    case 'funded':
      return null
    case 'unfunded':
      return {
        command: 'venice-onboard doctor',
        reason: record.funding?.reason ?? 'Whether the key can spend is not known.',
      }
    case 'paused': {
      const pending = record.attempts.filter(isOpen).length
      const reason =
        failure?.message ?? (pending > 0 ? `${pending} transaction(s) wait to be mined.` : 'The run is not finished.')
      return { command, reason, ...(wakeAt !== null && { earliestAt: wakeAt }) }
    }
    case 'failed':
      return { command, reason: failure?.hint ?? '' }
  }
}
