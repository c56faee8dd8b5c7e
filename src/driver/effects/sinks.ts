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

/** Where a key may go, in the order in which it is tried. */
export const sinksOf = ({ sink, fallbackSinks = [] }: Sinks): readonly KeySink[] => [sink, ...fallbackSinks]

/** What is said of a sink that held a key before. */
export const replacedWarning = (sink: string): string => `${sink} held another key, which the new one replaces.`

type Replacing = Pick<EffectSettings, 'mayReplaceKey' | 'approveReplacement' | 'isOwnKey'>

/** The key that would be lost if another were stored; null when there is none, or the run put it there itself. */
export function heldByOthers({ name }: KeySink, probe: SinkProbe, { isOwnKey }: Replacing): HeldInSink | null {
  if (probe.holds !== 'key' && probe.holds !== 'reference') return null
  if (probe.holds === 'key' && isOwnKey?.(name, probe)) return null
  return { sink: name, last6: probe.last6 ?? null, isReference: probe.holds === 'reference' }
}

/**
 * Finds out what the sinks hold before there is a key. The first that would take one is where it goes; of the others, one
 * that would not is only worth a warning. The last resort alone is not enough. A key of somebody else is replaced only
 * with leave.
 *
 * Side effects: asks for that leave.
 *
 * @throws {SinkUnusableError} the first one, where no place that was named takes a key.
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

/** Whose key is stored, where to, and what of others may be replaced for it. */
interface Storing extends Replacing {
  /** The sink that was found to take it; it comes first. */
  chosen?: string
  owner?: KeyOwner
}

/**
 * Stores the key in the first sink that takes it, and returns that one's name. A sink that comes second and holds the key
 * of somebody else is passed over. Safe to repeat.
 *
 * @throws {SinkWriteError} none took it; the facts say why, sink by sink.
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
  // There is always a sink, so that nothing but a failure of the first comes here.
  if (first === undefined || others.length === 0) return first as SinkWriteError
  const facts = [...first.facts, ...others.flatMap(({ message, facts }) => [message, ...facts])]
  return new SinkWriteError({ sink: first.sink, reason: first.reason, cause: first, facts })
}

/** A sink that breaks its contract must not cost the key: the next one is tried. Its own words may quote the key. */
const unforeseen = ({ name }: KeySink, cause: unknown): SinkWriteError =>
  new SinkWriteError({
    sink: name,
    reason: 'it failed in an unforeseen way',
    cause,
    facts: cause instanceof OnboardingError ? cause.facts : [],
  })

/**
 * The key that `ref` tells of, from whichever open sink holds it now, or null.
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
    // What is in a sink may have been put there by somebody else since.
    if (apiKey?.endsWith(last6)) return apiKey
  }
  return null
}

/**
 * The key of a mint that was cut short: held by a sink of the intent, which held another before.
 *
 * @throws {SinkNotSearchableError} none has it, and this one could not be looked into.
 */
export async function findStored(
  sinks: Sinks,
  { sink: first, sinkBefore, fallbacks }: MintIntent,
): Promise<{ sink: string; apiKey: string } | null> {
  const before = new Map([[first, sinkBefore], ...fallbacks.map(({ sink, before }) => [sink, before] as const)])
  let failure: unknown = null
  for (const candidate of sinksOf(sinks)) {
    const { name } = candidate
    // What a sink held that is not in the intent is not known, so nothing can be told from what it holds now.
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
