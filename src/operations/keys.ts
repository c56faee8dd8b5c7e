import { withRetiredKey, withRevokedKey } from '../../machines/onboarding/retired.ts'
import { isDoubtful, type KeyRef, type ListedKey } from '../domain/key.ts'
import { excerpt } from '../domain/redact.ts'
import { DeletionNotConfirmedError, KeyAmbiguousError, KeyNotListedError, OwnKeyRefusedError } from '../errors/keys.ts'
import { type AdminKey, type AdminKeyOptions, withAdminKey } from './admin-key.ts'
import { type HeldRun, type RecordPlace, withRecord } from './amend.ts'

export interface KeysOptions extends Omit<RecordPlace, 'clock'>, AdminKeyOptions {}

/** A key of the account, and how it belongs to the run. It holds no secret. */
export interface AccountKey extends Omit<ListedKey, 'description'> {
  label: string
  /**
   * current: the run's key. retired: an earlier key of the run, to be revoked. orphan: from a mint of the run whose
   * reply was lost. other: not of this run, by its record.
   */
  is: 'current' | 'retired' | 'orphan' | 'other'
}

export interface KeyList {
  keys: readonly AccountKey[]
  /** The credential that was used. */
  adminKey: AdminKey['source']
}

/**
 * The active keys of the account, newest first.
 *
 * Side effects: with a signer, it may mint an ADMIN key, which then deletes itself. Safe to repeat.
 *
 * @throws the classes of `withRecord` and `withAdminKey`.
 */
export function listKeys(options: KeysOptions): Promise<KeyList> {
  return withRecord({ ...options, sealedBy: options.signer }, (run) =>
    withAdminKey(options, run, async ({ listed, source }) => ({
      keys: listed.map((key) => accountKey(key, run)),
      adminKey: source,
    })),
  )
}

export interface RevokeOptions extends KeysOptions {
  /** An id, the last 6 characters of a key, or its label. */
  name: string
  /** Allows deleting the run's current key. */
  isForced: boolean
  /** Asked before anything is deleted, with the key to be deleted. */
  confirm(key: AccountKey): Promise<boolean>
}

export interface RevokedKey {
  /** gone: Venice no longer has such a key. */
  status: 'deleted' | 'gone'
  /** Null if it is gone and this run does not know it. */
  key: AccountKey | Pick<KeyRef, 'id' | 'last6' | 'type' | 'label'> | null
  adminKey: AdminKey['source']
}

const CAUSE = 'keys.revoke'

/** The form of Venice's ids. A typing error does not turn one id into another. */
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * Deletes one key of the account, at once and for good.
 *
 * Side effects: the deletion. If it is the run's key, the run first starts a new pass without a key, so that the next
 * `run` mints another. Safe to repeat after any interruption: it is no error if the key is gone.
 *
 * @throws {OwnKeyRefusedError} {KeyAmbiguousError} {KeyNotListedError} {DeletionNotConfirmedError}, and the classes of
 *   `withRecord` and `withAdminKey`. Nothing was deleted.
 */
export function revokeKey(options: RevokeOptions): Promise<RevokedKey> {
  const { name, isForced } = options
  return withRecord({ ...options, sealedBy: options.signer }, async (run) => {
    const { key } = run.record
    // Comes before any signature and any request to Venice.
    if (key !== null && !isForced && isNamed(refAsListed(key), name)) throw new OwnKeyRefusedError(key)
    return withAdminKey(options, run, async (admin) => {
      const [found, ...others] = admin.listed.filter((listed) => isNamed(listed, name))
      if (found === undefined) return { status: 'gone', key: await settleGone(run, name), adminKey: admin.source }
      if (others.length > 0) throw new KeyAmbiguousError(name, [found, ...others])
      const shown = accountKey(found, run)
      if (shown.is === 'current' && !isForced && key !== null) throw new OwnKeyRefusedError(key)
      if (!(await options.confirm(shown))) throw new DeletionNotConfirmedError({ isDeclined: true })
      if (shown.is === 'current') await giveUp(run, options)
      await admin.delete(found.id)
      await run.amend(CAUSE, (record) =>
        record.retired.some((entry) => entry.key.label === found.description && entry.status === 'toRevoke')
          ? withRevokedKey(record, found.description)
          : record,
      )
      return { status: 'deleted', key: shown, adminKey: admin.source }
    })
  })
}

const giveUp = ({ request, record, restart }: HeldRun, { clock }: KeysOptions): Promise<void> =>
  restart(CAUSE, {
    request,
    record: withRetiredKey(record, { why: 'revoked', at: new Date(clock.now()).toISOString() }),
  })

/**
 * Venice lists no key of this name. If the record knows the key, it is marked as gone; of other names, only an id is
 * accepted.
 */
async function settleGone(run: HeldRun, name: string): Promise<RevokedKey['key']> {
  const { retired, mints } = run.record
  const known = retired.findLast(({ key }) => isNamed(refAsListed(key), name))
  if (known?.status === 'toRevoke') await run.amend(CAUSE, (record) => withRevokedKey(record, known.key.label))
  const isKnown = known !== undefined || ID.test(name) || mints.some(({ label }) => label === name)
  if (!isKnown) throw new KeyNotListedError(excerpt(name))
  if (known === undefined) return null
  const { id, last6, type, label } = known.key
  return { id, last6, type, label }
}

type Named = Pick<ListedKey, 'id' | 'last6' | 'description'>

const isNamed = ({ id, last6, description }: Named, name: string): boolean =>
  name === id || name === last6 || name === description

const refAsListed = ({ id, last6, label }: KeyRef): Named => ({ id: id ?? label, last6, description: label })

/** Whether `listed` is the key of `ref`. The label is always known, but not the id if the reply was lost. */
export const isKey = (listed: ListedKey, { id, label }: KeyRef): boolean =>
  id === null ? listed.description === label : listed.id === id

function accountKey(listed: ListedKey, { record }: HeldRun): AccountKey {
  const { description, ...key } = listed
  const is = (): AccountKey['is'] => {
    if (record.key !== null && isKey(listed, record.key)) return 'current'
    if (record.retired.some((entry) => isKey(listed, entry.key))) return 'retired'
    return record.mints.some((intent) => isDoubtful(intent) && intent.label === description) ? 'orphan' : 'other'
  }
  return { ...key, label: excerpt(description), is: is() }
}
