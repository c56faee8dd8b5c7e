import { userSecret } from '../../adapters/stores/user-secret.ts'
import type { Address } from '../../domain/addresses.ts'
import { type Envelope, isBoundBy, sealIn, unseal } from '../../driver/envelope.ts'
import { type RecordKey, recordKeyOf, type Seal } from '../../driver/record-key.ts'
import type { RunStore } from '../../ports/run-store.ts'
import type { Signer } from '../../ports/signer.ts'

/**
 * The key that seals the records of `signer`: derived from its private key if that is in this process, else from a
 * secret of the user. Null if there is neither.
 *
 * Side effects: may create the user's secret.
 */
export async function recordKeyFor(signer: Pick<Signer, 'recordSecret'>): Promise<RecordKey | null> {
  const secret = signer.recordSecret?.() ?? userSecret()
  return secret === null ? null : recordKeyOf(secret)
}

/** A record that was read, to be acted on. */
export interface OpenedRecord {
  /** Null: no record. */
  envelope: Envelope | null
  /** It is unchanged since this program wrote it, so it proves its approval. */
  isBound: boolean
  /** The seal in the record. */
  seal: Seal | undefined
}

/**
 * The record of a run, checked in full: undamaged, of this wallet, of its format, each field well-formed, and with a
 * valid seal if `key` sealed it. Reads only.
 *
 * @throws {RecordChangedError} its seal or its due effect does not match. And the classes of `unseal`.
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
  // Loaded only to act on the record: the schema takes longer to load than `status` takes to run.
  const { requireForm } = await import('../../driver/record-schema.ts')
  requireForm(envelope, store.record)
  return { envelope, isBound, seal: sealIn(text) }
}
