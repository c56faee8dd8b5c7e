export type KeyType = 'INFERENCE' | 'ADMIN'
export type LimitPeriod = 'EPOCH' | 'MONTH' | 'LIFETIME'
export type ModelPrivacy = 'ALL' | 'PRIVATE_TEXT' | 'PRIVATE_ONLY'

/**
 * The longest `description` that Venice's key routes accept. The web3 route documents no limit, so we keep to this one.
 */
export const MAX_DESCRIPTION_LENGTH = 64
/** Length of the marker that finds a key again in Venice's list. */
export const MARKER_LENGTH = 12

/** The key that the user asked for, in the fields of Venice's mint body. */
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
  /**
   * Dollars and DIEM of this period, as Venice writes them; null if the key has no limit, as Venice then tells no use.
   */
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
  /** Origin of the API that minted it, e.g. `https://api.venice.ai`. The key is sent to no other. Absent: unknown. */
  origin?: string
}

/** A key that the run used before. */
export interface RetiredKey {
  key: KeyRef
  /** ISO 8601: since when. */
  at: string
  /**
   * rotated: another key replaces it; it stays in use until the new key is proven. revoked: it is to be deleted for
   * good.
   */
  why: 'rotated' | 'revoked'
  /** toRevoke: Venice may still accept it. revoked: Venice deleted it, or it expired. */
  status: 'toRevoke' | 'revoked'
}

/**
 * One mint request, recorded before it is posted. posting: no answer recorded. doubted: the answer was lost. stored:
 * the key is in the sink. refused: Venice made no key. lost: a key may exist that nobody has; Venice lists it under the
 * label. reclaimed: that key was found and deleted.
 */
export interface MintIntent {
  label: string
  /** ISO 8601. */
  at: string
  status: 'posting' | 'doubted' | 'stored' | 'refused' | 'lost' | 'reclaimed'
  /** Name of the sink that the key was meant for. */
  sink: string
  /** What that sink held before, as a digest; null when it was empty or cannot be read. */
  sinkBefore: string | null
  /** The sinks to try after it, in order, and what each held before. */
  fallbacks: readonly { sink: string; before: string | null }[]
}

/**
 * For so many milliseconds after its mint, "unknown key" may mean that some of Venice's servers do not have it yet. A
 * guess, as it is not documented: such services take seconds.
 */
const YOUTH_MS = 15_000

/** @param mintedAt - ISO 8601; undefined: long ago. */
export const isYoung = (mintedAt: string | undefined, nowMs: number): boolean =>
  mintedAt !== undefined && Math.abs(nowMs - Date.parse(mintedAt)) < YOUTH_MS

/** The mint may have made a key that nobody has. */
export const isDoubtful = ({ status }: Pick<MintIntent, 'status'>): boolean =>
  status === 'lost' || status === 'posting' || status === 'doubted'

/** The description sent to Venice: the user's text, cut to fit, and a marker that finds the key again. */
export function labelOf(request: KeyRequest, marker: string): string {
  const words = (request.description ?? 'venice-onboard').slice(0, MAX_DESCRIPTION_LENGTH - marker.length - 1).trimEnd()
  return `${words} ${marker}`
}

/** Whether a key may be sent to the API at `asked`. One whose origin is not known is only sent to Venice itself. */
export const mayBeSentTo = (asked: string, origin: string | null | undefined): boolean =>
  asked === (origin ?? VENICE_ORIGIN)

const VENICE_ORIGIN = 'https://api.venice.ai'
