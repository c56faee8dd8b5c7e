import { MACHINE_ID, MACHINE_VERSION } from '../../machines/onboarding/version.ts'
import { anything, having, listOf, matching, number, orNull, type Shape, text } from '../domain/shape.ts'
import type { Onboarding, Recorded } from './kind.ts'
import { MIGRATIONS } from './migrations.ts'
import { viewOfContext } from './view.ts'

const context: Shape = having({
  request: having({ runId: text, address: text, stakeAmount: matching(/^\d+$/) }),
  record: having({
    attempts: listOf(having({ hash: text, raw: orNull(text), nonce: number, status: text })),
    mints: listOf(having({ label: text, status: text })),
    key: orNull(having({ last6: text, sink: text })),
    funding: orNull(having({})),
    skipped: listOf(having({})),
    warnings: listOf(anything),
  }),
})

/**
 * What is to be known of the onboarding to open its records. Without the machine, which takes as long to load as the rest of
 * `status`.
 */
export const RECORDED_ONBOARDING: Recorded<Onboarding> = {
  machine: { id: MACHINE_ID },
  version: MACHINE_VERSION,
  migrations: MIGRATIONS,
  context,
  view: viewOfContext,
  /** The process that resumes the run decides how long to wait for funds, and whether to make a paid test call. */
  asAskedNow: (context, { fundsDeadline = null, mustProve = false }) => ({ ...context, fundsDeadline, mustProve }),
}
