import { reclaimAction, withOrphan, withSettledOrphan } from '../../machines/onboarding/orphans.ts'
import { keysToRevoke } from '../../machines/onboarding/retired.ts'
import { backoffMs } from '../domain/backoff.ts'
import { type KeyRequest, type ListedKey, labelOf, MARKER_LENGTH, type MintedKey } from '../domain/key.ts'
import type { Redactor } from '../domain/redact.ts'
import { readHeld } from '../driver/effects/sinks.ts'
import { AdminKeyLeftError, AdminKeyNeededError } from '../errors/keys.ts'
import {
  AdminKeyRequiredError,
  AuthenticationFailedError,
  ChallengeUsedError,
  KeyNotFoundError,
  MintOutcomeUnknownError,
  NotFoundError,
} from '../errors/venice/all.ts'
import { signChallenge } from '../gate/messages.ts'
import type { Clock } from '../ports/clock.ts'
import type { KeySink } from '../ports/key-sink.ts'
import type { Signer } from '../ports/signer.ts'
import type { Venice } from '../ports/venice.ts'
import type { HeldRecord } from './amend.ts'

export interface AdminKeyOptions {
  venice: Venice
  /** Where the run's key may be. */
  sink: KeySink
  fallbackSinks?: readonly KeySink[]
  /** May mint an ADMIN key for this alone; null forbids that. */
  signer: Signer | null
  /** An ADMIN key of this run that is in no sink any more. */
  spare?: string | null
  clock: Clock
  redactor: Redactor
}

/** What the history says of every change made here. */
export const CAUSE = 'keys.reclaim'

/** An hour of the server's clock: long enough for a clock of ours that is off, short enough if everything goes wrong. */
const LIFE_MS = 3_600_000

/** An ADMIN key at hand, and what it sees. */
export interface AdminKey {
  source: 'stored' | 'minted'
  /** Every active key of the account, but one that was minted for this. */
  listed: readonly ListedKey[]
  /** Deletes a key; one that is gone already is no error. */
  delete(id: string): Promise<void>
  /**
   * Ends the use: a key that was minted for it deletes itself.
   *
   * @throws {AdminKeyLeftError} it is recorded as one that nobody holds.
   */
  close(): Promise<void>
}

/**
 * The stored key when it is an ADMIN key that works; else one that the wallet mints, if it may.
 *
 * Side effects: with a signer, one signature and one key. That key is recorded as one that nobody holds before it is
 * asked for, so that whoever looks for such keys after a crash finds it.
 *
 * @throws {AdminKeyNeededError} and the errors of Venice's routes.
 */
async function openAdminKey(options: AdminKeyOptions, run: HeldRecord): Promise<AdminKey> {
  const { venice, signer } = options
  const { key } = run.record
  let why = key === null ? 'this run has none' : 'the stored key is an INFERENCE key'
  if (key?.type === 'ADMIN') why = `the key of this run cannot be read back from ${key.sink}`
  for (const stored of await storedAdminKeys(options, run)) {
    options.redactor.add(stored)
    try {
      const listed = await venice.listKeys(stored)
      return { source: 'stored', listed, delete: deleting(venice, stored), close: async () => {} }
    } catch (error) {
      if (!isRefusal(error)) throw error
      why = 'Venice no longer accepts the stored key'
    }
  }
  if (signer === null) throw new AdminKeyNeededError(why)
  return mintAdminKey({ ...options, signer }, run)
}

/** The ADMIN keys of the run that can still be read: the present one first, then those that are to be revoked. */
async function storedAdminKeys(options: AdminKeyOptions, { record }: HeldRecord): Promise<string[]> {
  const { key } = record
  const refs = [key, ...keysToRevoke(record).map((retired) => retired.key)].filter((ref) => ref?.type === 'ADMIN')
  const read = await Promise.all(refs.map((ref) => ref && readHeld(options, ref)))
  return [...read, options.spare].filter((apiKey) => typeof apiKey === 'string')
}

