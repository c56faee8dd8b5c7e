import { randomBytes } from 'node:crypto'
import { ADDRESSES, type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { Refusal } from './envelopes.ts'
import type { Call } from './http.ts'

/** Dollars. @see https://docs.venice.ai/guides/integrations/x402-venice-api (checked 2026-11-22) */
export const TOP_UP = { minimumUsd: 5, suggestedUsd: 10, maximumUsd: 10_000 } as const

/**
 * The least credit, in dollars or DIEM, with which Venice accepts a call. @see https://docs.venice.ai/overview/vvv-diem
 */
export const ADMISSION_FLOOR = 0.1

/** CAIP-2 id of Base. */
export const BASE_NETWORK = `eip155:${BASE_CHAIN_ID}`

/** Venice's receiver on Base, from its guides. Clients must read it from `accepts[]`. */
export const RECEIVER: Address = '0x2670B922ef37C7Df47158725C0CC407b5382293F'

/** USDC's EIP-712 domain, without chain and contract. */
export const USDC_DOMAIN = { name: 'USD Coin', version: '2' } as const

const USDC_DECIMALS = 6
const SIWX_TTL_MS = 5 * 60_000
const API = 'https://api.venice.ai/api/v1'
const DOCS = 'https://docs.venice.ai/guides/integrations/x402-venice-api'

/** Listed as at Venice, so that clients must choose; payments on it are refused. The accounts are invented. */
const SOLANA = {
  id: 'solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp',
  usdcMint: 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v',
  receiver: 'VeniceSandboxReceiver11111111111111111111111',
  feePayer: 'VeniceSandboxFeePayer11111111111111111111111',
} as const

/** One payment option per rail. @param usd - price in dollars. */
function accepts(usd: number, solanaNetwork: string = SOLANA.id) {
  const common = { scheme: 'exact', amount: String(usd * 10 ** USDC_DECIMALS), maxTimeoutSeconds: 300 }
  return [
    { ...common, network: BASE_NETWORK, asset: ADDRESSES.usdc.toLowerCase(), payTo: RECEIVER, extra: USDC_DOMAIN },
    {
      ...common,
      network: solanaNetwork,
      asset: SOLANA.usdcMint,
      payTo: SOLANA.receiver,
      extra: { ...USDC_DOMAIN, feePayer: SOLANA.feePayer },
    },
  ]
}

function siwxChallenge(now: number) {
  return {
    info: {
      domain: 'api.venice.ai',
      uri: 'https://api.venice.ai',
      version: '1',
      nonce: randomBytes(8).toString('hex'),
      issuedAt: new Date(now).toISOString(),
      expirationTime: new Date(now + SIWX_TTL_MS).toISOString(),
      statement: 'Sign in to Venice AI',
    },
    supportedChains: [
      { chainId: BASE_NETWORK, type: 'eip191' },
      { chainId: BASE_NETWORK, type: 'eip1271' },
      { chainId: SOLANA.id, type: 'ed25519' },
    ],
  }
}

/** The x402 v2 object of a challenge. Venice writes Solana's network without its CAIP-2 reference here. */
const paymentRequired = (call: Call, error: string, now: number, options = accepts(TOP_UP.suggestedUsd, 'solana')) => ({
  x402Version: 2,
  error,
  resource: { url: `${API}${call.path}`, description: 'Venice API', mimeType: 'application/json' },
  accepts: options,
  extensions: { 'sign-in-with-x': siwxChallenge(now) },
})

const inHeader = (value: unknown): Record<string, string> => ({ 'PAYMENT-REQUIRED': encodeHeader(value) })

/** How x402 headers carry JSON. */
export const encodeHeader = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64')

/** 402 of `/x402/top-up` without a payment: what can be paid, and how. */
export function topUpDiscovery(): Refusal {
  const body = { x402Version: 2, accepts: accepts(TOP_UP.minimumUsd) }
  return new Refusal({ status: 402, headers: inHeader(body), body })
}

/** 402 in place of a 401 if no credential was sent. `accepts` is empty if only a signature helps. */
export function credentialRequired(call: Call, now: number, { walletOnly = false } = {}): Refusal {
  const required = paymentRequired(call, 'Authentication required', now, walletOnly ? [] : undefined)
  const authOptions = {
    apiKey: { header: 'Authorization: Bearer YOUR_API_KEY', getKey: 'https://venice.ai/settings/api', docs: DOCS },
    x402Wallet: {
      header: 'SIGN-IN-WITH-X',
      legacyHeader: 'X-Sign-In-With-X',
      topUp: 'POST /api/v1/x402/top-up',
      docs: DOCS,
    },
  }
  return new Refusal({ status: 402, headers: inHeader(required), body: { ...required, authOptions } }, false)
}

/** 402 for a signed-in wallet below the minimum. Its header carries the x402 object, not this body. */
export function walletCreditTooLow(call: Call, now: number, currentBalanceUsd: number): Refusal {
  const body = {
    error: 'Payment required',
    code: 'PAYMENT_REQUIRED',
    reason: 'insufficient_balance',
    currentBalanceUsd,
    minimumBalanceUsd: ADMISSION_FLOOR,
    description: 'Venice API',
    suggestedTopUpUsd: TOP_UP.suggestedUsd,
    minimumTopUpUsd: TOP_UP.minimumUsd,
    supportedTokens: ['USDC'],
    supportedChains: ['base', 'solana'],
    topUpInstructions: {
      step1: 'POST /api/v1/x402/top-up with no payment header to get payment requirements',
      step2: 'Choose a payment option from accepts and sign a USDC transfer authorization with an x402 SDK',
      step3: 'POST /api/v1/x402/top-up with the signed X-402-Payment header',
      receiverWallet: RECEIVER,
      tokenAddress: ADDRESSES.usdc,
      tokenDecimals: USDC_DECIMALS,
      network: BASE_NETWORK,
      minimumAmountUsd: TOP_UP.minimumUsd,
    },
    siwxChallenge: siwxChallenge(now),
  }
  return new Refusal({ status: 402, headers: inHeader(paymentRequired(call, 'Payment required', now)), body })
}
