import type { Host } from '../../src/driver/driver.ts'
import type { Envelope } from '../../src/driver/envelope.ts'
import type { RunEvent } from '../../src/driver/events.ts'
import { statePath } from '../../src/driver/events.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Invariants } from './invariants.ts'
import { between, type Life } from './life.ts'

/** What outlives a process: the last saved envelope, as read back. */
export interface Disk {
  envelope: Envelope | null
}

export interface HostOptions {
  life: Life
  disk: Disk
  clock: Clock
  invariants: Invariants
  note: (line: string) => void
}

/** A host on a reliable disk, in a process that may die before and after everything it does. */
export function simulatedHost({ life, disk, clock, invariants, note }: HostOptions): Host {
  return {
    step: (name, run) =>
      between(life, name, () => {
        invariants.acting(name)
        return run()
      }),
    sleepUntil: (until, signal) =>
      between(life, 'sleep', () => {
        invariants.acting('sleepUntil')
        return clock.sleepUntil(Date.parse(until), signal)
      }),
    save: (envelope) =>
      between(life, `save ${envelope.revision}`, async () => {
        const text = JSON.stringify(envelope)
        const before = disk.envelope
        disk.envelope = JSON.parse(text)
        const { failure } = envelope.snapshot.context
        note(`${envelope.revision} ${statePath(envelope.snapshot.value)}${failure ? ` (${failure.code})` : ''}`)
        invariants.saved(text, envelope, before)
      }),
    publish: (event: RunEvent) => invariants.told(event),
    now: () => new Date(clock.now()).toISOString(),
  }
}
