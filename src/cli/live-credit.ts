import type { Address } from '../domain/addresses.ts'
import { inDollars, USDC_DECIMALS } from '../domain/amounts.ts'
import { unitsOf } from '../domain/decimal.ts'
import { LEAST_CREDIT_USD } from '../domain/payment.ts'
import { cheapestModels, formatCost, mostForProof } from '../domain/proof.ts'
import { createRedactor } from '../domain/redact.ts'
import type { Request } from './request.ts'
import { signerSource } from './signer-source.ts'
import { veniceFor, walletVeniceFor } from './wiring.ts'

/** What a wallet that pays by itself can spend now, and what calls cost. Dollars. */
export interface LiveCredit {
  /** Null: no signing key was given, and Venice tells only the wallet. */
  balanceUsd: number | null
  canConsume: boolean | null
  /** Venice admits no call with less credit. */
  leastUsd: number
  /** The cheapest model for a smallest call, and the most that call costs, in base units of USDC; null: none is listed. */
  cheapest: { model: string; mostUsd: string } | null
}

/**
 * Asks Venice for its prices and, with the wallet's key, for its credit.
 *
 * Side effects: with a key, one signature of a sign-in message.
 */
export async function readLiveCredit(address: Address, request: Request): Promise<LiveCredit> {
  const hasKey = request.network === 'sandbox' || signerSource(request) !== null
  const venice = hasKey ? await walletVeniceFor(request, createRedactor()) : await veniceFor(request)
  const [credit, models] = await Promise.all([hasKey ? venice.walletCredit(address) : null, venice.textModels()])
  const [model] = cheapestModels(models)
  return {
    balanceUsd: credit?.balanceUsd ?? null,
    canConsume: credit?.canConsume ?? null,
    leastUsd: LEAST_CREDIT_USD,
    cheapest: model === undefined ? null : { model: model.id, mostUsd: mostForProof(model, 1).toString() },
  }
}

export const liveCreditText = ({ balanceUsd, canConsume, leastUsd, cheapest }: LiveCredit): string =>
  [
    balanceUsd === null
      ? 'now      The credit is shown with the key of the wallet: Venice tells only the wallet.'
      : `now      $${formatCost(balanceUsd)} of credit, ${canConsume ? 'spendable' : 'not spendable yet'}`,
    `         Venice admits calls from ${inDollars(unitsOf(leastUsd, USDC_DECIMALS).toString())} of credit.`,
    cheapest === null
      ? ''
      : `         The smallest call costs at most ${inDollars(cheapest.mostUsd)}, with ${cheapest.model}.`,
  ]
    .filter((line) => line !== '')
    .join('\n')
