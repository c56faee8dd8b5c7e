export type KeyType = 'INFERENCE' | 'ADMIN'
export type LimitPeriod = 'EPOCH' | 'MONTH' | 'LIFETIME'
export type ModelPrivacy = 'ALL' | 'PRIVATE_TEXT' | 'PRIVATE_ONLY'

/** Longest `description` Venice takes on its key routes; the web3 route states none, so we stay under this one. */
export const MAX_DESCRIPTION_LENGTH = 64
/** Characters of the marker that finds a key again in Venice's list. */
export const MARKER_LENGTH = 12

/** The key the user asked for, in the words of Venice's mint body. */
export interface KeyRequest {
  type: KeyType
  description?: string
  /** `YYYY-MM-DD` or ISO 8601 ending in Z; absent means never. */
  expiresAt?: string
  consumptionLimit?: { usd?: number; diem?: number }
  limitPeriod?: LimitPeriod
  modelPrivacy?: ModelPrivacy
}

/** A freshly minted key. Holds the secret: memory and the sink only. */
export interface MintedKey {
  id: string
  apiKey: string
  type: KeyType
  /** ISO 8601, or null for never. */
  expiresAt: string | null
}

/** A key as Venice lists it, without the key. */
export interface ListedKey {
  id: string
  /** The label, for a key that this program minted. */
  description: string
  last6: string
  type: KeyType
  /** ISO 8601, or null where Venice does not say. */
  createdAt: string | null
  /** ISO 8601, or null for never. */
  expiresAt: string | null
  /** ISO 8601, or null for never, or not known. */
  lastUsedAt: string | null
  /** Dollars and DIEM per `limitPeriod`; null is no limit. */
  limit: { usd: number | null; diem: number | null }
  limitPeriod: LimitPeriod | null
  modelPrivacy: ModelPrivacy | null
  /** Dollars and DIEM of this period, in Venice's words; null where it has no limit, so that Venice does not say. */
  used: { usd: string; diem: string } | null
}

/** Where a key is, without the key. */
export interface KeyRef {
  /** Venice's id; null when the key was found again in the sink after its reply was lost. */
  id: string | null
  last6: string
  type: KeyType
  /** As in `--save-key`, e.g. `env-file:.env`. */
  sink: string
  expiresAt: string | null
  /** The unique description under which Venice lists it. */
  label: string
  /** Of the API that minted it, e.g. `https://api.venice.ai`: it is sent nowhere else. Absent: not told. */
  origin?: string
}

/** A key that was the run's, and is not any more. */
export interface RetiredKey {
  key: KeyRef
  /** ISO 8601: since when. */
  at: string
  /** rotated: another takes its place, and it serves until that is proven. revoked: it was to be deleted for good. */
  why: 'rotated' | 'revoked'
  /** toRevoke: Venice may still take it. revoked: Venice deleted it, or it has expired. */
  status: 'toRevoke' | 'revoked'
}

/**
 * One mint request, recorded before it is posted.
 * posting: no answer recorded. doubted: its answer was lost. stored: its key is in the sink. refused: Venice made no
 * key. lost: a key may exist that nobody holds; Venice lists it under the label. reclaimed: that key was found and
 * deleted.
 */
export interface MintIntent {
  label: string
  /** ISO 8601. */
  at: string
  status: 'posting' | 'doubted' | 'stored' | 'refused' | 'lost' | 'reclaimed'
  /** Name of the sink the key was to go to. */
  sink: string
  /** What that sink held before, as a digest; null when it was empty or cannot be read. */
  sinkBefore: string | null
  /** The sinks tried after it, in order, and what each held before. */
  fallbacks: readonly { sink: string; before: string | null }[]
}

/**
 * Milliseconds after its mint in which a key that Venice does not know is not known yet: its servers learn of it one after
 * the other. Not documented, and so a guess: seconds are known of such services.
 */
const YOUTH_MS = 15_000

/** @param mintedAt - ISO 8601; undefined: long ago. */
export const isYoung = (mintedAt: string | undefined, nowMs: number): boolean =>
  mintedAt !== undefined && Math.abs(nowMs - Date.parse(mintedAt)) < YOUTH_MS

/** The mint may have made a key that nobody holds. */
export const isDoubtful = ({ status }: Pick<MintIntent, 'status'>): boolean =>
  status === 'lost' || status === 'posting' || status === 'doubted'

/** Description sent to Venice: the user's words, cut to fit, and a marker that finds the key again. */
export function labelOf(request: KeyRequest, marker: string): string {
  const words = (request.description ?? 'venice-onboard').slice(0, MAX_DESCRIPTION_LENGTH - marker.length - 1).trimEnd()
  return `${words} ${marker}`
}

/** Whether a key may be sent to the API at `asked`. One whose origin is not known is only sent to Venice itself. */
export const mayBeSentTo = (asked: string, origin: string | null | undefined): boolean =>
  asked === (origin ?? VENICE_ORIGIN)

const VENICE_ORIGIN = 'https://api.venice.ai'
