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
  /** The request of a run that begins with this amendment. Absent: there must be a run. */
  begin?: () => OnboardingRequest
  /**
   * The signer whose seal the record gets. Without it the amended record is not sealed, and the next run asks again.
   */
  sealedBy?: Pick<Signer, 'recordSecret'> | null
}

/** A recorded run, under its wallet lock. */
export interface HeldRun {
  readonly request: OnboardingRequest
  /** The record on disk: an amendment shows here after it is durable. */
  readonly record: RunRecord
  readonly revision: number
  /**
   * Replaces the record by the result of `change`, durably, as a new revision with a line in the history. Writes
   * nothing if `change` returns the same record.
   *
   * @param cause - the cause in the history, e.g. `keys.reclaim`.
   * @throws {StoreWriteError} nothing has changed.
   */
  amend(cause: string, change: (record: RunRecord) => RunRecord): Promise<void>
  /**
   * Puts the run, finished or not, at the start of a new pass, durably. The next process begins from `start`.
   *
   * @throws {StoreWriteError} nothing has changed.
   */
  restart(cause: string, start: { request: OnboardingRequest; record: RunRecord }): Promise<void>
}

/** The part of a held run that amends its record. */
export type HeldRecord = Pick<HeldRun, 'record' | 'amend'>

/**
 * Locks the run of a wallet for `work`, which may amend its record any number of times. For commands outside of a run
 * whose results the next run must know. An unfinished run begins a new pass from the amended record.
 *
 * Side effects: takes and releases the wallet lock; those of `work`.
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
    // The seal covers the request. The next run seals another request.
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