async function mintAdminKey(
  { venice, signer, clock, redactor }: AdminKeyOptions & { signer: Signer },
  run: HeldRecord,
): Promise<AdminKey> {
  const { address } = signer
  const challenge = await venice.fetchChallenge(address)
  redactor.add(challenge.text)
  const signature = await signChallenge(signer, challenge, clock.now())
  redactor.add(signature)
  const now = clock.now()
  const key: KeyRequest = {
    type: 'ADMIN',
    description: 'venice-onboard keys',
    expiresAt: new Date(now + LIFE_MS).toISOString(),
    consumptionLimit: { usd: 0, diem: 0 },
    limitPeriod: 'LIFETIME',
  }
  const label = labelOf(key, clock.id(MARKER_LENGTH))
  const at = new Date(now).toISOString()
  await run.amend(CAUSE, (record) =>
    withOrphan(
      record,
      { label, at, status: 'lost', sink: 'memory', sinkBefore: null, fallbacks: [] },
      record.key?.type ?? null,
    ),
  )
  const minted = await venice.mint({ address, signature, challenge, key, label }).catch(async (error: unknown) => {
    const mayExist = error instanceof MintOutcomeUnknownError || error instanceof ChallengeUsedError
    if (!mayExist) await run.amend(CAUSE, (record) => withSettledOrphan(record, label, 'refused'))
    throw error
  })
  redactor.add(minted.apiKey)
  const remove = deleting(venice, minted.apiKey)
  const close = async () => {
    await deleteItself(remove, minted).catch((cause: unknown) => {
      throw new AdminKeyLeftError({ label, remedy: reclaimAction(run.record.key?.type ?? null) }, { cause })
    })
    await run.amend(CAUSE, (record) => withSettledOrphan(record, label, 'reclaimed'))
  }
  try {
    const listed = await onceKnown(clock, () => venice.listKeys(minted.apiKey))
    // Were the request repeated by a proxy, there is a second one.
    for (const { id, description } of listed) if (description === label && id !== minted.id) await remove(id)
    const others = listed.filter(({ description }) => description !== label)
    return { source: 'minted', listed: others, delete: remove, close }
  } catch (error) {
    // What stopped us matters more; a key that is left is in the record.
    await close().catch(() => {})
    throw error
  }
}

/** Tries with backoff, some 15 seconds, before a key that was minted just now counts as refused. */
const YOUNG_TRIES = 6

/** Does `work` with a key that was minted just now, and that Venice may not know everywhere yet. */
async function onceKnown<T>(clock: Clock, work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof AuthenticationFailedError) || tries >= YOUNG_TRIES) throw error
      await clock.sleepUntil(
        clock.now() + backoffMs({ tries, jitter: clock.random(), retryAfterMs: error.retryAfterMs ?? null }),
      )
    }
  }
}

/** Once more when the answer is lost: a key that is no longer accepted has deleted itself. */
async function deleteItself(remove: AdminKey['delete'], { id }: MintedKey): Promise<void> {
  try {
    await remove(id)
  } catch (error) {
    if (isRefusal(error)) return
    await remove(id).catch((again: unknown) => {
      if (!isRefusal(again)) throw again
    })
  }
}

const deleting =
  (venice: Venice, adminKey: string): AdminKey['delete'] =>
  async (id) => {
    try {
      await venice.deleteKey(adminKey, id)
    } catch (error) {
      if (!(error instanceof KeyNotFoundError || error instanceof NotFoundError)) throw error
    }
  }

const isRefusal = (error: unknown): boolean =>
  error instanceof AuthenticationFailedError || error instanceof AdminKeyRequiredError

/**
 * Does `work` with an ADMIN key, and ends its use whatever comes of that.
 *
 * @throws what `work` throws, else {AdminKeyLeftError}; and the classes of `openAdminKey`.
 */
export async function withAdminKey<T>(
  options: AdminKeyOptions,
  run: HeldRecord,
  work: (admin: AdminKey) => Promise<T>,
): Promise<T> {
  const admin = await openAdminKey(options, run)
  let result: T
  try {
    result = await work(admin)
  } catch (error) {
    // What stopped us matters more; a key that is left is in the record.
    await admin.close().catch(() => {})
    throw error
  }
  await admin.close()
  return result
}
