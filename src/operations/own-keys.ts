import type { RunRecord } from '../../machines/onboarding/context.ts'
import { isDoubtful } from '../domain/key.ts'
import type { SinkProbe } from '../ports/key-sink.ts'

/**
 * Whether the run of this record stored the key in a sink: it is the run's current key, an earlier one, or one that an
 * interrupted mint left there.
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
