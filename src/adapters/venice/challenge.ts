import { createSiweMessage, parseSiweMessage, type SiweMessage } from 'viem/siwe'
import { type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import type { Challenge } from '../../domain/challenge.ts'
import { excerpt } from '../../domain/redact.ts'
import { parseTime } from '../../domain/rfc3339.ts'
import { having, number, oneOf } from '../../domain/shape.ts'
import { ChallengeRefusedError } from '../../errors/venice/all.ts'

const MINUTE_MS = 60_000

/** How long either form is valid. @see https://github.com/veniceai/api-docs/pull/376 (2026-07-28) */
const LIFE_MS = 15 * MINUTE_MS

/** A challenge with a longer validity is not signed. Venice may lengthen its 15 minutes, but not to days. */
const MAX_LIFE_MS = 60 * MINUTE_MS

const MAX_SKEW_MS = MINUTE_MS

/** Characters. Venice's messages have about 600, its tokens fewer. */
const MAX_LENGTH = 8_192

/**
 * The required content of the SIWE form. A server at another host, such as the sandbox, uses the same.
 * @see https://github.com/veniceai/api-docs/pull/376 (2026-07-28)
 */
const SIWE = {
  domain: 'api.venice.ai',
  uri: 'https://api.venice.ai/api/v1/api_keys/generate_web3_key',
  resource: 'urn:venice:api-key:create',
}

/**
 * The whole statement: what is authorised, and at most the one warning that Venice announces after it. Only the meaning
 * of the warning is documented, so its words may vary within that meaning; no other sentence is accepted.
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
 * Reads the SIWE form, and checks that it only authorises this wallet to make one key at Venice now.
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
 * `text` with its times in the form that `createSiweMessage` writes. EIP-4361 allows any time of RFC 3339: without
 * milliseconds, with microseconds, with an offset. An invalid time is unchanged here, and refused where it is read.
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
 * Whether the text is exactly what its fields make, without invisible characters. Case is ignored, because EIP-4361
 * requires the address in EIP-55 form, and not every server does that.
 */
function saysNothingElse(text: string, fields: ReturnType<typeof parseSiweMessage>): boolean {
  if (/[^\P{C}\n]/u.test(text)) return false
  try {
    // The cast is safe: with a missing field it throws, or the text differs.
    return createSiweMessage(fields as SiweMessage).toLowerCase() === text.toLowerCase()
  } catch {
    return false
  }
}

/**
 * Venice signs its tokens with ES256. A token with another algorithm, or none, is not Venice's and could say anything.
 */
const isHeader = having({ alg: oneOf('ES256') })
const isWithExpiry = having({ exp: (value) => number(value) && Number(value) > 0 })

/**
 * Reads the token form. It can only be checked that it is a JWT, and so not a message or transaction with a meaning
 * elsewhere. Only Venice can verify it, and it names no wallet.
 *
 * @returns the challenge, its expiry on the server's clock; at most 15 minutes from now, also if it cannot be read.
 * @throws {ChallengeRefusedError} it is not a JWT, or an unsigned one.
 */
export function readTokenChallenge(text: string, { address, serverMs, request }: ChallengeContext): Challenge {
  const [header = '', claims = ''] = text.slice(0, MAX_LENGTH).split('.')
  if (text.length > MAX_LENGTH || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text) || !isHeader(decodePart(header))) {
    throw new ChallengeRefusedError({
      request,
      address,
      reason: 'it is offered as a token and is not a JWT signed with ES256',
    })
  }
  const decoded = decodePart(claims)
  const latestMs = serverMs + LIFE_MS
  const expiresAtMs = isWithExpiry(decoded) ? (decoded as { exp: number }).exp * 1_000 : latestMs
  return { form: 'jwt', text, expiresAtMs: Math.min(expiresAtMs, latestMs) }
}

function decodePart(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
