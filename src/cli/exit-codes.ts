import type { ExitClass } from '../errors/base.ts'

/** Process exit codes. Scripts rely on them. */
export const EXIT_CODES: Readonly<Record<ExitClass, number>> = {
  unexpected: 1,
  usage: 2,
  waiting: 3,
  funds: 4,
  refused: 5,
  rejected: 6,
  locked: 7,
  transient: 75,
  config: 78,
}

/** 128 and the signal's number. */
export const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const
