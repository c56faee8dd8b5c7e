import type { RunEvent } from '../../src/driver/events.ts'
import { fakeClock } from '../support/fake-clock.ts'
import { type Script, scriptedEffects } from '../support/fakes.ts'
import { driveOn, memoryHost } from '../support/memory-host.ts'

/** The events of a whole run on scripted effects, as in a journal. */
export async function historyOf(script: Script = {}): Promise<RunEvent[]> {
  const clock = fakeClock()
  const host = memoryHost({ clock, crashAt: 2_000 })
  await driveOn(host, scriptedEffects({ script, clock }).effects)
  return host.events.filter(({ type }) => type !== 'progress')
}

export const asJournal = (events: readonly object[]): string =>
  events.map((event) => `${JSON.stringify(event)}\n`).join('')
