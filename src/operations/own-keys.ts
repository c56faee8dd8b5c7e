import type { RunRecord } from '../../machines/onboarding/context.ts'
import { isDoubtful } from '../domain/key.ts'
import type { SinkProbe } from '../ports/key-sink.ts'

/**
 * Whether the run of this record put a key into a sink: it is the run's present key, an earlier one of it, or what a mint
 * that was cut short has left there since it was begun.
 */
export const ownKeysOf =
  (record: RunRecord | null) =>
  (sink: string, { last6, fingerprint }: SinkProbe): boolean => {
    if (record === null) return false
    const { key, retired, mints } = record
    const isKnown = [key, ...retired.map((old) => old.key)].some((own) => own !== null && own.last6 === last6)
    const isLeft = mints.filter(isDoubtful).some((mint) => {
      const places = [{ sink: mint.sink, before: mint.sinkBefore }, ...mint.fallbacks]
      return places.some((place) => place.sink === sink && place.before !== fingerprint)
    })
    return isKnown || isLeft
  }
