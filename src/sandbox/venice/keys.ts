import { randomBytes, randomUUID } from 'node:crypto'
import { type Address, isSameAddress } from '../../domain/addresses.ts'
import type { KeyType, LimitPeriod, ModelPrivacy } from '../../domain/key.ts'
import type { Accounts } from './accounts.ts'
import { standardError } from './envelopes.ts'
import { periodStart, sevenDaysBefore } from './epoch.ts'
import type { KeyFields, KeyPatch } from './key-schema.ts'

/** @see https://docs.venice.ai/api-reference/rate-limiting: 500 active keys per user; expired ones do not count */
const MAX_ACTIVE_KEYS = 500

export interface StoredKey {
  id: string
  secret: string
  type: KeyType
  description: string
  owner: Address
  /** All times in milliseconds since the epoch. */
  createdAt: number
  expiresAt: number | null
  lastUsedAt: number | null
  revoked: boolean
  /** Dollars and DIEM per `limitPeriod`; null is no limit. */
  limit: { usd: number | null; diem: number | null }
  limitPeriod: LimitPeriod
  modelPrivacy: ModelPrivacy
}

export type KeyStore = ReturnType<typeof createKeyStore>

/** The API keys of all wallets, in memory. */
export function createKeyStore({ clock }: { clock: () => number }) {
  const keys: StoredKey[] = []
  const isActive = (key: StoredKey) => !key.revoked && (key.expiresAt === null || key.expiresAt > clock())
  const activeOf = (owner: Address) => keys.filter((key) => isActive(key) && isSameAddress(key.owner, owner))

  return {
    /** @throws {Refusal} 400 when the owner has 500 active keys. */
    requireRoom(owner: Address) {
      if (activeOf(owner).length < MAX_ACTIVE_KEYS) return
      throw standardError(400, `You have reached the maximum of ${MAX_ACTIVE_KEYS} active API keys`)
    },
    create(owner: Address, fields: KeyFields): StoredKey {
      const key: StoredKey = {
        id: randomUUID(),
        secret: `VENICE_${fields.apiKeyType}_KEY_${randomBytes(31).toString('base64url')}`,
        type: fields.apiKeyType,
        description: fields.description,
        owner,
        createdAt: clock(),
        expiresAt: fields.expiresAt ? Date.parse(fields.expiresAt) : null,
        lastUsedAt: null,
        revoked: false,
        limit: limitOf(fields.consumptionLimit),
        limitPeriod: fields.limitPeriod ?? 'EPOCH',
        modelPrivacy: fields.modelPrivacy ?? 'ALL',
      }
      keys.push(key)
      return key
    },
    /** Changes only the fields given; a limit given as null is removed. */
    update(key: StoredKey, patch: KeyPatch) {
      if (patch.description !== undefined) key.description = patch.description
      if (patch.expiresAt !== undefined) key.expiresAt = patch.expiresAt ? Date.parse(patch.expiresAt) : null
      if (patch.limitPeriod !== undefined) key.limitPeriod = patch.limitPeriod
      if (patch.modelPrivacy !== undefined) key.modelPrivacy = patch.modelPrivacy
      const { usd, diem, vcu } = patch.consumptionLimit ?? {}
      if (usd !== undefined) key.limit.usd = usd
      if (diem !== undefined || vcu !== undefined) key.limit.diem = diem ?? vcu ?? null
    },
    bySecret: (secret: string) => keys.find((key) => key.secret === secret && isActive(key)),
    find: (owner: Address, id: string) => activeOf(owner).find((key) => key.id === id),
    /** Newest first. */
    activeOf: (owner: Address) => activeOf(owner).reverse(),
    /** Oldest first, revoked and expired ones included. */
    all: (): readonly StoredKey[] => keys,
  }
}

function limitOf(given: KeyFields['consumptionLimit']): StoredKey['limit'] {
  return { usd: given?.usd ?? null, diem: given?.diem ?? given?.vcu ?? null }
}

/** A key as Venice's create routes return it. Only here is the secret shown. */
export const createdKeyView = (key: StoredKey) => ({
  id: key.id,
  apiKey: key.secret,
  apiKeyType: key.type,
  consumptionLimit: { ...key.limit, vcu: null as number | null },
  limitPeriod: key.limitPeriod,
  modelPrivacy: key.modelPrivacy,
  description: key.description,
  expiresAt: isoOrNull(key.expiresAt),
})

/** A key as the update route returns it: no secret, no usage. */
export const keyView = (key: StoredKey) => ({
  id: key.id,
  apiKeyType: key.type,
  consumptionLimits: { ...key.limit, vcu: null },
  limitPeriod: key.limitPeriod,
  modelPrivacy: key.modelPrivacy,
  createdAt: isoOrNull(key.createdAt),
  description: key.description,
  expiresAt: isoOrNull(key.expiresAt),
  last6Chars: key.secret.slice(-6),
  lastUsedAt: isoOrNull(key.lastUsedAt),
})

/** A key as the list shows it: with its spending, and with `currentPeriodUsage` if it has a limit. */
export function keyViewWithUsage(key: StoredKey, accounts: Accounts, now: number) {
  const week = shownSpending(accounts, key.id, sevenDaysBefore(now))
  const limited = key.limit.usd !== null || key.limit.diem !== null
  return {
    ...keyView(key),
    usage: { trailingSevenDays: { ...week, vcu: '0.0000' } },
    ...(limited && { currentPeriodUsage: shownSpending(accounts, key.id, periodStart(key.limitPeriod, now)) }),
  }
}

/** Venice shows bundled credits within `usd`, but not earned credits, although both count against the limit. */
function shownSpending(accounts: Accounts, keyId: string, since: number) {
  const spent = (...currencies: string[]) =>
    accounts
      .entriesOfKey(keyId)
      .filter((entry) => entry.at >= since && currencies.includes(entry.currency))
      .reduce((sum, { amount }) => sum - amount, 0)
      .toFixed(4)
  return { usd: spent('USD', 'BUNDLED_CREDITS'), diem: spent('DIEM') }
}

export const isoOrNull = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())
