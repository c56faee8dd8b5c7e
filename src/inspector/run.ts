import type { RunEvent } from '../driver/events.ts'
import { createFeed, type Feed } from './feed.ts'
import { type Followed, readInto } from './follow.ts'
import chart from './generated/chart.json' with { type: 'json' }
import type { InspectorServer } from './inspector-server.ts'
import type { SketchedMachine } from './layout/sketch.ts'
import type { About, NextAction } from './model/step.ts'
import { projectAwaiting, projectStep } from './projection.ts'
import { serveInspector } from './server.ts'

/** The onboarding as it was laid out by `scripts/layout.ts`. JSON has no literal types. */
export const onboardingChart = chart as unknown as SketchedMachine

export interface RunInspector extends InspectorServer {
  /** Shows one more event of the run. Never throws. */
  onEvent(event: RunEvent): void
  /** Shows what a person types next, once the run has ended or is paused. */
  onResult(next: NextAction | null): void
}

/**
 * Serves a page of a run of this process, with what is recorded of it from before.
 *
 * Side effects: a loopback server; see `serveInspector`.
 */
export async function inspectRun(about: Partial<About>, recorded: Followed | null): Promise<RunInspector> {
  const feed = createFeed({ ...about, source: 'live' })
  if (recorded !== null) await readInto(feed, recorded)
  feed.set({ driver: 'running' })
  const { url, close } = await serveInspector(feed, onboardingChart)
  return {
    url,
    onEvent: (event) => show(feed, event),
    onResult: (next) => feed.set({ next }),
    close() {
      feed.set({ driver: 'ended', awaiting: null })
      return close()
    },
  }
}

/** Puts one event of a run into `feed`, as far as it may be shown. */
export function show(feed: Feed, event: RunEvent): void {
  if (event.type === 'progress') {
    feed.set({ awaiting: projectAwaiting(event) })
    return
  }
  const projected = projectStep(event, feed.last)
  if (projected === null) return
  const { runId, step } = projected
  if (feed.about.runId !== null && feed.about.runId !== runId) feed.reset({ runId })
  feed.describe({ runId })
  feed.set({ awaiting: null })
  feed.push(step)
}
