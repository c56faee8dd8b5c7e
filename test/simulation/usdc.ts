import type { Payment } from '../../src/domain/payment.ts'
import type { Ledger } from './ledger.ts'

interface Transfer {
  nonce: string
  value: bigint
  /** Its block, which may be a future one. */
  block: number
}

/**
 * USDC of the only wallet: each authorisation moves it once, while valid. Reorganisations do not affect it: what
 * they do to a payment is Venice's problem, which has credited it.
 */
export function createUsdc({ ledger, held }: { ledger: Ledger; held: bigint }) {
  const transfers: Transfer[] = []
  const upTo = (block: number) => transfers.filter((transfer) => transfer.block <= block)

  return {
    transfers: transfers as readonly Transfer[],
    balanceAt: (block: number): bigint => upTo(block).reduce((left, { value }) => left - value, held),
    isUsedAt: (block: number, nonce: string): boolean => upTo(block).some((transfer) => transfer.nonce === nonce),
    /** Puts a transfer into a block `later` from now. @returns whether USDC accepts it, or has accepted it. */
    transfer({ nonce, value, validBefore }: Payment, later: number): 'taken' | 'used' | 'refused' {
      if (transfers.some((transfer) => transfer.nonce === nonce)) return 'used'
      const block = ledger.head() + later
      const left = transfers.reduce((rest, transfer) => rest - transfer.value, held)
      if (ledger.timestampOf(block) >= validBefore || left < BigInt(value)) return 'refused'
      transfers.push({ nonce, value: BigInt(value), block })
      return 'taken'
    },
  }
}

export type Usdc = ReturnType<typeof createUsdc>
