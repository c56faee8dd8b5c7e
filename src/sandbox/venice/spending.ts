import type { Address } from '../../domain/addresses.ts'
import { type Accounts, type Balances, CURRENCIES, type Currency, type LedgerEntry, round } from './accounts.ts'
import { Refusal, standardError } from './envelopes.ts'
import { periodStart } from './epoch.ts'
import type { Call } from './http.ts'
import type { StoredKey } from './keys.ts'
import { ADMISSION_FLOOR, walletCreditTooLow } from './x402-terms.ts'

/** Who pays for a call: the account behind a key, within the key's limits, or a wallet that signed in. */
export type Payer = { kind: 'key'; key: StoredKey; address: Address } | { kind: 'wallet'; address: Address }

/** What a call costs, for the ledger. */
export interface Price {
  /** Dollars; the same number of DIEM when DIEM pays. */
  usd: number
  sku: string
  units: number
  pricePerUnitUsd: number
  requestId: string
  modelId: string | null
  tokens: LedgerEntry['tokens']
}

export type Spending = ReturnType<typeof createSpending>

/** Decides whether a payer may spend, chooses the pocket, and takes the money. */
export function createSpending({ accounts, clock }: { accounts: Accounts; clock: () => number }) {
  const leftOfLimit = (key: StoredKey, currency: Currency): number => {
    const limit = currency === 'DIEM' ? key.limit.diem : key.limit.usd
    if (limit === null) return Number.POSITIVE_INFINITY
    const since = periodStart(key.limitPeriod, clock())
    const spent = accounts
      .entriesOfKey(key.id)
      .filter((entry) => entry.at >= since && (entry.currency === 'DIEM') === (currency === 'DIEM'))
      .reduce((sum, { amount }) => sum - amount, 0)
    return round(Math.max(0, limit - spent))
  }
  const clampedTo = (key: StoredKey, held: Balances): Balances =>
    mapCurrencies((currency) => Math.min(Math.max(0, held[currency]), leftOfLimit(key, currency)))
  const usableBalances = async (address: Address): Promise<Balances> => {
    const { left, stakedDiem } = await accounts.fundsOf(address)
    return stakedDiem < ADMISSION_FLOOR ? { ...left, DIEM: 0 } : left
  }

  /** The pocket that pays for a call of about `estimateUsd` dollars: the first one that can. */
  async function admit(call: Call, payer: Payer, estimateUsd = 0): Promise<Currency | 'X402'> {
    const held = await usableBalances(payer.address)
    const affords = (balances: Balances) => (currency: Currency) =>
      balances[currency] > 0 && balances[currency] >= estimateUsd
    if (payer.kind === 'key') {
      if (total(held) < ADMISSION_FLOOR) throw accountEmpty()
      const pocket = CURRENCIES.find(affords(clampedTo(payer.key, held)))
      if (pocket) return pocket
      const stoppedByLimit = CURRENCIES.find(affords(held))
      throw stoppedByLimit ? limitReached(stoppedByLimit) : accountEmpty()
    }
    if (held.DIEM > 0) {
      if (affords(held)('DIEM')) return 'DIEM'
      throw accountEmpty()
    }
    const credit = accounts.x402Credit(payer.address)
    if (credit < ADMISSION_FLOOR) throw walletCreditTooLow(call, clock(), credit)
    if (credit < estimateUsd) throw accountEmpty()
    return 'X402'
  }

  return {
    admit,
    /** Takes the price out of a pocket. Wallet credit stops at 0; an account's balance may go slightly negative. */
    charge(payer: Payer, currency: Currency | 'X402', { usd, ...what }: Price): LedgerEntry {
      const amount = currency === 'X402' ? Math.min(usd, accounts.x402Credit(payer.address)) : usd
      const keyId = payer.kind === 'key' ? payer.key.id : null
      return accounts.record({ ...what, address: payer.address, keyId, currency, amount: -amount })
    },
    /** Whether a call with this key would be admitted. */
    async accessPermitted(call: Call, key: StoredKey): Promise<boolean> {
      try {
        await admit(call, { kind: 'key', key, address: key.owner })
        return true
      } catch (error) {
        if (error instanceof Refusal) return false
        throw error
      }
    },
    /** The account's balances, each cut to the remaining limit of the key. */
    spendableWith: async (key: StoredKey) => clampedTo(key, (await accounts.fundsOf(key.owner)).left),
    /** The whole account, without regard to the limits of keys. */
    async overview(address: Address): Promise<{ canConsume: boolean; currency: Currency | null }> {
      const held = await usableBalances(address)
      const canConsume = total(held) >= ADMISSION_FLOOR
      return { canConsume, currency: canConsume ? (CURRENCIES.find((name) => held[name] > 0) ?? null) : null }
    },
    /** DIEM that a linked wallet can spend now. */
    spendableDiem: async (address: Address) => (await usableBalances(address)).DIEM,
  }
}

const total = (held: Balances): number => CURRENCIES.reduce((sum, currency) => sum + Math.max(0, held[currency]), 0)

const mapCurrencies = (amountOf: (currency: Currency) => number): Balances => ({
  DIEM: amountOf('DIEM'),
  EARNED_CREDITS: amountOf('EARNED_CREDITS'),
  BUNDLED_CREDITS: amountOf('BUNDLED_CREDITS'),
  USD: amountOf('USD'),
})

const accountEmpty = (): Refusal =>
  standardError(
    402,
    'Insufficient USD or Diem balance to complete request. Visit https://venice.ai/settings/api to add credits.',
  )

function limitReached(currency: Currency): Refusal {
  const unit = currency === 'DIEM' ? 'DIEM' : 'USD'
  return standardError(
    402,
    `API key ${unit} spend limit exceeded. Your account may still have ${unit} balance, but this API key has reached its configured ${unit} spending limit.`,
  )
}
