import { createSiweMessage, parseSiweMessage, type SiweMessage } from 'viem/siwe'
import { z } from 'zod'
import { type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import type { Challenge } from '../../domain/challenge.ts'
import { excerpt } from '../../domain/redact.ts'
import { parseTime } from '../../domain/rfc3339.ts'
import { ChallengeRefusedError } from '../../errors/venice/all.ts'

const MINUTE_MS = 60_000

/** How long either form is good for. @see https://github.com/veniceai/api-docs/pull/376 (2026-07-28) */
const LIFE_MS = 15 * MINUTE_MS

/** Longest life we sign for: Venice may lengthen its 15 minutes, but a signature for days is something else. */
const MAX_LIFE_MS = 60 * MINUTE_MS

const MAX_SKEW_MS = MINUTE_MS

/** Characters. Venice's messages have some 600, its tokens fewer. */
const MAX_LENGTH = 8_192

/**
 * What the SIWE form must say. A server under another host, such as the sandbox, says the same.
 * @see https://github.com/veniceai/api-docs/pull/376 (2026-07-28)
 */
const SIWE = {
  domain: 'api.venice.ai',
  uri: 'https://api.venice.ai/api/v1/api_keys/generate_web3_key',
  resource: 'urn:venice:api-key:create',
}

/**
 * The whole statement: what is authorised, and at most the one warning that Venice announces after it. Of that, the meaning is
 * documented and not the words, so that its words are free within its meaning, and no other sentence fits.
 */
const STATEMENT =
  /^Authorize Venice API key creation\.(?: (?:Anyone|Anybody|Whoever)(?: who)? (?:holds|has) (?:this|the) signature (?:can|could|may) create (?:an? |new )?(?:Venice )?(?:API )?keys? (?:on|for|in) (?:your|this|the) (?:Venice )?account\.)?$/

export interface ChallengeContext {
  address: Address
  /** Milliseconds since the epoch, by the server's clock. */
  serverMs: number
  /** The request that brought it, for errors. */
  request: string
}

/**
 * Reads the SIWE form, and checks that it authorises this wallet to make one key at Venice, now, and nothing else.
 *
 * @returns the challenge, its expiry on the server's clock.
 * @throws {ChallengeRefusedError} naming the check that failed.
 */
export function readSiweChallenge(text: string, { address, serverMs, request }: ChallengeContext): Challenge {
  const refuse = (reason: string) => new ChallengeRefusedError({ request, address, reason })
  if (text.length > MAX_LENGTH) throw refuse(`it has ${text.length} characters`)
  const message = withCanonicalTimes(text)
  const fields = parseSiweMessage(message)

  const stated = [
    { what: 'domain', found: fields.domain, wanted: SIWE.domain },
    { what: 'address', found: fields.address?.toLowerCase(), wanted: address.toLowerCase() },
    { what: 'chain ID', found: fields.chainId, wanted: BASE_CHAIN_ID },
    { what: 'URI', found: fields.uri, wanted: SIWE.uri },
    { what: 'version', found: fields.version, wanted: '1' },
    { what: 'list of resources', found: fields.resources?.join(' '), wanted: SIWE.resource },
  ]
  for (const { what, found, wanted } of stated) {
    if (found === undefined) throw refuse(`it has no ${what}`)
    if (found !== wanted) throw refuse(`its ${what} is "${excerpt(String(found), 80)}", not "${wanted}"`)
  }

  if (fields.scheme !== undefined && fields.scheme !== 'https') throw refuse('it is for another scheme than https')
  const ageMs = serverMs - (fields.issuedAt?.getTime() ?? Number.NaN)
  const expiresAtMs = fields.expirationTime?.getTime() ?? Number.NaN
  if (fields.statement === undefined || !STATEMENT.test(fields.statement)) throw refuse('its statement is another one')
  if (!fields.nonce) throw refuse('it has no nonce')
  if (!(ageMs >= -MAX_SKEW_MS && ageMs <= MAX_LIFE_MS)) throw refuse('it was not issued just now')
  if (fields.notBefore && fields.notBefore.getTime() > serverMs + MAX_SKEW_MS) throw refuse('it is not valid yet')
  if (!(expiresAtMs > serverMs)) throw refuse('it has expired, or never does')
  if (expiresAtMs - serverMs + ageMs > MAX_LIFE_MS) throw refuse('it would be good for more than an hour')
  if (!saysNothingElse(message, fields)) throw refuse('its text holds more than its fields')
  return { form: 'siwe', text, expiresAtMs }
}

/**
 * `text` with its times in the one form that `createSiweMessage` writes. EIP-4361 has any time of RFC 3339: without
 * milliseconds, with microseconds, with an offset. What is no time stays, and is refused where it is read.
 */
const withCanonicalTimes = (text: string): string =>
  text
    .split('\n')
    .map((line) => {
      const [label = '', time = ''] = line.split(/: /, 2)
      const ms = TIMES.includes(label) ? parseTime(time) : null
      return ms === null || line !== `${label}: ${time}` ? line : `${label}: ${new Date(ms).toISOString()}`
    })
    .join('\n')

const TIMES = ['Issued At', 'Expiration Time', 'Not Before']

/**
 * Whether the text is what its fields make, and all of it can be seen. Case is left out because EIP-4361 wants the address
 * in EIP-55 and not every server does it.
 */
function saysNothingElse(text: string, fields: ReturnType<typeof parseSiweMessage>): boolean {
  if (/[^\P{C}\n]/u.test(text)) return false
  try {
    // The cast: a field that is missing makes it throw, or differ.
    return createSiweMessage(fields as SiweMessage).toLowerCase() === text.toLowerCase()
  } catch {
    return false
  }
}

/** Venice signs its tokens with ES256. Another algorithm, or none, is not Venice's: it could say anything. */
const JwtHeader = z.object({ alg: z.literal('ES256') })
const JwtClaims = z.object({ exp: z.number().positive() })

/**
 * Reads the token form. All that can be checked is that it is a JWT, and so no message or transaction that means something
 * elsewhere: it is Venice's to verify, and names no wallet.
 *
 * @returns the challenge, its expiry on the server's clock; 15 minutes from now when it cannot be read, and at most.
 * @throws {ChallengeRefusedError} it is not a JWT, or an unsigned one.
 */
export function readTokenChallenge(text: string, { address, serverMs, request }: ChallengeContext): Challenge {
  const [header = '', claims = ''] = text.slice(0, MAX_LENGTH).split('.')
  if (
    text.length > MAX_LENGTH ||
    !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text) ||
    !JwtHeader.safeParse(decodePart(header)).success
  ) {
    throw new ChallengeRefusedError({
      request,
      address,
      reason: 'it is offered as a token and is not a JWT signed with ES256',
    })
  }
  const { data } = JwtClaims.safeParse(decodePart(claims))
  const latestMs = serverMs + LIFE_MS
  return { form: 'jwt', text, expiresAtMs: data ? Math.min(data.exp * 1_000, latestMs) : latestMs }
}

function decodePart(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
