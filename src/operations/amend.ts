import type { RunRecord } from '../../machines/onboarding/context.ts'
import type { OnboardingRequest } from '../domain/request.ts'
import { amended, restarted, unbegun } from '../driver/amend.ts'
import { type Envelope, recordOf, requestOf, seal } from '../driver/envelope.ts'
import { transitionEvent } from '../driver/events.ts'
import { NoRunError } from '../errors/run.ts'
import { openRecord, recordKeyFor } from '../hosts/file/open-record.ts'
import { lockRun, openRun, type RunPlace } from '../hosts/file/run-place.ts'
import type { Clock } from '../ports/clock.ts'
import type { Signer } from '../ports/signer.ts'

export interface RecordPlace extends RunPlace {
  clock: Pick<Clock, 'now'>
  /** What a run is to be asked for that begins with its first amendment. Without it, there must be a run. */
  begin?: () => OnboardingRequest
  /** Whose record it is, for its seal. Without it the amended record is not sealed, and the next run asks again. */
  sealedBy?: Pick<Signer, 'recordSecret'> | null
}

/** A recorded run, held by its lock. */
export interface HeldRun {
  readonly request: OnboardingRequest
  /** As it is on disk: an amendment shows here once it is durable. */
  readonly record: RunRecord
  readonly revision: number
  /**
   * Replaces the record by what `change` makes of it, durably, as one more revision with a line in the history. When
   * `change` gives back what it got, nothing is written.
   *
   * @param cause - what the history says of it, e.g. `keys.reclaim`.
   * @throws {StoreWriteError} nothing has changed.
   */
  amend(cause: string, change: (record: RunRecord) => RunRecord): Promise<void>
  /**
   * Puts the run, ended or not, at the start of a new pass, durably: whoever runs it next goes on from `start`.
   *
   * @throws {StoreWriteError} nothing has changed.
   */
  restart(cause: string, start: { request: OnboardingRequest; record: RunRecord }): Promise<void>
}

/** What is needed of a held run to amend its record. */
export type HeldRecord = Pick<HeldRun, 'record' | 'amend'>

/**
 * Holds the run of a wallet for `work`, which may amend its record any number of times. For commands that learn, outside
 * of a run, what the next one must know. A run under way begins a new pass from the amended record.
 *
 * Side effects: takes the wallet's lock and gives it back; those of `work`.
 *
 * @throws {LockedError} another process has this wallet. {NoRunError} there is nothing to amend.
 * @throws {StoreCorruptError} {StoreNewerFormatError} {StoreOtherWalletError} {StoreUnreadableError}: nothing is touched.
 */
export async function withRecord<T>(place: RecordPlace, work: (run: HeldRun) => Promise<T>): Promise<T> {
  const { clock, chainId, address } = place
  const lock = await lockRun(place)
  try {
    const store = await openRun(place)
    const key = place.sealedBy == null ? null : await recordKeyFor(place.sealedBy)
    const { envelope: found, seal: before } = await openRecord(store, { chainId, address }, key)
    if (found === null && place.begin === undefined) throw new NoRunError(place.stateDir)
    const begin = async () => unbegun((place.begin as () => OnboardingRequest)(), new Date(clock.now()).toISOString())
    let envelope = found ?? (await begin())
    // A seal is of what was asked for; another request is sealed by the next run.
    const sealFor = (next: Envelope) =>
      found !== null && JSON.stringify(requestOf(next)) === JSON.stringify(requestOf(found)) ? before : undefined
    const now = () => new Date(clock.now()).toISOString()
    const save = async (cause: string, next: Envelope) => {
      const last = envelope
      await store.save(await seal(next, key, sealFor(next)))
      envelope = next
      await store.append(transitionEvent(next.pass === last.pass ? last : null, next, cause))
    }
    return await work({
      get request() {
        return requestOf(envelope)
      },
      get record() {
        return recordOf(envelope)
      },
      get revision() {
        return envelope.revision
      },
      async amend(cause, change) {
        const record = change(recordOf(envelope))
        if (record !== recordOf(envelope)) await save(cause, await amended(envelope, record, now()))
      },
      async restart(cause, start) {
        await save(cause, await restarted(envelope, start, now()))
      },
    })
  } finally {
    await lock.release()
  }
}
