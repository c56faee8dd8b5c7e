import { onboardingMachine } from '../../../machines/onboarding/machine.ts'
import type { Host } from '../../driver/driver.ts'
import { type Envelope, seal } from '../../driver/envelope.ts'
import type { RunEvent } from '../../driver/events.ts'
import type { Kind, Onboarding } from '../../driver/kind.ts'
import { metaOf } from '../../driver/meta.ts'
import type { RecordKey } from '../../driver/record-key.ts'
import { StoreWriteError } from '../../errors/store.ts'
import type { Clock } from '../../ports/clock.ts'
import type { RunStore } from '../../ports/run-store.ts'

/** How long, and how often, to retry saving a record while a key is only in memory. */
const HOLD_MS = 600_000
const HOLD_STEP_MS = 2_000

export interface FileHostOptions {
  clock: Clock
  /** Ends every wait. */
  signal: AbortSignal
  onEvent?: (event: RunEvent) => void
  /** Seals the record; null: it is not sealed. */
  key: RecordKey | null
}

/** The driver's host over the files of one run, for any machine. */
export const sealingHost = <K extends Kind>(
  store: RunStore,
  { clock, onEvent, key }: { clock: Clock; onEvent: (event: RunEvent<K>) => void; key: RecordKey | null },
): Host<K> => ({
  step: (_, run) => run(),
  sleepUntil: (until, given) => clock.sleepUntil(Date.parse(until), given),
  save: async (envelope) => store.save(await seal(envelope, key)),
  publish(event) {
    if (event.type !== 'progress') void store.append(event)
    onEvent(event)
  },
  now: () => new Date(clock.now()).toISOString(),
})

/** The driver's host over the files of one run. */
export function fileHost(store: RunStore, { clock, signal, onEvent = () => {}, key }: FileHostOptions): Host {
  const host = sealingHost<Onboarding>(store, { clock, onEvent, key })

  /** Giving up would lose the key: Venice shows it once, and no sink has it. */
  async function saveHolding(text: string): Promise<void> {
    const endsAt = clock.now() + HOLD_MS
    for (;;) {
      try {
        return await store.save(text)
      } catch (error) {
        if (!(error instanceof StoreWriteError) || signal.aborted || clock.now() >= endsAt) throw error
        const at = clock.now() + HOLD_STEP_MS
        onEvent({
          type: 'progress',
          at: host.now(),
          effect: 'storeKey',
          awaits: 'disk',
          until: new Date(at).toISOString(),
        })
        await clock.sleepUntil(at, signal).catch(() => {})
      }
    }
  }

  return {
    ...host,
    save: async (envelope) => (holdsKey(envelope) ? saveHolding(await seal(envelope, key)) : host.save(envelope)),
  }
}

/** A key was minted, but its sinks failed. */
const holdsKey = ({ snapshot }: Envelope): boolean => metaOf(onboardingMachine, snapshot.value).holdsKey === true
