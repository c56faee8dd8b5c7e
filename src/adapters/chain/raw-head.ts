import { millisecondsOf, type PaceHead } from '../../domain/pace.ts'

/** A block's header as a node sends it. */
export interface RawHead {
  number: string
  /** Seconds since the epoch, in hex. */
  timestamp: string
  /** Milliseconds since the epoch, on Base since Denim. */
  timestampMs?: unknown
}

export function isRawHead(value: unknown): value is RawHead {
  const { number, timestamp } = (value ?? {}) as Partial<Record<'number' | 'timestamp', unknown>>
  return [number, timestamp].every((field) => typeof field === 'string' && /^0x[0-9a-f]{1,16}$/i.test(field))
}

/** @param seenAtMs - milliseconds of the local clock. */
export const paceHeadOf = ({ number, timestamp, timestampMs }: RawHead, seenAtMs: number): PaceHead => ({
  number: BigInt(number),
  timestamp: Number(timestamp),
  timestampMs: millisecondsOf(timestampMs),
  seenAtMs,
})
