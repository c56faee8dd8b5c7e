import { keysToRevoke, withRetiredKey, withRevokedKey } from '../../machines/onboarding/retired.ts'
import type { KeyRef, KeyRequest, ListedKey, MintIntent, RetiredKey } from '../domain/key.ts'
import { listedDifferences } from '../domain/key-limits.ts'
import type { Redactor } from '../domain/redact.ts'
import { readHeld, replacedWarning } from '../driver/effects/sinks.ts'
import type { RunResult } from '../driver/result.ts'
import { AdminKeyNeededError, KeyNotProvenError, NoKeyToRotateError, RotationWouldSpendError } from '../errors/keys.ts'
import { AuthenticationFailedError } from '../errors/venice/all.ts'
import { placeOf } from '../hosts/file/run-place.ts'
import type { Signer } from '../ports/signer.ts'
import { type AdminKey, withAdminKey } from './admin-key.ts'
import { type HeldRun, withRecord } from './amend.ts'
import { isKey } from './keys.ts'
import { type RunOptions, runOnboarding } from './run-onboarding.ts'
import { hasBegunToPay, requireExpiryAhead } from './wanted.ts'

export interface RotateOptions extends Omit<RunOptions, 'mustBeFunded' | 'redactor' | 'wanted'> {
  redactor: Redactor
  /** Signer that may mint an ADMIN key to delete the old key; null forbids that. */
  adminSigner: Signer | null
  /** The options of the new key. Default: those of the old one, with the same lifetime. */
  key?: Partial<KeyRequest>
}

export interface Rotated {
  /** Result of the pass that minted. The record has changed since. */
  result: RunResult
  old: readonly (Pick<KeyRef, 'id' | 'last6' | 'type' | 'label'> & Pick<RetiredKey, 'status'>)[]
  /** Why the old key could not be deleted; null if it was deleted, or if there is no new one yet. */
  unrevoked: string | null
}

const CAUSE = 'keys.rotate'

/**
 * Replaces the run's key: mints a new one, stores it, makes a paid test call, and then deletes the old one. The new key
 * is minted like any key of a run: by a new pass of the same machine, from a record without a key.
 *
 * Side effects: those of `runOnboarding` but for transactions, and the deletion. Safe to repeat after any interruption:
 * an unfinished rotation is resumed, and no second one is started. The old key stays valid at Venice until the new one
 * is proven. It stays in its sink until the new one is written there.
 *
 * @throws {NoKeyToRotateError} {KeyNotProvenError} the old key was not touched.
 * @throws the classes of `runOnboarding`, `withRecord` and `withAdminKey`, except for a missing ADMIN key, which the
 * result reports.
 */
export async function rotateKey(options: RotateOptions): Promise<Rotated> {
  const { clock, signer } = options.ports
  const place = { ...placeOf(options), clock, sealedBy: signer }
  const spare = await withRecord(place, (run) => begin(options, run))
  const result = await runOnboarding({
    ...options,
    mustBeFunded: true,
    settings: { ...options.settings, approve: refuseToSpend, approvePayment: refuseToSpend },
  })
  return withRecord(place, (run) => finish({ options, run, result, spare }))
}

async function refuseToSpend(): Promise<never> {
  throw new RotationWouldSpendError()
}

/**
 * Marks the key as retired, unless that was done before. Returns its secret, because the new key may overwrite it in
 * the sink.
 */
async function begin({ ports, redactor, key: wanted = {} }: RotateOptions, run: HeldRun): Promise<string | null> {
  const { record, request } = run
  const [open] = keysToRevoke(record)
  const old = open?.key ?? record.key
  if (old === null) throw new NoKeyToRotateError()
  const secret = await readHeld(ports, old)
  if (secret !== null) redactor.add(secret)
  if (open !== undefined || record.key === null) return secret
  const at = ports.clock.now()
  requireExpiryAhead(wanted.expiresAt, { recorded: undefined, nowMs: at })
  const expiresAt = wanted.expiresAt ?? sameLife(request.key, { old, mints: record.mints, at })
  // A rotation does not fund: if that failed, both keys would stay valid.
  const { fund, ...others } = request
  const isBegun = fund !== undefined && hasBegunToPay(record, fund)
  await run.restart(CAUSE, {
    request: {
      ...(isBegun ? request : others),
      key: { ...request.key, ...wanted, ...(expiresAt !== undefined && { expiresAt }) },
    },
    record: withRetiredKey(record, { why: 'rotated', at: new Date(at).toISOString() }),
  })
  return secret
}

/** An expiry after the lifetime that the old key was requested with. The old key's own expiry would be too soon. */
function sameLife(
  { expiresAt }: KeyRequest,
  { old, mints, at }: { old: KeyRef; mints: readonly MintIntent[]; at: number },
): string | undefined {
  const mint = mints.findLast(({ label }) => label === old.label)
  if (expiresAt === undefined || mint === undefined) return expiresAt
  const life = Date.parse(expiresAt) - Date.parse(mint.at)
  return life > 0 ? new Date(at + life).toISOString() : expiresAt
}

