import { isAddress, isHex, size, verifyTypedData } from 'viem'
import { z } from 'zod'
import { ADDRESSES, BASE_CHAIN_ID, type Hex, isSameAddress } from '../../domain/addresses.ts'
import { topUpError } from './envelopes.ts'
import type { TransferAuthorization, VeniceState } from './state.ts'
import { BASE_NETWORK, RECEIVER, TOP_UP, USDC_DOMAIN } from './x402-terms.ts'

/** Request headers that carry a signed payment: the current name, Venice's first name, and that of x402 v1. */
export const PAYMENT_HEADERS = ['PAYMENT-SIGNATURE', 'X-402-Payment', 'X-PAYMENT'] as const

const USDC_UNIT = 1_000_000n

const digits = z.union([z.string(), z.number().int()]).transform(String)
const transfer = z.object({
  signature: z.string(),
  authorization: z.object({
    from: z.string(),
    to: z.string(),
    value: digits,
    validAfter: digits,
    validBefore: digits,
    nonce: z.string(),
  }),
})
const payloadSchema = z.union([
  z
    .object({
      x402Version: z.literal(2),
      accepted: z.object({ scheme: z.string(), network: z.string(), asset: z.string() }),
      payload: transfer,
    })
    .transform(({ accepted, payload }) => ({ ...accepted, payload })),
  z
    .object({ x402Version: z.literal(2), scheme: z.string(), network: z.string(), payload: transfer })
    .transform(({ scheme, network, payload }) => ({ scheme, network, asset: ADDRESSES.usdc as string, payload })),
])

/** What USDC has signed for a transfer (EIP-3009). */
export const TRANSFER_TYPES = {
  TransferWithAuthorization: [
    { name: 'from', type: 'address' },
    { name: 'to', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'validAfter', type: 'uint256' },
    { name: 'validBefore', type: 'uint256' },
    { name: 'nonce', type: 'bytes32' },
  ],
} as const

/**
 * The authorisation in a payment header, in the shape of x402 v2 or in the one that `x402@1` makes. It is well-formed
 * and within Venice's terms. {@link verifyPayment} checks whether USDC would accept it.
 *
 * @throws {Refusal} 400 with the code of the fault.
 */
export function readPayment(header: string): TransferAuthorization {
  const { scheme, network, asset, payload } = decode(header)
  if (scheme !== 'exact') throw topUpError(400, 'UNSUPPORTED_SCHEME', `Unsupported scheme: ${scheme}`)
  if (network !== BASE_NETWORK && network !== 'base') {
    throw topUpError(400, 'UNSUPPORTED_NETWORK', `Unsupported network: ${network}`)
  }
  if (!isSameAddress(asset, ADDRESSES.usdc)) throw topUpError(400, 'UNSUPPORTED_TOKEN', `Unsupported token: ${asset}`)
  const { from, to, nonce, validAfter, validBefore } = payload.authorization
  if (!isSameAddress(to, RECEIVER)) {
    throw topUpError(400, 'INVALID_PAYMENT_RECIPIENT', `Payment must be sent to ${RECEIVER}`)
  }
  if (!isAddress(from, { strict: false })) {
    throw topUpError(400, 'INVALID_PAYMENT_PAYER', 'Payment has no valid payer address')
  }
  const value = amountOf(payload.authorization.value)
  if (![validAfter, validBefore].every(isWhole) || !isBytes32(nonce) || !isHex(payload.signature)) {
    throw topUpError(400, 'INVALID_PAYMENT', 'Payment authorization is malformed')
  }
  return {
    from,
    to: RECEIVER,
    value,
    validAfter: BigInt(validAfter),
    validBefore: BigInt(validBefore),
    nonce,
    signature: payload.signature,
  }
}

function decode(header: string): z.infer<typeof payloadSchema> {
  try {
    return payloadSchema.parse(JSON.parse(Buffer.from(header, 'base64').toString('utf8')))
  } catch {
    throw topUpError(400, 'INVALID_PAYMENT_FORMAT', 'Payment header is not a base64-encoded x402 v2 payment')
  }
}

function amountOf(text: string): bigint {
  if (!isWhole(text)) throw topUpError(400, 'INVALID_AMOUNT', 'Payment amount is not a whole number')
  const value = BigInt(text)
  if (value < BigInt(TOP_UP.minimumUsd) * USDC_UNIT) {
    throw topUpError(400, 'AMOUNT_TOO_LOW', `Minimum top-up is $${TOP_UP.minimumUsd}`)
  }
  if (value > BigInt(TOP_UP.maximumUsd) * USDC_UNIT) {
    throw topUpError(400, 'AMOUNT_TOO_HIGH', `Maximum top-up is $${TOP_UP.maximumUsd}`)
  }
  return value
}

/**
 * Checks what USDC will check: time, signature, balance. Wallets that sign as contracts (EIP-1271) cannot pay here.
 *
 * @throws {Refusal} 400 `PAYMENT_VERIFICATION_FAILED`.
 */
export async function verifyPayment(
  authorization: TransferAuthorization,
  { chain, clock }: Pick<VeniceState, 'chain' | 'clock'>,
): Promise<void> {
  const refuse = (problem: string) => topUpError(400, 'PAYMENT_VERIFICATION_FAILED', problem)
  const now = BigInt(Math.floor(clock() / 1000))
  if (now <= authorization.validAfter) throw refuse('Payment authorization is not valid yet')
  if (now >= authorization.validBefore) throw refuse('Payment authorization has expired')
  const { signature, ...message } = authorization
  const signed = await verifyTypedData({
    address: authorization.from,
    domain: { ...USDC_DOMAIN, chainId: BASE_CHAIN_ID, verifyingContract: ADDRESSES.usdc },
    types: TRANSFER_TYPES,
    primaryType: 'TransferWithAuthorization',
    message,
    signature,
  }).catch(() => false)
  if (!signed) throw refuse('Payment signature does not match its payer')
  if ((await chain.usdc(authorization.from)) < authorization.value) throw refuse('Payer does not hold enough USDC')
}

const isWhole = (text: string): boolean => /^\d+$/.test(text)

const isBytes32 = (text: string): text is Hex => isHex(text) && size(text) === 32
