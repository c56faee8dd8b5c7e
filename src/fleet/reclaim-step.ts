import type { RunRecord } from '../../machines/onboarding/context.ts'
import { amended } from '../driver/amend.ts'
import { type Envelope, recordOf } from '../driver/envelope.ts'
import { reclaimIn } from '../operations/reclaim-keys.ts'
import type { Order } from './order.ts'
import type { Refused } from './refusal.ts'
import type { LiveRun } from './runs.ts'
import type { Recorded } from './step.ts'
import { opened, recorded, type StepDependencies, sealed, withRun } from './step.ts'

/** The record after an amendment. `isOver`: that was all; else it is amended further once this is durable. */
export type Reclaimed = Recorded & { isOver: boolean }

/**
 * Reclaims the keys of a run that nobody holds, in steps of one amendment each: what a step gives back is made durable before
 * the next one goes on. Started again after a crash, from the record as it is then.
 *
 * Side effects: those of `reclaimKeys`, with an ADMIN key that the wallet mints, unless it has one. A step throws
 * `StepFailed` and nothing else.
 */
export function reclaiming(
  { order, attempt }: { order: Order; attempt: AbortSignal },
  dependencies: StepDependencies,
): (record: string, before: Recorded | null) => Promise<Reclaimed | Refused> {
  let session: ReturnType<typeof begin> | null = null
  return (record, before) =>
    withRun(
      { order, before, attempt },
      dependencies,
      async (run) => {
        session ??= begin(run, await opened(record, run, order), dependencies)
        const { envelope, isOver } = await session()
        const { worker } = dependencies.runs
        const made = { order, worker, startedAt: before?.summary.startedAt ?? envelope.writtenAt }
        const text = await sealed(envelope, run)
        return { ...recorded(envelope, made), record: text, events: null, isOver }
      },
      ({ recovery }) => recovery === 'retry',
    )
}

interface Turn {
  envelope: Envelope
  isOver: boolean
}

/** Each call goes on to the next amendment, or to the end. */
function begin({ ports, redactor }: LiveRun, given: Envelope, { clock }: StepDependencies): () => Promise<Turn> {
  let envelope = given
  let goOn = () => {}
  let yieldTurn: (turn: Turn) => void = () => {}
  const amend = async (_: string, change: (record: RunRecord) => RunRecord) => {
    const record = change(recordOf(envelope))
    if (record === recordOf(envelope)) return
    envelope = await amended(envelope, record, new Date(clock.now()).toISOString())
    const isDurable = new Promise<void>((resolve) => {
      goOn = resolve
    })
    yieldTurn({ envelope, isOver: false })
    await isDurable
  }
  const held = {
    get record() {
      return recordOf(envelope)
    },
    amend,
  }
  let ended: Promise<Turn> | null = null
  const reclaim = async (): Promise<Turn> => {
    await reclaimIn({ ...ports, redactor, isDryRun: false, confirm: async () => true }, held)
    return { envelope, isOver: true }
  }
  return () => {
    const amendment = new Promise<Turn>((resolve) => {
      yieldTurn = resolve
    })
    goOn()
    ended ??= reclaim()
    return Promise.race([amendment, ended])
  }
}
