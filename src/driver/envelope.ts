import { z } from 'zod'
import type { OnboardingContext, RunRecord } from '../../machines/onboarding/context.ts'
import type { EffectName } from '../../machines/onboarding/effects.ts'
import { MACHINE_VERSION, onboardingMachine } from '../../machines/onboarding/machine.ts'
import type { OnboardingRequest } from '../domain/request.ts'
import { sha256 } from '../domain/sha256.ts'
import {
  StoreCorruptError,
  StoreNewerFormatError,
  StoreOlderFormatError,
  StoreOtherWalletError,
} from '../errors/store.ts'
import { formatOf, MIGRATIONS, migrate } from './migrations.ts'

/** Layout of the envelope and of the record in it. A higher one is refused; a lower one is migrated. */
export const FORMAT = formatOf(MIGRATIONS)

/** The effect a state waits for. Its input is kept as it was, so that a resumed effect runs on the same one. */
export interface DueEffect {
  id: string
  src: EffectName
  input: unknown
}

/** XState's snapshot, without the actors: what is running is `due`, and nothing else ever runs. */
export interface StoredSnapshot {
  status: 'active' | 'done'
  value: unknown
  context: OnboardingContext
}

/** A run as it is on disk: XState's snapshot, what is due, and all that is needed to trust them. */
export interface Envelope {
  format: number
  machine: { id: string; version: number; definition: string }
  runId: string
  chainId: number
  address: string
  /** Rises by one with every save of the run, passes included. */
  revision: number
  /** How often the run was started anew from its record. */
  pass: number
  /** ISO 8601. */
  writtenAt: string
  snapshot: StoredSnapshot
  due: DueEffect | null
}

const envelopeSchema = z.object({
  format: z.number().int(),
  machine: z.object({ id: z.string(), version: z.number().int(), definition: z.string() }),
  runId: z.string().min(1),
  chainId: z.number().int(),
  address: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
  revision: z.number().int().nonnegative(),
  pass: z.number().int().positive(),
  writtenAt: z.iso.datetime(),
  snapshot: z.object({
    status: z.enum(['active', 'done']),
    value: z.unknown(),
    context: z
      .object({
        request: z.looseObject({ runId: z.string(), address: z.string(), stakeAmount: z.string().regex(/^\d+$/) }),
        record: z.looseObject({
          attempts: z.array(
            z.looseObject({ hash: z.string(), raw: z.string().nullable(), nonce: z.number(), status: z.string() }),
          ),
          mints: z.array(z.looseObject({ label: z.string(), status: z.string() })),
          key: z.looseObject({ last6: z.string(), sink: z.string() }).nullable(),
          funding: z.looseObject({}).nullable(),
          skipped: z.array(z.looseObject({})),
          warnings: z.array(z.string()),
        }),
      })
      .loose(),
  }),
  due: z.object({ id: z.string(), src: z.string(), input: z.unknown() }).nullable(),
})

/** Text of `envelope` with its checksum. No side effects. */
export async function seal(envelope: Envelope): Promise<string> {
  const body = JSON.stringify(envelope)
  return `${JSON.stringify({ checksum: await sha256(body), envelope })}\n`
}

/**
 * Opens a sealed envelope, checks that it is whole, ours, and of this wallet, and brings it to the format of today. No
 * side effects: what is on disk stays in its format until the run is saved again.
 *
 * @param where - path or key it came from, for messages.
 * @param migrations - the steps from older formats. Default: those of this version.
 * @throws {StoreCorruptError} {StoreNewerFormatError} {StoreOlderFormatError} {StoreOtherWalletError}
 */
export async function unseal(
  text: string,
  where: string,
  owner: { chainId: number; address: string },
  migrations = MIGRATIONS,
): Promise<Envelope> {
  const supported = formatOf(migrations)
  const corrupt = (reason: string, cause?: unknown) => new StoreCorruptError({ path: where, reason, cause })
  let sealed: unknown
  try {
    sealed = JSON.parse(text)
  } catch {
    throw corrupt('is not complete JSON')
  }
  const outer = z.object({ checksum: z.string(), envelope: z.looseObject({ format: z.number() }) }).safeParse(sealed)
  if (!outer.success) throw corrupt('is not a record of this program')
  const { checksum, envelope: stored } = outer.data
  if (stored.format > supported) throw new StoreNewerFormatError({ path: where, found: stored.format, supported })
  // Of the text as it was written, so before anything in it is changed.
  if ((await sha256(JSON.stringify(stored))) !== checksum) throw corrupt('does not match its checksum')
  const envelope = bringToDate(() => migrate(stored, migrations), corrupt)
  if (envelope === null) throw new StoreOlderFormatError({ path: where, found: stored.format })
  const parsed = envelopeSchema.safeParse(envelope)
  if (!parsed.success) throw corrupt('does not hold a run')
  const found = parsed.data
  if (found.machine.version > MACHINE_VERSION) {
    const [version, known] = [found.machine.version, MACHINE_VERSION]
    throw new StoreNewerFormatError({ path: where, what: 'machine', found: version, supported: known })
  }
  if (found.chainId !== owner.chainId || found.address.toLowerCase() !== owner.address.toLowerCase()) {
    const [expected, actual] = [owner, found].map(({ chainId, address }) => `${chainId}-${address.toLowerCase()}`)
    throw new StoreOtherWalletError({ path: where, expected: String(expected), found: String(actual) })
  }
  // The checksum proves that this program wrote it, and the schema that it is of this format. Given back as it was
  // written: the schema's copy has its fields in another order, and lacks those that it does not know.
  return envelope as unknown as Envelope
}

/** A step that stumbles was given what is not of its format, whatever the checksum says. */
function bringToDate<T>(migrateStored: () => T, corrupt: (reason: string, cause: unknown) => Error): T {
  try {
    return migrateStored()
  } catch (cause) {
    throw corrupt('does not hold a run of its format', cause)
  }
}

/** Whether the machine that wrote `envelope` is this one, so that its state can be gone on from as it stands. */
export async function isSameMachine({ machine }: Envelope): Promise<boolean> {
  return machine.version === MACHINE_VERSION && machine.definition === (await definitionHash())
}

/** The stamp of the machine of this process. */
export const machineStamp = async (): Promise<Envelope['machine']> => ({
  id: onboardingMachine.id,
  version: MACHINE_VERSION,
  definition: await definitionHash(),
})

let hash: Promise<string> | undefined
const definitionHash = (): Promise<string> => {
  hash ??= sha256(JSON.stringify(onboardingMachine.definition))
  return hash
}

/** Finished for good: a key is minted and stored. A failed run is not; it starts again from its record. */
export const isFinished = ({ snapshot }: Envelope): boolean =>
  snapshot.status === 'done' && snapshot.context.failure === null

export const requestOf = ({ snapshot }: Envelope): OnboardingRequest => snapshot.context.request
export const recordOf = ({ snapshot }: Envelope): RunRecord => snapshot.context.record
