import { amended } from '../driver/amend.ts'
import { recordOf } from '../driver/envelope.ts'
import { isFailure } from '../errors/failure.ts'
import type { Order } from './order.ts'
import type { Refused } from './refusal.ts'
import { opened, type Recorded, recorded, type StepDependencies, sealed, withRun } from './step.ts'
import { decidesIn } from './undecided.ts'

/** Milliseconds until the chain is asked again about a payment whose time is over by our clock, and not by the chain's. */
const AGAIN_MS = 60_000

/** Of a run that has ended; see {@link Recorded}. `record` is null where nothing was decided. */
export type Decided = Pick<Recorded, 'ok' | 'record' | 'revision' | 'summary' | 'settles' | 'decidesInMs'>

/**
 * Asks the chain what became of the payments of a run that ended with one which may have been posted. One that USDC has not
 * taken within its time is void, and counts no more. Posts and signs nothing; safe to repeat.
 *
 * @throws {StepFailed} and nothing else: Restate tries again.
 */
export const decidePayments = (
  { order, record, attempt }: { order: Order; record: string; attempt: AbortSignal },
  dependencies: StepDependencies,
): Promise<Decided | Refused> =>
  withRun({ order, before: null, attempt }, dependencies, async (run) => {
    const { clock, runs } = dependencies
    const envelope = await opened(record, run, order)
    const made = { order, worker: runs.worker, startedAt: envelope.writtenAt }
    const settles = run.budget !== null
    if (decidesIn(envelope, clock) === null) return { ...recorded(envelope, made), settles, record: null }
    const before = recordOf(envelope)
    const io = { signal: attempt, report: () => {} }
    const payments = await Promise.all(
      before.payments.map(async (payment) => {
        if (payment.status !== 'open') return payment
        const found = await run.effects.findPayment({ payment }, io).catch((error: unknown) => {
          throw isFailure(error) ? new Error(error.message) : error
        })
        return found.payment
      }),
    )
    const decidesInMs = payments.some(({ status }) => status === 'open') ? AGAIN_MS : null
    const isDecided = payments.some(({ status }, index) => status !== before.payments[index]?.status)
    if (!isDecided) return { ...recorded(envelope, made), settles, decidesInMs, record: null }
    const next = await amended(envelope, { ...before, payments }, new Date(clock.now()).toISOString())
    return { ...recorded(next, made), settles, decidesInMs, record: await sealed(next, run) }
  })
