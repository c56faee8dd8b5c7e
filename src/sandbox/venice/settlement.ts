import { createHash } from 'node:crypto'
import type { Hex } from '../../domain/addresses.ts'
import { dataReply, type Reply, topUpError } from './envelopes.ts'
import { verifyPayment } from './payment.ts'
import type { TransferAuthorization, VeniceState } from './state.ts'
import { BASE_NETWORK, encodeHeader } from './x402-terms.ts'

/**
 * Settles payments, each at most once.
 *
 * Side effects: a USDC transfer on chain, and credit for its payer.
 */
export function createSettlement(state: VeniceState): (authorization: TransferAuthorization) => Promise<Reply> {
  const payments = new Map<string, 'settling' | 'settled'>()

  return async function settleOnce(authorization) {
    const { settle } = state
    if (!settle) throw topUpError(503, 'X402_NOT_CONFIGURED', 'x402 payments are not configured')
    const paymentId = paymentIdOf(authorization)
    const known = payments.get(paymentId)
    if (known === 'settling') throw topUpError(409, 'PAYMENT_IN_PROGRESS', 'This payment is still being settled')
    // Venice documents a 409 for this case but not its code: this one is ours.
    if (known === 'settled') throw topUpError(409, 'PAYMENT_ALREADY_PROCESSED', 'This payment was already credited')
    payments.set(paymentId, 'settling')
    try {
      await verifyPayment(authorization, state)
      const transaction = await settle(authorization).catch(() => {
        throw topUpError(402, 'SETTLEMENT_FAILED', 'Payment settlement failed; no funds were transferred')
      })
      payments.set(paymentId, 'settled')
      return credited(authorization, paymentId, transaction)
    } catch (error) {
      payments.delete(paymentId)
      throw error
    }
  }

  function credited(authorization: TransferAuthorization, paymentId: string, transaction: Hex): Reply {
    const wallet = authorization.from
    const { amount, balanceAfter } = state.accounts.record({
      address: wallet,
      keyId: null,
      currency: 'X402',
      amount: Number(authorization.value) / 1e6,
      requestId: null,
      modelId: null,
      sku: 'x402-top-up',
      units: 1,
      pricePerUnitUsd: 0,
      tokens: null,
    })
    const data = { walletAddress: wallet.toLowerCase(), amountCredited: amount, newBalance: balanceAfter, paymentId }
    const settled = encodeHeader({ success: true, network: BASE_NETWORK, payer: wallet, transaction })
    return { ...dataReply(data, { success: true }), headers: { 'PAYMENT-RESPONSE': settled } }
  }
}

/** USDC accepts a nonce once per payer, so payer and nonce identify a payment. */
function paymentIdOf({ from, nonce }: TransferAuthorization): string {
  const digest = createHash('sha256').update(`${from} ${nonce}`.toLowerCase()).digest('hex')
  return `x402-${digest.slice(0, 32)}`
}
