import { z } from 'zod'
import { isSameAddress } from '../../../domain/addresses.ts'
import type { LedgerEntry } from '../accounts.ts'
import { dataReply, standardError } from '../envelopes.ts'
import { type Call, checked, headerOf, type Routes } from '../http.ts'
import { PAYMENT_HEADERS, readPayment } from '../payment.ts'
import { createSettlement } from '../settlement.ts'
import type { VeniceState } from '../state.ts'
import type { Window } from '../window.ts'
import { ADMISSION_FLOOR, TOP_UP, topUpDiscovery } from '../x402-terms.ts'

const walletPath = z.object({
  walletAddress: z.string().regex(/^(0x[a-fA-F0-9]{40}|[1-9A-HJ-NP-Za-km-z]{32,44})$/),
})
const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  offset: z.coerce.number().int().min(0).default(0),
})

/** Wallet credit: bought with USDC, read with a signature of the wallet. */
export function x402Routes(state: VeniceState): Routes {
  const { auth, accounts, spending, limits } = state
  const settle = createSettlement(state)

  async function ownWallet(call: Call, what: string, window: Window) {
    const { walletAddress } = checked(call.params, walletPath)
    const signer = await auth.wallet(call)
    if (!isSameAddress(signer, walletAddress)) {
      throw standardError(403, `You can only access ${what} for your own wallet`)
    }
    requireRoom(window, signer.toLowerCase())
    return signer
  }

  return {
    async 'POST /x402/top-up'(call) {
      requireRoom(limits.topUps, call.ip)
      const header = headerOf(call, ...PAYMENT_HEADERS)
      if (header === undefined) throw topUpDiscovery()
      return settle(readPayment(header))
    },
    async 'GET /x402/balance/{walletAddress}'(call) {
      const wallet = await ownWallet(call, 'balance', limits.balanceReads)
      const credit = accounts.x402Credit(wallet)
      const diem = await spending.spendableDiem(wallet)
      const data = {
        walletAddress: wallet.toLowerCase(),
        balanceUsd: credit,
        canConsume: credit >= ADMISSION_FLOOR || diem > 0,
        minimumTopUpUsd: TOP_UP.minimumUsd,
        suggestedTopUpUsd: TOP_UP.suggestedUsd,
        ...(diem > 0 && { diemBalanceUsd: diem }),
      }
      return dataReply(data, { success: true })
    },
    async 'GET /x402/transactions/{walletAddress}'(call) {
      const wallet = await ownWallet(call, 'transactions', limits.transactionReads)
      const { limit, offset } = checked(Object.fromEntries(call.query), pageQuery)
      const rows = accounts
        .entriesOf(wallet)
        .filter(({ currency }) => currency === 'X402')
        .reverse()
      const data = {
        walletAddress: wallet.toLowerCase(),
        currentBalance: accounts.x402Credit(wallet),
        transactions: rows.slice(offset, offset + limit).map(transactionView),
        pagination: { limit, offset, hasMore: offset + limit < rows.length },
      }
      return dataReply(data, { success: true })
    },
  }
}

function requireRoom(window: Window, key: string) {
  if (!window.hit(key)) throw standardError(429, 'Rate limit exceeded. Please try again later.')
}

const transactionView = ({ id, amount, balanceAfter, at, requestId, modelId }: LedgerEntry) => ({
  id,
  amount,
  balanceAfter,
  type: amount < 0 ? 'CHARGE' : 'TOP_UP',
  createdAt: new Date(at).toISOString(),
  requestId,
  modelId,
})
