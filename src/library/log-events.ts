import type { Redactor } from '../domain/redact.ts'
import type { RunEvent } from '../driver/events.ts'

/** What `console` and most loggers have. */
export interface Logger {
  debug(line: string): void
  info(line: string): void
  warn(line: string): void
  error(line: string): void
}

type Level = keyof Logger

/** Tells `logger` of a run in sentences without secrets: steps at info, failures at warn or error, waits at debug. */
export const logEvents =
  (logger: Logger, { scrub }: Pick<Redactor, 'scrub'>) =>
  (event: RunEvent): void => {
    const [level, line] = lineOf(event)
    logger[level](scrub(`venice-onboard: ${line}`))
  }

function lineOf(event: RunEvent): [Level, string] {
  switch (event.type) {
    case 'progress':
      return ['debug', `${event.effect} waits for ${event.awaits}`]
    case 'resumed':
      return ['info', `run ${event.runId} resumes from ${event.state}, recorded ${event.since}`]
    case 'transition': {
      const { runId, revision, to, cause, failure } = event
      const step = `run ${runId} step ${revision}: ${to}`
      // A failure stays known through the steps that recover from it; it is reported once.
      if (failure === null || !cause.startsWith('xstate.error.')) return ['info', step]
      return ['warn', `${step}, because: ${failure.message} [${failure.code}]`]
    }
    case 'stopped': {
      const { runId, state, why, code } = event
      const end = `run ${runId} ${why === 'paused' ? 'is paused in' : 'has ended in'} ${state}`
      return code === null ? ['info', end] : ['error', `${end} [${code}]`]
    }
  }
}
