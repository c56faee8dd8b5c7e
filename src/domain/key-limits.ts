import type { RateLimits } from './funding.ts'
import type { KeyRef, KeyRequest, ListedKey } from './key.ts'

/**
 * Where Venice's settings of a key differ from the request, a sentence each. The reply of the mint cannot tell: the
 * limits that it echoes are wrong.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-api-keys/SKILL.md#gotchas (2026-10-02)
 */
export function listedDifferences(asked: KeyRequest, listed: ListedKey): string[] {
  const { consumptionLimit: limit = {} } = asked
  const differs = (name: string, wanted: unknown, stored: unknown): string[] =>
    wanted === stored ? [] : [sentence(listed.last6, name, wanted, stored)]
  return [
    ...differs('type', asked.type, listed.type),
    ...differs('USD limit', limit.usd ?? null, listed.limit.usd),
    ...differs('DIEM limit', limit.diem ?? null, listed.limit.diem),
    ...(asked.limitPeriod === undefined || listed.limitPeriod === null
      ? []
      : differs('limit period', asked.limitPeriod, listed.limitPeriod)),
    ...(asked.modelPrivacy === undefined || listed.modelPrivacy === null
      ? []
      : differs('model privacy', asked.modelPrivacy, listed.modelPrivacy)),
    ...expiryDifference(listed.last6, asked, listed.expiresAt),
  ]
}

/** A sentence if the reply of the mint shows another key type than requested. */
export const typeDifference = (
  { type: asked }: Pick<KeyRequest, 'type'>,
  { last6, type }: Pick<KeyRef, 'last6' | 'type'>,
): string[] => (type === asked ? [] : [sentence(last6, 'type', asked, type)])

/**
 * As `listedDifferences`, from what a key can read about itself: its expiry, and balances cut to its remaining limits.
 */
export function ownDifferences(
  asked: KeyRequest,
  last6: string,
  seen: Pick<RateLimits, 'balances' | 'keyExpiresAt'>,
): string[] {
  const { balances, keyExpiresAt } = seen
  const { consumptionLimit: limit = {} } = asked
  const exceeds = (name: string, wanted: number | undefined, shown: number | null): string[] =>
    wanted === undefined || shown === null || shown <= wanted
      ? []
      : [`The key …${last6} was asked for with a ${name} limit of ${wanted}, and Venice lets it spend ${shown}.`]
  return [
    ...exceeds('USD', limit.usd, balances.usd),
    ...exceeds('DIEM', limit.diem, balances.diem),
    ...expiryDifference(last6, asked, keyExpiresAt),
  ]
}

/** Compares times. A date stands for its first moment. */
function expiryDifference(last6: string, { expiresAt }: KeyRequest, stored: string | null): string[] {
  const wanted = expiresAt === undefined ? null : Date.parse(expiresAt)
  const isSame = wanted === (stored === null ? null : Date.parse(stored))
  return isSame ? [] : [sentence(last6, 'expiry', expiresAt ?? null, stored)]
}

const sentence = (last6: string, name: string, wanted: unknown, stored: unknown): string =>
  `The key …${last6} was asked for with ${name} ${wanted ?? 'none'}; Venice stores ${stored ?? 'none'}.`