interface Finishing {
  options: RotateOptions
  run: HeldRun
  result: RunResult
  spare: string | null
}

async function finish(finishing: Finishing): Promise<Rotated> {
  const { options, run, result, spare } = finishing
  let unrevoked: string | null = null
  // Funding that has begun may fail after the key is there.
  if (run.record.key !== null && result.outcome !== 'paused') {
    await prove(options, run, run.record.key)
    await forgetReplacement(run)
    await settleDead(options, run, spare)
    unrevoked = await revokeOld(finishing)
  }
  const { retired } = run.record
  const ofThis = retired.filter(({ why }) => why === 'rotated').slice(-1)
  const old = [...new Set([...ofThis, ...keysToRevoke(run.record)])].map(({ key, status }) => ({
    id: key.id,
    last6: key.last6,
    type: key.type,
    label: key.label,
    status,
  }))
  return { result, old, unrevoked }
}

/**
 * Checks the key in the sink at Venice. If the sink cannot be read, it is trusted if the key in memory worked.
 *
 * @throws {KeyNotProvenError}
 */
async function prove(
  { ports, redactor, mustProve = false }: RotateOptions,
  { record }: HeldRun,
  key: KeyRef,
): Promise<void> {
  if (mustProve && !record.funding?.proof) {
    throw new KeyNotProvenError({ last6: key.last6, why: record.funding?.reason ?? 'no call was made with it yet.' })
  }
  const stored = await readHeld(ports, key)
  if (stored === null) {
    if (typeof record.funding?.spendable === 'boolean') return
    throw new KeyNotProvenError({ last6: key.last6, why: `it cannot be read back from ${key.sink}.` })
  }
  redactor.add(stored)
  await ports.venice.rateLimits(stored).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : 'Venice could not be asked.'
    throw new KeyNotProvenError({ last6: key.last6, why: redactor.scrub(why) }, { cause })
  })
}

/** In a rotation, a warning about the replaced key is not needed. */
const forgetReplacement = ({ amend }: HeldRun): Promise<void> =>
  amend(CAUSE, (record) => {
    const expected = record.retired.map(({ key }) => replacedWarning(key.sink))
    const warnings = record.warnings.filter((warning) => typeof warning !== 'string' || !expected.includes(warning))
    return warnings.length === record.warnings.length ? record : { ...record, warnings }
  })

/** An expired key, or one that Venice no longer accepts, need not be deleted. */
async function settleDead({ ports: { venice, clock } }: RotateOptions, run: HeldRun, spare: string | null) {
  for (const { key } of keysToRevoke(run.record)) {
    const hasExpired = key.expiresAt !== null && Date.parse(key.expiresAt) <= clock.now()
    if (hasExpired || (spare?.endsWith(key.last6) && (await isRefused(venice.rateLimits(spare))))) {
      await run.amend(CAUSE, (record) => withRevokedKey(record, key.label))
    }
  }
}

const isRefused = (answer: Promise<unknown>): Promise<boolean> =>
  answer.then(
    () => false,
    (error: unknown) => error instanceof AuthenticationFailedError,
  )

/** @returns why it could not be done, or null. */
async function revokeOld({ options, run, spare }: Finishing): Promise<string | null> {
  if (keysToRevoke(run.record).length === 0) return null
  const { ports, redactor, adminSigner } = options
  const admin = {
    ...ports,
    redactor,
    signer: adminSigner,
    spare: keysToRevoke(run.record).some(({ key }) => key.type === 'ADMIN') ? spare : null,
  }
  try {
    await withAdminKey(admin, run, (opened) => deleteOld(opened, run))
    return null
  } catch (error) {
    if (error instanceof AdminKeyNeededError) return error.message
    throw error
  }
}

async function deleteOld(admin: AdminKey, run: HeldRun): Promise<void> {
  const present = run.record.key
  const listed = present && admin.listed.find((found) => isKey(found, present))
  if (present && listed) await noteListed(run, present, listed)
  for (const { key } of keysToRevoke(run.record)) {
    const doomed = admin.listed.filter((found) => isKey(found, key) && found.id !== listed?.id)
    for (const { id } of doomed) await admin.delete(id)
    await run.amend(CAUSE, (record) => withRevokedKey(record, key.label))
  }
}

/** Notes Venice's settings of the new key: its id if that was lost, and a warning of what is not as requested. */
const noteListed = ({ request, amend }: HeldRun, key: KeyRef, listed: ListedKey): Promise<void> =>
  amend(CAUSE, (record) => {
    const warnings = listedDifferences(request.key, listed).filter((warning) => !record.warnings.includes(warning))
    if (warnings.length === 0 && key.id !== null) return record
    return { ...record, key: { ...key, id: listed.id }, warnings: [...record.warnings, ...warnings] }
  })
