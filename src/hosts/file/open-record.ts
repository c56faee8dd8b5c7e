import { userSecret } from '../../adapters/stores/user-secret.ts'
import type { Address } from '../../domain/addresses.ts'
import { type Envelope, isBoundBy, sealIn, unseal } from '../../driver/envelope.ts'
import { type RecordKey, recordKeyOf, type Seal } from '../../driver/record-key.ts'
import type { RunStore } from '../../ports/run-store.ts'
import type { Signer } from '../../ports/signer.ts'

/**
 * The key that records of `signer` are sealed with: of its private key, where that is in this process; else of a secret of
 * the user. Null where there is neither.
 *
 * Side effects: may make the user's secret.
 */
export async function recordKeyFor(signer: Pick<Signer, 'recordSecret'>): Promise<RecordKey | null> {
  const secret = signer.recordSecret?.() ?? userSecret()
  return secret === null ? null : recordKeyOf(secret)
}

/** A record as it was read, for something to be done by it. */
export interface OpenedRecord {
  /** Null: there is none. */
  envelope: Envelope | null
  /** It is as this program wrote it, so that what it says was approved was. */
  isBound: boolean
  /** As it has it. */
  seal: Seal | undefined
}

/**
 * The record of a run, checked in full: whole, of this wallet, of its format, every field of its form, and with the seal of
 * `key`, if it has one. Reads only.
 *
 * @throws {RecordChangedError} its seal, or the seal of what is due in it, does not match. And the classes of `unseal`.
 * @throws {StoreUnreadableError}
 */
export async function openRecord(
  store: RunStore,
  owner: { chainId: number; address: Address },
  key: RecordKey | null,
): Promise<OpenedRecord> {
  const text = await store.load()
  if (text === null) return { envelope: null, isBound: true, seal: undefined }
  const envelope = await unseal(text, store.record, owner)
  const isBound = await isBoundBy(text, key)
  // Loaded only where something is to be done: a schema takes longer to load than `status` to run.
  const { requireForm } = await import('../../driver/record-schema.ts')
  requireForm(envelope, store.record)
  return { envelope, isBound, seal: sealIn(text) }
}
