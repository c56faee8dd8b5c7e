import { getAddress, isAddress } from 'viem'
import { createSiweMessage, parseSiweMessage } from 'viem/siwe'
import { z } from 'zod'
import { type Address, BASE_CHAIN_ID, isSameAddress } from '../../domain/addresses.ts'
import type { ChainReader } from './chain-reader.ts'
import { type Refusal, standardError } from './envelopes.ts'

/** @see https://docs.venice.ai/guides/integrations/x402-venice-api (rules as of 2026-10-02) */
const MAX_AGE_MS = 5 * 60_000
const MAX_SKEW_MS = 30_000
const NONCE_MEMORY_MS = 5.5 * 60_000
const DOMAINS = ['api.venice.ai', 'venice.ai']

/** The text of `error` for each code `X402_SIGN_IN_…`. Venice's wording is known only for the last three. */
const SENTENCES = {
  PARSE_ERROR: 'Sign-in-with-X header is not base64-encoded JSON',
  INVALID_PAYLOAD: 'Sign-in-with-X payload must have an address, a message and a signature',
  INVALID_MESSAGE: 'Sign-in-with-X message could not be parsed',
  ADDRESS_MISMATCH: 'Sign-in-with-X address does not match the signed message',
  CHAIN_MISMATCH: 'Sign-in-with-X chain does not match the signed message',
  UNSUPPORTED_CHAIN: 'Sign-in-with-X chain is not supported',
  MISSING_NONCE: 'Sign-in-with-X message must have a nonce of at least 8 characters',
  DOMAIN_MISMATCH: 'Sign-in-with-X domain is not allowed',
  TIMESTAMP_MISMATCH: 'Sign-in-with-X timestamp does not match the signed message',
  EXPIRED: 'Sign-in-with-X message has expired',
  FUTURE_TIMESTAMP: 'Sign-in-with-X message was issued in the future',
  NOT_BEFORE: 'Sign-in-with-X message is not valid yet',
  INVALID_SIGNATURE: 'Sign-in-with-X signature is invalid',
  NONCE_REUSED: 'This nonce has already been used',
  INVALID_CHAIN_ID: 'Sign-in-with-X authentication failed',
  INVALID_WALLET: 'Sign-in-with-X authentication failed',
} as const

const payloadSchema = z.object({
  address: z.string(),
  signature: z.string(),
  message: z.string().optional(),
  chainId: z.union([z.string(), z.number()]).optional(),
  timestamp: z.number().optional(),
  type: z.string().optional(),
  domain: z.string().optional(),
  uri: z.string().optional(),
  version: z.string().optional(),
  statement: z.string().optional(),
  nonce: z.string().optional(),
  issuedAt: z.string().optional(),
  expirationTime: z.string().optional(),
  notBefore: z.string().optional(),
  resources: z.array(z.string()).optional(),
})
type Payload = z.infer<typeof payloadSchema>

/** Judges `SIGN-IN-WITH-X` headers and remembers their nonces. */
export interface SiwxVerifier {
  /**
   * The wallet that signed a header. Side effect: its nonce is used up, even if the request fails later.
   *
   * @throws {Refusal} 401 with an `X402_SIGN_IN_…` code.
   */
  verify(header: string): Promise<Address>
}

export function createSiwxVerifier({ chain, clock }: { chain: ChainReader; clock: () => number }): SiwxVerifier {
  const spentUntil = new Map<string, number>()
  return {
    async verify(header) {
      const payload = decode(header)
      const address = payload.address
      if (!isAddress(address, { strict: false })) throw refuse('INVALID_WALLET')
      const message = payload.message ?? rebuiltMessage(payload)
      const nonce = checkedNonce(payload, message, clock())
      if (!(await chain.isSigner({ address, message, signature: payload.signature }))) throw refuse('INVALID_SIGNATURE')
      const id = `${address.toLowerCase()} ${nonce}`
      if ((spentUntil.get(id) ?? 0) > clock()) throw refuse('NONCE_REUSED')
      spentUntil.set(id, clock() + NONCE_MEMORY_MS)
      return getAddress(address)
    },
  }
}

