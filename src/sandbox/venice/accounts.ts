import { randomUUID } from 'node:crypto'
import { type Address, isSameAddress } from '../../domain/addresses.ts'
import type { ChainReader } from './chain-reader.ts'
import { epochStart } from './epoch.ts'

/** In the order Venice spends them. @see https://docs.venice.ai/overview/vvv-diem; earned credits as observed live, 2026-10-02 */
export const CURRENCIES = ['DIEM', 'EARNED_CREDITS', 'BUNDLED_CREDITS', 'USD'] as const
export type Currency = (typeof CURRENCIES)[number]
export type Balances = Record<Currency, number>

/** What an account can spend now. */
export interface Funds {
  /** DIEM left this epoch, and dollars; USD may be slightly negative. */
  left: Balances
  /** The allowance per epoch. */
  stakedDiem: number
}

/** One movement. `X402` is the wallet's prepaid credit; the others belong to the account. */
export interface LedgerEntry {
  id: string
  /** Milliseconds since the epoch. */
  at: number
  address: Address
  keyId: string | null
  currency: Currency | 'X402'
  /** Dollars or DIEM; negative is a debit. */
  amount: number
  balanceAfter: number
  requestId: string | null
  modelId: string | null
  sku: string
  units: number
  pricePerUnitUsd: number
  tokens: { prompt: number; completion: number } | null
}

/** Amounts to add, in dollars and DIEM. `diem` counts as staked on top of what the chain shows. */
export interface Credit {
  usd?: number
  diem?: number
  bundled?: number
  earned?: number
  x402?: number
}

/** The server's data of one wallet, without the data on the chain. */
export interface AccountState extends Required<Credit> {
  /** Whether the wallet has a Venice account: from its first mint, or its first credit, on. */
  opened: boolean
  diemSpentThisEpoch: number
}

export type Accounts = ReturnType<typeof createAccounts>

/** Balances by wallet. Money is in dollars, rounded to 10 decimals at every movement. */
export function createAccounts({ chain, clock }: { chain: ChainReader; clock: () => number }) {
  const held = new Map<string, Required<Credit> & { opened: boolean }>()
  const ledger: LedgerEntry[] = []

  const holdings = (address: Address) => {
    const id = address.toLowerCase()
    let found = held.get(id)
    if (!found) {
      found = { usd: 0, diem: 0, bundled: 0, earned: 0, x402: 0, opened: false }
      held.set(id, found)
    }
    return found
  }
  const entriesOf = (address: Address) => ledger.filter((entry) => isSameAddress(entry.address, address))
  const diemSpent = (address: Address) =>
    -round(
      entriesOf(address)
        .filter(({ currency, at }) => currency === 'DIEM' && at >= epochStart(clock()))
        .reduce((sum, { amount }) => sum + amount, 0),
    )

  return {
    open(address: Address) {
      holdings(address).opened = true
    },
    isOpen: (address: Address) => holdings(address).opened,
    credit(address: Address, amounts: Credit) {
      const mine = holdings(address)
      for (const name of ['usd', 'diem', 'bundled', 'earned', 'x402'] as const) {
        mine[name] = round(mine[name] + (amounts[name] ?? 0))
        if (amounts[name] !== undefined && name !== 'x402') mine.opened = true
      }
    },
    stateOf: (address: Address): AccountState => ({ ...holdings(address), diemSpentThisEpoch: diemSpent(address) }),
    /** Reads the chain once. All zeros for a wallet without account. */
    async fundsOf(address: Address): Promise<Funds> {
      const { earned, bundled, usd, opened, diem } = holdings(address)
      const stakedDiem = opened ? round(diem + (await chain.stakedDiem(address))) : 0
      const left = {
        DIEM: round(Math.max(0, stakedDiem - diemSpent(address))),
        EARNED_CREDITS: earned,
        BUNDLED_CREDITS: bundled,
        USD: usd,
      }
      return { left, stakedDiem }
    },
    x402Credit: (address: Address) => holdings(address).x402,
    /** Moves money and notes it in the ledger. DIEM is only noted, because it is counted from the ledger, by epoch. */
    record(entry: Omit<LedgerEntry, 'id' | 'at' | 'balanceAfter'>): LedgerEntry {
      const mine = holdings(entry.address)
      const field = FIELD_OF[entry.currency]
      if (field) mine[field] = round(mine[field] + entry.amount)
      const written = {
        ...entry,
        id: randomUUID(),
        at: clock(),
        amount: round(entry.amount),
        balanceAfter: field ? mine[field] : 0,
      }
      ledger.push(written)
      return written
    },
    /** Oldest first. */
    entriesOf,
    entriesOfKey: (keyId: string) => ledger.filter((entry) => entry.keyId === keyId),
  }
}

const FIELD_OF = {
  DIEM: undefined,
  EARNED_CREDITS: 'earned',
  BUNDLED_CREDITS: 'bundled',
  USD: 'usd',
  X402: 'x402',
} as const satisfies Record<LedgerEntry['currency'], keyof Credit | undefined>

/** Removes binary rounding noise from sums of small prices. */
export const round = (amount: number): number => Math.round(amount * 1e10) / 1e10
