import { type Attempt, isOpen } from '../domain/attempt.ts'
import { type Beneficiary, keyOf, type SettledAttempt, settledOf, sponsored } from '../domain/sponsoring.ts'
import { SCHEMA_VERSION, statePath } from '../driver/events.ts'
import { isRecoverable, type Reason, reasonOf } from '../errors/failure.ts'
import type { SponsoringEnvelope } from './kind.ts'

/** How sponsoring ended, or where it stands. */
export interface SponsorResult {
  schemaVersion: number
  outcome: 'done' | 'paused' | 'failed'
  /** Dotted path of the machine's state. */
  state: string
  runId: string
  /** The treasury. */
  address: string
  chainId: number
  /** It was all done before this call. */
  wasFinished: boolean
  /** The same call can finish it, at once or after the step in the failure's hint. */
  recoverable: boolean
  failure: Reason | null
  agents: readonly SponsoredAgent[]
  transactions: readonly SettledAttempt[]
  /** Decimal strings: base units of VVV, wei. A ceiling if a fee is not known yet. */
  spent: { vvv: string; feeWei: string }
}

export interface SponsoredAgent extends Beneficiary {
  /** staked: a read showed its full stake. open: a stake for it may still be mined. missing: none was signed yet. */
  status: 'staked' | 'open' | 'missing'
  /** The stake of this treasury; null if none was needed, or none was made yet. */
  hash: string | null
}

/** The result of the run in `envelope`. */
export function sponsorResultOf(
  { snapshot, runId, address, chainId }: SponsoringEnvelope,
  { wasFinished = false }: { wasFinished?: boolean } = {},
): SponsorResult {
  const { record, request, failure } = snapshot.context
  const outcome = snapshot.status === 'active' ? 'paused' : failure === null ? 'done' : 'failed'
  const own = record.attempts.filter(({ nonce }) => nonce >= record.ownFrom)
  const spent = sponsored(own, record.settled)
  return {
    schemaVersion: SCHEMA_VERSION,
    outcome,
    state: statePath(snapshot.value),
    runId,
    address,
    chainId,
    wasFinished,
    recoverable: outcome !== 'failed' || (failure !== null && isRecoverable(failure)),
    failure: outcome === 'failed' && failure !== null ? reasonOf(failure) : null,
    agents: agentsOf(request.agents, { own: record.attempts, settled: record.settled, staked: record.staked }),
    transactions: [...record.settled, ...own.map(settledOf)],
    spent: { vvv: spent.vvv.toString(), feeWei: spent.feeWei.toString() },
  }
}

function agentsOf(
  agents: readonly Beneficiary[],
  { own, settled, staked }: { own: readonly Attempt[]; settled: readonly SettledAttempt[]; staked: readonly string[] },
): SponsoredAgent[] {
  const isStaked = new Set(staked)
  const made = new Map<string, SettledAttempt>()
  for (const attempt of [...settled, ...own.map(settledOf)]) {
    const { beneficiary, status } = attempt
    if (beneficiary !== undefined && status !== 'superseded' && status !== 'reverted') {
      made.set(keyOf(beneficiary), attempt)
    }
  }
  return agents.map(({ address, amount }) => {
    const attempt = made.get(keyOf(address))
    const status = isStaked.has(keyOf(address)) ? 'staked' : attempt === undefined ? 'missing' : 'open'
    return { address, amount, status, hash: attempt?.hash ?? null }
  })
}

/** Transactions of a treasury's run that may still be mined. */
export const openIn = ({ snapshot }: SponsoringEnvelope): Attempt[] => snapshot.context.record.attempts.filter(isOpen)
