import type { SponsoringContext, SponsoringInput } from '../../machines/sponsoring/context.ts'
import type { SponsoringEffects } from '../../machines/sponsoring/effects.ts'
import { SPONSORING_VERSION, sponsoringMachine } from '../../machines/sponsoring/machine.ts'
import { remainingAgents } from '../../machines/sponsoring/select.ts'
import type { Address } from '../domain/addresses.ts'
import { type AttemptSummary, summaryOf } from '../domain/attempt.ts'
import { having, listOf, matching, number, orNull, type Shape, text } from '../domain/shape.ts'
import type { TreasuryState } from '../domain/sponsoring.ts'
import type { Definition, Envelope, Kind } from '../driver/kind.ts'
import { type Migration, type StoredEnvelope, withWordsOfGlossary } from '../driver/migrations.ts'
import { statePath } from '../driver/view.ts'

export interface Sponsoring extends Kind {
  context: SponsoringContext
  input: SponsoringInput
  effects: SponsoringEffects
  view: SponsoringView
}

/** A run of a treasury, as it is on disk. */
export type SponsoringEnvelope = Envelope<Sponsoring>

/** The run at one revision, as journals and people may see it. It counts agents, because there may be thousands. */
export interface SponsoringView {
  state: string
  counters: SponsoringContext['counters']
  walletState: Omit<TreasuryState, 'drafts' | 'covered'> | null
  agents: { asked: number; left: number }
  /** Transactions that are pending, or whose result no read has shown yet. */
  transactions: readonly (AttemptSummary & { amount: string; beneficiary: Address | null; signedAt: string })[]
  settled: number
  wakeAt: string | null
}

const context: Shape = having({
  request: having({
    runId: text,
    address: text,
    agents: listOf(having({ address: text, amount: matching(/^\d+$/) })),
  }),
  record: having({
    runId: text,
    attempts: listOf(having({ hash: text, raw: orNull(text), nonce: number, status: text })),
    settled: listOf(having({ hash: text, nonce: number, status: text })),
    staked: listOf(text),
    ownFrom: number,
    nextNonce: number,
  }),
})

/** Every step since the first format; see `migrations`. */
const SPONSORING_MIGRATIONS: readonly Migration[] = [{ from: 1, to: 2, migrate: withSurvey }]

/** Format 2: the state in which the treasury is read is called `survey`. */
function withSurvey(envelope: StoredEnvelope): StoredEnvelope {
  const renamed = withWordsOfGlossary(envelope)
  const snapshot = renamed.snapshot as { value: string | Readonly<Record<string, string>> }
  const { value } = snapshot
  if (typeof value === 'string' || value.look === undefined) return renamed
  return { ...renamed, snapshot: { ...snapshot, value: { survey: value.look } } }
}

export const SPONSORING: Definition<Sponsoring> = {
  machine: sponsoringMachine,
  version: SPONSORING_VERSION,
  migrations: SPONSORING_MIGRATIONS,
  context,
  view: viewOfSponsoring,
  /** The process that resumes the run decides how long to wait for funds. */
  asAskedNow: (context, { fundsDeadline = null }) => ({ ...context, fundsDeadline }),
}

function viewOfSponsoring(context: SponsoringContext, value: unknown): SponsoringView {
  const { record, request, walletState, counters, wakeAt } = context
  return {
    state: statePath(value),
    counters,
    walletState: walletState && {
      readAt: walletState.readAt,
      blockNumber: walletState.blockNumber,
      account: walletState.account,
      eth: walletState.eth,
      vvv: walletState.vvv,
      allowance: walletState.allowance,
      implementation: walletState.implementation,
      feeCeiling: walletState.feeCeiling,
      nonce: walletState.nonce,
      short: walletState.short,
      stake: walletState.stake,
    },
    agents: { asked: request.agents.length, left: remainingAgents(context).length },
    transactions: record.attempts.map((made) => ({
      ...summaryOf(made),
      amount: made.amount,
      beneficiary: made.beneficiary ?? null,
      signedAt: made.signedAt,
    })),
    settled: record.settled.length,
    wakeAt,
  }
}
