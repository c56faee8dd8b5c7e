import { randomBytes, randomUUID } from 'node:crypto'
import { errors, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { createSiweMessage, parseSiweMessage } from 'viem/siwe'
import { type Address, BASE_CHAIN_ID, isSameAddress } from '../../domain/addresses.ts'
import { standardError } from './envelopes.ts'

/** One form of challenge: how it is issued, and how it is checked when it comes back. */
export interface Challenges {
  /** The `data` of the GET reply. */
  issue(address: Address | undefined): Promise<Record<string, string>>
  /** @throws {Refusal} 400 with Venice's sentence. */
  check(text: string, address: Address): Promise<void>
  /** Called after a key was minted. @throws {Refusal} 400 if another request used a single-use challenge first. */
  consume(text: string): void
}

/** Claims of a token; absent ones are those of a good token. `exp` in seconds since the epoch. */
export interface TokenClaims {
  iss?: string
  aud?: string
  exp?: number
}

interface ChallengeOptions {
  clock: () => number
  lifeMs: number
}

/** Venice does not publish its issuer and audience: these are ours. */
const ISSUER = 'https://api.venice.ai'
const AUDIENCE = 'generate_web3_key'

/** Replayable ES256 tokens, not bound to a wallet. Lives are whole seconds, as in any JWT. */
export async function createJwtChallenges({ clock, lifeMs }: ChallengeOptions) {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const sign = ({ iss = ISSUER, aud = AUDIENCE, exp = Math.floor((clock() + lifeMs) / 1000) }: TokenClaims = {}) =>
    new SignJWT()
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
      .setIssuer(iss)
      .setAudience(aud)
      .setJti(randomUUID())
      .setIssuedAt(Math.floor(clock() / 1000))
      .setExpirationTime(exp)
      .sign(privateKey)
  const challenges: Challenges = {
    issue: async () => ({ token: await sign() }),
    async check(token) {
      try {
        const rules = { issuer: ISSUER, audience: AUDIENCE, algorithms: ['ES256'], currentDate: new Date(clock()) }
        await jwtVerify(token, publicKey, rules)
      } catch (error) {
        throw standardError(400, tokenProblem(error))
      }
    },
    consume() {},
  }
  return { challenges, sign }
}

function tokenProblem(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'JWT has expired'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'JWT signature is invalid'
  if (error instanceof errors.JWTClaimValidationFailed) return 'JWT claims are invalid'
  return 'JWT is malformed'
}

/** Announced by Venice for `/api_keys/generate_web3_key`, but not word for word: the second sentence is ours. */
const STATEMENT =
  'Authorize Venice API key creation. Anyone who holds this signature can create an API key on your Venice account.'
const DOMAIN = 'api.venice.ai'
const URI = 'https://api.venice.ai/api/v1/api_keys/generate_web3_key'
const RESOURCE = 'urn:venice:api-key:create'

/** EIP-4361 messages, each for one wallet and one key. A failed attempt does not use one up. */
export function createSiweChallenges({ clock, lifeMs }: ChallengeOptions): Challenges {
  const issued = new Map<string, { message: string; expiresAt: number; used: boolean }>()
  const issuedWith = (message: string) => issued.get(parseSiweMessage(message).nonce ?? '')
  return {
    async issue(address) {
      if (!address) throw standardError(400, 'Invalid wallet address')
      const nonce = randomBytes(16).toString('hex')
      const expiresAt = clock() + lifeMs
      const message = createSiweMessage({
        domain: DOMAIN,
        address,
        statement: STATEMENT,
        uri: URI,
        version: '1',
        chainId: BASE_CHAIN_ID,
        nonce,
        issuedAt: new Date(clock()),
        expirationTime: new Date(expiresAt),
        resources: [RESOURCE],
      })
      issued.set(nonce, { message, expiresAt, used: false })
      return { message, nonce, expiresAt: new Date(expiresAt).toISOString() }
    },
    async check(text, address) {
      const claimed = parseSiweMessage(text)
      const known = issuedWith(text)
      const refuse = (problem: string) => standardError(400, problem)
      if (!known || !claimed.address) {
        throw refuse('The message is not a valid Venice API key authorization challenge')
      }
      if (claimed.domain !== DOMAIN) throw refuse(`The challenge domain must be "${DOMAIN}"`)
      if (claimed.statement !== STATEMENT) throw refuse('The challenge statement was modified')
      if (!isSameAddress(claimed.address, address)) {
        throw refuse('The challenge was issued for a different wallet address')
      }
      if (known.message !== text) throw refuse('The message is not a valid Venice API key authorization challenge')
      if (known.expiresAt <= clock()) throw refuse('The challenge has expired')
      if (known.used) throw alreadyUsed()
    },
    consume(text) {
      const known = issuedWith(text)
      if (!known || known.used) throw alreadyUsed()
      known.used = true
    },
  }
}

const alreadyUsed = () => standardError(400, 'This challenge has already been used')
