import type { KeyRef, MintedKey, MintIntent } from '../../domain/key.ts'
import { OnboardingError } from '../../errors/base.ts'
import { SinkNotSearchableError, SinkUnusableError, SinkWriteError } from '../../errors/secrets.ts'
import type { KeySink } from '../../ports/key-sink.ts'
import type { Ports } from './io.ts'

type Sinks = Pick<Ports, 'sink' | 'fallbackSinks'>

/** Where a key may go, in the order in which it is tried. */
export const sinksOf = ({ sink, fallbackSinks = [] }: Sinks): readonly KeySink[] => [sink, ...fallbackSinks]

/** What is said of a sink that held a key before. */
export const replacedWarning = (sink: string): string => `${sink} held another key, which the new one replaces.`

/**
 * Finds out what the sinks hold before there is a key. The first must take one; a fallback that would not is only
 * worth a warning, and is tried all the same when its turn comes.
 *
 * @throws {SinkUnusableError} the first one.
 */
export async function probeSinks({ sink, fallbackSinks = [] }: Sinks): Promise<{
  found: Required<Pick<MintIntent, 'sink' | 'sinkBefore' | 'fallbacks'>>
  warnings: readonly string[]
}> {
  const { fingerprint, warnings } = await sink.probe()
  const replaced = fingerprint === null ? [] : [replacedWarning(sink.name)]
  const fallbacks: { sink: string; before: string | null }[] = []
  const unusable: string[] = []
  for (const fallback of fallbackSinks) {
    try {
      fallbacks.push({ sink: fallback.name, before: (await fallback.probe()).fingerprint })
    } catch (error) {
      if (!(error instanceof SinkUnusableError)) throw error
      unusable.push(`${fallback.name} would not take the key if the sinks before it failed, because ${error.reason}.`)
    }
  }
  return {
    found: { sink: sink.name, sinkBefore: fingerprint, fallbacks },
    warnings: [...warnings, ...replaced, ...unusable],
  }
}

/**
 * Stores the key in the first sink that takes it, and returns that one's name. Safe to repeat.
 *
 * @throws {SinkWriteError} none took it; the facts say why, sink by sink.
 */
export async function storeInOne(sinks: Sinks, minted: MintedKey, label: string): Promise<string> {
  const failures: SinkWriteError[] = []
  for (const sink of sinksOf(sinks)) {
    try {
      await sink.store(minted, label)
      return sink.name
    } catch (error) {
      failures.push(error instanceof SinkWriteError ? error : unforeseen(sink, error))
    }
  }
  throw noneTookIt(failures)
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

/** The key that `ref` tells of, from whichever open sink holds it now, or null. */
export async function readHeld(sinks: Sinks, { last6, sink }: Pick<KeyRef, 'last6' | 'sink'>): Promise<string | null> {
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
  { sink: first, sinkBefore, fallbacks = [] }: MintIntent,
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
