import type { Driven } from '../driver/driver.ts'
import { type RunEvent, SCHEMA_VERSION, type StoppedEvent } from '../driver/events.ts'
import { OnboardingError } from '../errors/base.ts'

type OnEvent = (event: RunEvent) => void

/**
 * The result of `run`, with `stopped` as its last event, however it ended. A call without events gets none.
 *
 * Side effects: those of `run`, which gets the `onEvent` for its own events.
 *
 * @param now - ISO 8601.
 */
export async function tellingEnd(
  { onEvent, now }: { onEvent: OnEvent; now: () => string },
  run: (onEvent: OnEvent) => Promise<Driven>,
): Promise<Driven> {
  let last: Pick<StoppedEvent, 'runId' | 'revision' | 'state'> | null = null
  const tell = (end: Pick<StoppedEvent, 'why' | 'code'>) => {
    if (last !== null) onEvent({ type: 'stopped', schemaVersion: SCHEMA_VERSION, at: now(), ...last, ...end })
  }
  try {
    const driven = await run((event) => {
      if (event.type === 'transition' || event.type === 'resumed') {
        const { runId, revision } = event
        last = { runId, revision, state: event.type === 'transition' ? event.to : event.state }
      }
      onEvent(event)
    })
    const { failure } = driven.envelope.snapshot.context
    tell({ why: driven.status, code: driven.status === 'done' ? (failure?.code ?? null) : null })
    return driven
  } catch (error) {
    tell({ why: 'error', code: error instanceof OnboardingError ? error.code : 'unexpected' })
    throw error
  }
}
