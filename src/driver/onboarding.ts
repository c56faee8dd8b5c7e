import { MACHINE_VERSION, onboardingMachine } from '../../machines/onboarding/machine.ts'
import type { Definition, Onboarding } from './kind.ts'
import { MIGRATIONS } from './migrations.ts'
import { anything, having, listOf, matching, number, orNull, type Shape, text } from './shape.ts'
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

/** From a wallet with VVV to a key. The driver runs this machine by default. */
export const ONBOARDING: Definition<Onboarding> = {
  machine: onboardingMachine,
  version: MACHINE_VERSION,
  migrations: MIGRATIONS,
  context,
  view: viewOfContext,
  /** The process that resumes the run decides how long to wait for funds, and whether to make a paid test call. */
  asAskedNow: (context, { fundsDeadline = null, mustProve = false }) => ({ ...context, fundsDeadline, mustProve }),
}