function decode(header: string): Payload {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(header, 'base64').toString('utf8'))
  } catch {
    throw refuse('PARSE_ERROR')
  }
  const result = payloadSchema.safeParse(value)
  if (!result.success) throw refuse('INVALID_PAYLOAD')
  return result.data
}

/** The EIP-4361 text of the structured fields, which may be sent in place of `message`. */
function rebuiltMessage({ domain, address, uri, nonce, issuedAt, chainId, ...rest }: Payload): string {
  if (!domain || !uri || !issuedAt || chainId === undefined) throw refuse('INVALID_PAYLOAD')
  if (!nonce) throw refuse('MISSING_NONCE')
  const chain = chainNumber(chainId)
  try {
    return createSiweMessage({
      address: address as Address,
      chainId: chain,
      domain,
      nonce,
      uri,
      version: '1',
      issuedAt: new Date(issuedAt),
      ...(rest.statement !== undefined && { statement: rest.statement }),
      ...(rest.expirationTime !== undefined && { expirationTime: new Date(rest.expirationTime) }),
      ...(rest.notBefore !== undefined && { notBefore: new Date(rest.notBefore) }),
      ...(rest.resources !== undefined && { resources: rest.resources }),
    })
  } catch {
    throw refuse('INVALID_MESSAGE')
  }
}

/** Checks the signed fields against Venice's rules and returns the nonce. `now` in milliseconds since the epoch. */
function checkedNonce(payload: Payload, message: string, now: number): string {
  const signed = parseSiweMessage(message)
  const issuedAt = signed.issuedAt?.getTime()
  if (!signed.address || !signed.domain || !signed.nonce || !issuedAt) throw refuse('INVALID_MESSAGE')
  const bounds = [signed.expirationTime, signed.notBefore]
  if (bounds.some((bound) => bound && Number.isNaN(bound.getTime()))) throw refuse('INVALID_MESSAGE')
  if (!isSameAddress(signed.address, payload.address)) throw refuse('ADDRESS_MISMATCH')
  if (payload.type === 'ed25519') throw refuse('UNSUPPORTED_CHAIN')
  if (payload.chainId !== undefined && chainNumber(payload.chainId) !== signed.chainId) throw refuse('CHAIN_MISMATCH')
  if (signed.chainId !== BASE_CHAIN_ID) throw refuse('UNSUPPORTED_CHAIN')
  if (signed.nonce.length < 8) throw refuse('MISSING_NONCE')
  if (!DOMAINS.includes(signed.domain.replace(/:\d{1,5}$/, ''))) throw refuse('DOMAIN_MISMATCH')
  const { timestamp } = payload
  if (timestamp !== undefined && Math.abs(timestamp - issuedAt) > MAX_SKEW_MS) throw refuse('TIMESTAMP_MISMATCH')
  if (issuedAt < now - MAX_AGE_MS) throw refuse('EXPIRED')
  if (signed.expirationTime && signed.expirationTime.getTime() <= now) throw refuse('EXPIRED')
  if (issuedAt > now + MAX_SKEW_MS) throw refuse('FUTURE_TIMESTAMP')
  if (signed.notBefore && signed.notBefore.getTime() > now) throw refuse('NOT_BEFORE')
  return signed.nonce
}

/** `8453`, `"8453"` or `"eip155:8453"` as a number. */
function chainNumber(chainId: string | number): number {
  if (!/^(eip155:)?\d+$/.test(String(chainId))) throw refuse('INVALID_CHAIN_ID')
  return Number(String(chainId).replace('eip155:', ''))
}

const refuse = (code: keyof typeof SENTENCES): Refusal =>
  standardError(401, SENTENCES[code], { code: `X402_SIGN_IN_${code}` })
