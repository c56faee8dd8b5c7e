import { type KeyRef, type MintedKey, type MintIntent, mayBeSentTo } from '../../domain/key.ts'
import { OnboardingError } from '../../errors/base.ts'
import {
  KeyOfOtherOriginError,
  SinkHoldsAnotherKeyError,
  SinkNotSearchableError,
  SinkUnusableError,
  SinkWriteError,
} from '../../errors/sink.ts'
import type { KeyOwner, KeySink, SinkProbe } from '../../ports/key-sink.ts'
import type { Venice } from '../../ports/venice.ts'
import type { EffectSettings, HeldInSink, Ports } from './io.ts'

type Sinks = Pick<Ports, 'sink' | 'fallbackSinks'>

/** The sinks for a key, in the order in which they are tried. */
export const sinksOf = ({ sink, fallbackSinks = [] }: Sinks): readonly KeySink[] => [sink, ...fallbackSinks]

/** The warning about a sink that held a key before. */
export const replacedWarning = (sink: string): string => `${sink} held another key, which the new one replaces.`

type Replacing = Pick<EffectSettings, 'mayReplaceKey' | 'approveReplacement' | 'isOwnKey'>

/** The key that storing another would destroy; null if there is none, or if this run stored it. */
export function heldByOthers({ name }: KeySink, probe: SinkProbe, { isOwnKey }: Replacing): HeldInSink | null {
  if (probe.holds !== 'key' && probe.holds !== 'reference') return null
  if (probe.holds === 'key' && isOwnKey?.(name, probe)) return null
  return { sink: name, last6: probe.last6 ?? null, isReference: probe.holds === 'reference' }
}

/**
 * Finds out what the sinks hold before a key exists. The key goes to the first sink that works; a sink that does not
 * work is only a warning. The last resort alone is not enough. A key that the run did not store is replaced only with
 * permission.
 *
 * Side effects: asks for that permission.
 *
 * @throws {SinkUnusableError} the error of the first sink, if no named sink works.
 * @throws {SinkHoldsAnotherKeyError}
 */
