import type { RunEvent } from '../driver/events.ts'
import type { RunView } from '../driver/view.ts'

/** One effect, from the record that called for it to the record of what came of it. */
export interface EffectRun {
  effect: string
  /** Dotted path of the state that waited for it. */
  state: string
  /** ISO 8601; with what it took to write the record. */
  startedAt: string
  endedAt: string
  /** The code of its failure, or null. */
  failure: string | null
  /** How often each loop had been gone round when it began; those above 0. */
  counters: Readonly<Record<string, number>>
}

/** What one event of a run tells to those who measure. Public data only, chosen field by field. */
export interface Step {
  runId: string
  pass: number
  revision: number
  /** ISO 8601. */
  at: string
  to: string
  /** Null where a pass begins. */
  effect: EffectRun | null
  /** What was decided by this step, and not before: mined, reverted or superseded. */
  transactions: readonly { purpose: string; status: string }[]
  /** The same: settled or void. */
  payments: readonly { status: string }[]
}

interface Seen {
  at: string
  view: RunView
}

const COMPLETION = /^xstate\.(?:done|error)\.actor\.(?<effect>\w+)$/

/** Reads the events of any number of runs. What a run had done before its first event is not told again. */
export function createStepReader(): (event: RunEvent) => Step | null {
  const runs = new Map<string, Seen>()
  return (event) => {
    if (event.type === 'progress') return null
    if (event.type === 'stopped') {
      runs.delete(event.runId)
      return null
    }
    const { runId, at, view } = event
    const before = runs.get(runId)
    runs.set(runId, { at, view })
    if (event.type === 'resumed') return null
    const { pass, revision, to } = event
    const [transactions, payments] = before === undefined ? [[], []] : decidedBetween(before.view, view)
    return { runId, pass, revision, at, to, effect: effectOf(event, before), transactions, payments }
  }
}

function effectOf(
  { from, cause, at, failure }: Extract<RunEvent, { type: 'transition' }>,
  before: Seen | undefined,
): EffectRun | null {
  const effect = COMPLETION.exec(cause)?.groups?.effect
  if (effect === undefined || from === null || before === undefined) return null
  const hasFailed = cause.startsWith('xstate.error.')
  return {
    effect,
    state: from,
    startedAt: before.at,
    endedAt: at,
    failure: hasFailed ? (failure?.code ?? 'unexpected') : null,
    counters: Object.fromEntries(Object.entries(before.view.counters).filter(([, count]) => count > 0)),
  }
}

function decidedBetween(before: RunView, after: RunView): [Step['transactions'], Step['payments']] {
  const known = new Set(before.transactions.filter(isDecided).map(({ hash }) => hash))
  const paid = new Set(before.payments.filter(isOver).map(({ nonce }) => nonce))
  return [
    after.transactions
      .filter((transaction) => isDecided(transaction) && !known.has(transaction.hash))
      .map(({ purpose, status }) => ({ purpose, status })),
    after.payments.filter((payment) => isOver(payment) && !paid.has(payment.nonce)).map(({ status }) => ({ status })),
  ]
}

const isDecided = ({ status }: RunView['transactions'][number]): boolean => status !== 'signed' && status !== 'sent'
const isOver = ({ status }: RunView['payments'][number]): boolean => status !== 'open'
