import { withSettledOrphan } from '../../machines/onboarding/orphans.ts'
import { isDoubtful, type KeyType } from '../domain/key.ts'
import { sinksOf } from '../driver/effects/sinks.ts'
import { DeletionNotConfirmedError } from '../errors/keys.ts'
import { type AdminKey, type AdminKeyOptions, CAUSE, withAdminKey } from './admin-key.ts'
import { type HeldRecord, type RecordPlace, withRecord } from './amend.ts'

interface Reclaim extends AdminKeyOptions {
  /** Only lists. The record changes only if an ADMIN key is minted for it. */
  isDryRun: boolean
  /** Asked before anything is deleted, with the keys to be deleted. */
  confirm(keys: readonly ReclaimedKey[]): Promise<boolean>
}

export type ReclaimOptions = Omit<RecordPlace, 'clock'> & Reclaim

/** A key that nobody has, or that does not exist. It holds no secret. */
export interface ReclaimedKey {
  /** As recorded before the mint. */
  label: string
  /**
   * found: Venice has it. deleted: Venice had it, and it was deleted. held: a sink holds it, so it stays and the next
   * run uses it. none: Venice has no key with this label: none was made, or it is gone.
   */
  status: 'found' | 'deleted' | 'held' | 'none'
  id: string | null
  last6: string | null
  type: KeyType | null
  /** ISO 8601. */
  createdAt: string | null
}

export interface Reclaimed {
  keys: readonly ReclaimedKey[]
  /** The credential that was used; null if no key had to be searched for. */
  adminKey: AdminKey['source'] | null
}

/**
 * Finds the keys of mints with unknown outcome by their labels, and deletes them. The record then no longer counts them
 * or warns of them.
 *
 * Side effects: deletes keys at Venice; amends the record after each; with a signer, mints an ADMIN key and deletes it
 * last. Safe to repeat after any interruption. It holds the wallet lock, so no run of this machine waits for an answer
 * meanwhile. Not handled: a request still on its way may make a key after the list was read.
 *
 * @throws the classes of `withRecord` and `openAdminKey`, {DeletionNotConfirmedError}, {AdminKeyLeftError}.
 */
export function reclaimKeys(options: ReclaimOptions): Promise<Reclaimed> {
  return withRecord({ ...options, sealedBy: options.signer }, (run) => reclaimIn(options, run))
}

/** The same in a record that the caller holds. */
export async function reclaimIn(options: Reclaim, run: HeldRecord): Promise<Reclaimed> {
  const labels = run.record.mints.filter(isDoubtful).map(({ label }) => label)
  if (labels.length === 0) return { keys: [], adminKey: null }
  return withAdminKey(options, run, async (admin) => ({
    keys: await settle(labels, { options, run, admin }),
    adminKey: admin.source,
  }))
}

interface Settling {
  options: Reclaim
  run: HeldRecord
  admin: AdminKey
}

async function settle(labels: readonly string[], { options, run, admin }: Settling): Promise<ReclaimedKey[]> {
  const held = await heldBySinks(options)
  const isHeld = (id: string, last6: string) =>
    id === run.record.key?.id || held.some((apiKey) => apiKey.endsWith(last6))
  const rows = labels.flatMap((label): ReclaimedKey[] => {
    const found = admin.listed.filter(({ description }) => description === label)
    if (found.length === 0) return [{ label, status: 'none', id: null, last6: null, type: null, createdAt: null }]
    return found.map(({ id, last6, type, createdAt }) => ({
      label,
      status: isHeld(id, last6) ? 'held' : 'found',
      id,
      last6,
      type,
      createdAt,
    }))
  })
  if (options.isDryRun) return rows

  const settled = (label: string, status: 'reclaimed' | 'refused') =>
    run.amend(CAUSE, (record) => withSettledOrphan(record, label, status))
  for (const { label, status } of rows) if (status === 'none') await settled(label, 'refused')
  const doomed = rows.filter(({ status }) => status === 'found')
  if (doomed.length > 0 && !(await options.confirm(doomed))) throw new DeletionNotConfirmedError({ isDeclined: true })
  for (const label of labels) {
    const ofLabel = rows.filter((row) => row.label === label)
    for (const row of ofLabel) {
      if (row.status !== 'found' || row.id === null) continue
      await admin.delete(row.id)
      row.status = 'deleted'
    }
    if (ofLabel.every(({ status }) => status === 'deleted')) await settled(label, 'reclaimed')
  }
  return rows
}

/** A sink may hold the key of a run that was killed between storing and recording it. */
async function heldBySinks(options: Reclaim): Promise<string[]> {
  const all = await Promise.all(sinksOf(options).map((sink) => sink.read?.()))
  return all.filter((apiKey) => typeof apiKey === 'string')
}
