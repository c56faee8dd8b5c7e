import { ADDRESS_PATTERN, isSameAddress } from '../domain/addresses.ts'
import { sha256 } from '../domain/sha256.ts'
import { anything, atLeast, having, integer, matching, number, oneOf, orNull, text } from '../domain/shape.ts'
import {
  StoreCorruptError,
  StoreNewerFormatError,
  StoreOlderFormatError,
  StoreOtherWalletError,
} from '../errors/store.ts'
import type { Envelope, Kind, Onboarding, Recorded } from './kind.ts'
import { formatOf, MIGRATIONS, type Migration, migrate, type StoredEnvelope } from './migrations.ts'
import { isSealedBy, type RecordKey, type Seal, type Sealed, sealOver } from './record-key.ts'
import { RECORDED_ONBOARDING } from './recorded.ts'

export type { DueEffect, Envelope } from './kind.ts'

/** Layout of the envelope and of the record in it. A higher one is refused; a lower one is migrated. */
export const FORMAT = formatOf(MIGRATIONS)

const isSeal = having({ key: text, request: text })
const isSealed = having({ checksum: text, envelope: having({ format: number }) })
const isEnvelope = having({
  format: integer,
  machine: having({ id: text, version: integer, definition: text }),
  runId: matching(/./),
  chainId: integer,
  address: matching(ADDRESS_PATTERN),
  revision: atLeast(0),
  pass: atLeast(1),
  writtenAt: matching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/),
  snapshot: having({ status: oneOf('active', 'done'), value: anything, context: having({}) }),
  due: orNull(having({ id: text, src: text, input: anything })),
})

/**
 * Text of `envelope` with its checksum and the seal of `key`, which binds the approval to it. No side effects.
 *
 * @param before - the seal that the record had. Without a key, its seal of the request is kept.
 */
export async function seal<K extends Kind>(
  envelope: Envelope<K>,
  key: RecordKey | null = null,
  before?: Seal,
): Promise<string> {
  const sealed = sealedIn(envelope)
  const made = await sealOver(sealed, key, before)
  const head = JSON.stringify({ checksum: await sha256(sealed.body), ...(made && { seal: made }) })
  // The body is JSON already.
  return `${head.slice(0, -1)},"envelope":${sealed.body}}\n`
}

const sealedIn = <K extends Kind>(envelope: Envelope<K>): Sealed => ({
  body: JSON.stringify(envelope),
  request: JSON.stringify(requestOf(envelope)),
})

/** The seal in the text of a record, if it has one. */
export function sealIn(text: string): Seal | undefined {
  const { seal: found } = JSON.parse(text) as { seal?: unknown }
  return isSeal(found) ? (found as Seal) : undefined
}

/**
 * Whether a record that `unseal` opened has the seal of `key`. False: it has no seal, or that of another key.
 *
 * @throws {RecordChangedError} it has the seal of this key, and was changed since.
 */
export async function isBoundBy(text: string, key: RecordKey | null): Promise<boolean> {
  const { envelope } = JSON.parse(text) as { envelope: Envelope }
  return isSealedBy(key, sealIn(text), sealedIn(envelope))
}

/**
 * Opens a sealed envelope, checks that it is undamaged, ours and of this wallet, and migrates it to the current format.
 * No side effects: the file keeps its format until the run is saved again.
 *
 * @param where - path or key it came from, for messages.
 * @param migrations - the steps from older formats. Default: those of this version.
 * @throws {StoreCorruptError} {StoreNewerFormatError} {StoreOlderFormatError} {StoreOtherWalletError}
 */
export const unseal = (
  text: string,
  where: string,
  owner: Owner,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<Envelope> => unsealAs({ ...RECORDED_ONBOARDING, migrations }, text, where, owner)

interface Owner {
  chainId: number
  address: string
}

/** The same for the run of any machine. Records of other machines are rejected. */
export async function unsealAs<K extends Kind>(
  { machine, version: known, migrations, context }: Recorded<K>,
  text: string,
  where: string,
  owner: Owner,
): Promise<Envelope<K>> {
  const supported = formatOf(migrations)
  const corrupt = (reason: string, cause?: unknown) => new StoreCorruptError({ path: where, reason, cause })
  let sealed: unknown
  try {
    sealed = JSON.parse(text)
  } catch {
    throw corrupt('is not complete JSON')
  }
  if (!isSealed(sealed)) throw corrupt('is not a record of this program')
  const { checksum, envelope: stored } = sealed as { checksum: string; envelope: StoredEnvelope }
  if (stored.format > supported) throw new StoreNewerFormatError({ path: where, found: stored.format, supported })
  // The checksum is over the text as written, so it comes before any migration.
  if ((await sha256(JSON.stringify(stored))) !== checksum) throw corrupt('does not match its checksum')
  const envelope = bringToDate(() => migrate(stored, migrations), corrupt)
  if (envelope === null) throw new StoreOlderFormatError({ path: where, found: stored.format })
  if (!isEnvelope(envelope)) throw corrupt('does not hold a run')
  // The checksum shows that this program wrote it; the shape shows that it has this format.
  const found = envelope as unknown as Envelope<K>
  if (found.machine.id !== machine.id || !context(found.snapshot.context)) throw corrupt('does not hold a run')
  if (found.machine.version > known) {
    const { version } = found.machine
    throw new StoreNewerFormatError({ path: where, what: 'machine', found: version, supported: known })
  }
  if (found.chainId !== owner.chainId || !isSameAddress(found.address, owner.address)) {
    const [expected, actual] = [owner, found].map(({ chainId, address }) => `${chainId}-${address.toLowerCase()}`)
    throw new StoreOtherWalletError({ path: where, expected: String(expected), found: String(actual) })
  }
  return found
}

/** If a migration throws, the record is not of its format, even if the checksum is right. */
function bringToDate<T>(migrateStored: () => T, corrupt: (reason: string, cause: unknown) => Error): T {
  try {
    return migrateStored()
  } catch (cause) {
    throw corrupt('does not hold a run of its format', cause)
  }
}

/** Finished for good: a key is minted and stored. A failed run is not finished; it starts again from its record. */
export const isFinished = <K extends Kind>({ snapshot }: Envelope<K>): boolean =>
  snapshot.status === 'done' && snapshot.context.failure === null

export const requestOf = <K extends Kind = Onboarding>({ snapshot }: Envelope<K>): K['context']['request'] =>
  snapshot.context.request
export const recordOf = <K extends Kind = Onboarding>({ snapshot }: Envelope<K>): K['context']['record'] =>
  snapshot.context.record
