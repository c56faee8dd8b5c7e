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
  /** The sink that may hold the run's key. */
  sink: KeySink
  fallbackSinks?: readonly KeySink[]
  /** Signer that may mint an ADMIN key only for this; null forbids that. */
  signer: Signer | null
  /** An ADMIN key of this run that is no longer in any sink. */
  spare?: string | null
  clock: Clock
  redactor: Redactor
}

/** The cause that the history shows for every change made here. */
export const CAUSE = 'keys.reclaim'

/** One hour by the server's clock: long enough if our clock is off, short enough if everything goes wrong. */
const LIFE_MS = 3_600_000

/** An open ADMIN key, and the keys that it lists. */
export interface AdminKey {
  source: 'stored' | 'minted'
  /** Every active key of the account, except one that was minted for this. */
  listed: readonly ListedKey[]
  /** Deletes a key. It is no error if the key is gone already. */
  delete(id: string): Promise<void>
  /**
   * Ends the use: a key that was minted for it deletes itself.
   *
   * @throws {AdminKeyLeftError} the key is recorded as one that nobody has.
   */
  close(): Promise<void>
}

/**
 * The stored key if it is an ADMIN key that works; else one that the wallet mints, if it may.
 *
 * Side effects: with a signer, one signature and one key. Before that key is requested, it is recorded as one that
 * nobody has, so that it can be found after a crash.
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

/** The ADMIN keys of the run that can still be read: the current one first, then those that are to be revoked. */
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
    // There is a second key if a proxy repeated the request.
    for (const { id, description } of listed) if (description === label && id !== minted.id) await remove(id)
    const others = listed.filter(({ description }) => description !== label)
    return { source: 'minted', listed: others, delete: remove, close }
  } catch (error) {
    // What stopped us matters more; a key that is left is in the record.
    await close().catch(() => {})
    throw error
  }
}

/** Tries with backoff, about 15 seconds, before a new key counts as refused. */
const YOUNG_TRIES = 6

/** Does `work` with a new key, which not all of Venice's servers may know yet. */
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

/** Repeats the deletion if the answer was lost: if the key is then not accepted, it was deleted. */
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
 * Does `work` with an ADMIN key, and always ends its use.
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
