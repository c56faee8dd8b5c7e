import { SIGNAL_EXIT_CODES } from './exit-codes.ts'
import type { Output } from './output.ts'

/** Milliseconds that a SIGTERM leaves to finish the current step; containers kill after ten seconds. */
const TERM_GRACE_MS = 8_000

export interface PauseSignals {
  signal: AbortSignal
  /** The exit code of the process signal that paused the run, or null. */
  exitCode(): number | null
  dispose(): void
}

/**
 * Pauses on the first SIGINT or SIGTERM, and after `timeoutMs`: the current step is finished and recorded. A second
 * SIGINT ends the process at once; the record is safe at any time.
 */
export function pauseSignals(output: Output, timeoutMs: number | undefined): PauseSignals {
  const controller = new AbortController()
  let code: number | null = null
  const pause = (name: keyof typeof SIGNAL_EXIT_CODES) => {
    if (code !== null) process.exit(SIGNAL_EXIT_CODES[name])
    code = SIGNAL_EXIT_CODES[name]
    output.note('Finishing the current step. Press again to quit now.')
    controller.abort(new Error(name))
    if (name === 'SIGTERM') setTimeout(() => process.exit(SIGNAL_EXIT_CODES[name]), TERM_GRACE_MS).unref()
  }
  const onInt = () => pause('SIGINT')
  const onTerm = () => pause('SIGTERM')
  process.on('SIGINT', onInt)
  process.on('SIGTERM', onTerm)
  const timer =
    timeoutMs === undefined ? undefined : setTimeout(() => controller.abort(new Error('timeout')), timeoutMs)
  return {
    signal: controller.signal,
    exitCode: () => code,
    dispose() {
      clearTimeout(timer)
      process.off('SIGINT', onInt)
      process.off('SIGTERM', onTerm)
    },
  }
}