export async function probeSinks(
  sinks: Sinks,
  replacing: Replacing = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<{
  found: Pick<MintIntent, 'sink' | 'sinkBefore' | 'fallbacks'>
  warnings: readonly string[]
}> {
  const warnings: string[] = []
  const usable: { sink: KeySink; probe: SinkProbe }[] = []
  let failure: SinkUnusableError | null = null
  for (const sink of sinksOf(sinks)) {
    try {
      usable.push({ sink, probe: await sink.probe() })
    } catch (error) {
      if (!(error instanceof SinkUnusableError)) throw error
      failure ??= error
      warnings.push(
        sink === sinks.sink
          ? `${sink.name} does not take the key, because ${error.reason}.`
          : `${sink.name} would not take the key if the sinks before it failed, because ${error.reason}.`,
      )
    }
  }
  const [first, ...others] = usable
  if (failure !== null && (first === undefined || first.sink.isLastResort)) throw failure
  if (first === undefined) throw new Error('There is always a sink.')
  const { sink, probe } = first
  await requireLeave(heldByOthers(sink, probe, replacing), replacing, signal)
  const replaced = probe.fingerprint === null ? [] : [replacedWarning(sink.name)]
  const fallbacks = others.map(({ sink: { name }, probe: { fingerprint } }) => ({ sink: name, before: fingerprint }))
  return {
    found: { sink: sink.name, sinkBefore: probe.fingerprint, fallbacks },
    warnings: [...probe.warnings, ...replaced, ...warnings],
  }
}

async function requireLeave(
  held: HeldInSink | null,
  { mayReplaceKey, approveReplacement }: Replacing,
  signal: AbortSignal,
): Promise<void> {
  if (held === null || mayReplaceKey) return
  if (!(await approveReplacement?.(held, { signal }))) throw new SinkHoldsAnotherKeyError(held)
}

/** The owner of the key, its sinks, and which other keys may be replaced. */
interface Storing extends Replacing {
  /** The sink that was found to work. It is tried first. */
  chosen?: string
  owner?: KeyOwner
}

/**
 * Stores the key in the first sink that works, and returns its name. A fallback that holds a key of somebody else is
 * skipped. Safe to repeat.
 *
 * @throws {SinkWriteError} none worked; the facts tell why for each sink.
 */
export async function storeInOne(
  sinks: Sinks,
  minted: MintedKey,
  label: string,
  { chosen, owner, ...replacing }: Storing = {},
): Promise<string> {
  const failures: SinkWriteError[] = []
  const all = sinksOf(sinks)
  const first = all.find(({ name }) => name === chosen) ?? sinks.sink
  for (const sink of [first, ...all.filter((other) => other !== first)]) {
    try {
      if (sink !== first) await requireNoOtherKey(sink, replacing)
      await sink.store(minted, label, owner)
      return sink.name
    } catch (error) {
      failures.push(error instanceof SinkWriteError ? error : unforeseen(sink, error))
    }
  }
  throw noneTookIt(failures)
}

async function requireNoOtherKey(sink: KeySink, replacing: Replacing): Promise<void> {
  if (sink.isLastResort || replacing.mayReplaceKey) return
  const probe = await sink.probe().catch(() => null)
  if (probe === null || heldByOthers(sink, probe, replacing) === null) return
  throw new SinkWriteError({ sink: sink.name, reason: 'it holds another key' })
}

function noneTookIt(failures: readonly SinkWriteError[]): SinkWriteError {
  const [first, ...others] = failures
  // There is always a sink, so `first` is always set here.
  if (first === undefined || others.length === 0) return first as SinkWriteError
  const facts = [...first.facts, ...others.flatMap(({ message, facts }) => [message, ...facts])]
  return new SinkWriteError({ sink: first.sink, reason: first.reason, cause: first, facts })
}

/**
 * A sink that throws something unexpected must not cost the key: the next one is tried. Its message may quote the key,
 * and is dropped.
 */
const unforeseen = ({ name }: KeySink, cause: unknown): SinkWriteError =>
  new SinkWriteError({
    sink: name,
    reason: 'it failed in an unforeseen way',
    cause,
    facts: cause instanceof OnboardingError ? cause.facts : [],
  })

/**
 * The key of `ref`, from the open sink that holds it now, or null.
 *
 * @throws {KeyOfOtherOriginError} it was minted at another API than the one it would be sent to.
 */
export async function readHeld(
  { venice, ...sinks }: Sinks & { venice?: Pick<Venice, 'origin'> },
  { last6, sink, origin }: Pick<KeyRef, 'last6' | 'sink' | 'origin'>,
): Promise<string | null> {
  if (venice?.origin !== undefined && !mayBeSentTo(venice.origin, origin)) {
    throw new KeyOfOtherOriginError({ last6, minted: origin ?? null, asked: venice.origin })
  }
  const isNamed = ({ name }: KeySink) => name === sink
  const all = sinksOf(sinks)
  for (const holder of [...all.filter(isNamed), ...all.filter((other) => !isNamed(other))]) {
    const apiKey = await holder.read?.()
    // Somebody else may have stored another key in the sink since.
    if (apiKey?.endsWith(last6)) return apiKey
  }
  return null
}

/**
 * The key of an interrupted mint: a sink of the intent holds it, and held another key before.
 *
 * @throws {SinkNotSearchableError} none has it, and this one could not be read.
 */
export async function findStored(
  sinks: Sinks,
  { sink: first, sinkBefore, fallbacks }: MintIntent,
): Promise<{ sink: string; apiKey: string } | null> {
  const before = new Map([[first, sinkBefore], ...fallbacks.map(({ sink, before }) => [sink, before] as const)])
  let failure: unknown = null
  for (const candidate of sinksOf(sinks)) {
    const { name } = candidate
    // The earlier content of a sink outside the intent is unknown, so its content now proves nothing.
    if (!before.has(name)) continue
    try {
      const { fingerprint } = await candidate.probe()
      const apiKey = fingerprint === null || fingerprint === before.get(name) ? null : await candidate.read?.()
      if (apiKey) return { sink: name, apiKey }
    } catch (error) {
      failure ??= error instanceof SinkUnusableError ? notSearchable(error, name) : error
    }
  }
  if (failure !== null) throw failure
  return null
}

const notSearchable = ({ reason, cause }: SinkUnusableError, sink: string): SinkNotSearchableError =>
  new SinkNotSearchableError({ sink, reason, cause })
