import { type Address, BASE_CHAIN_ID, type Hex } from '../domain/addresses.ts'
import type { Challenge } from '../domain/challenge.ts'
import { ChallengeRefusedError } from '../errors/venice/all.ts'
import type { Signer } from '../ports/signer.ts'

type MessageSigner = Pick<Signer, 'address' | 'signMessage'>

/** Characters. Venice's messages have about 600, its tokens fewer. */
const MAX_LENGTH = 8_192
/** A challenge with a longer validity is not signed; Venice's are valid for 15 minutes. */
const MAX_LIFE_MS = 60 * 60_000

/** A JSON Web Token in compact form. No wallet or contract can take it for a message or a transaction. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** The first lines of every EIP-4361 message for a key, and the lines that it must have, from Venice's guide. */
const INTRODUCTION = 'api.venice.ai wants you to sign in with your Ethereum account:'
const KEY_LINES = [
  'URI: https://api.venice.ai/api/v1/api_keys/generate_web3_key',
  'Version: 1',
  `Chain ID: ${BASE_CHAIN_ID}`,
  '- urn:venice:api-key:create',
]

/**
 * Checks right before signing that `challenge` can only serve for a key of `address` at Venice. The client has checked
 * it in full before; this check does not rely on that.
 *
 * @throws {ChallengeRefusedError}
 */
function requireChallenge({ form, text, expiresAtMs }: Challenge, address: Address, nowMs: number): void {
  const refuse = (reason: string) => new ChallengeRefusedError({ request: 'the challenge', address, reason })
  if (text.length > MAX_LENGTH) throw refuse(`it has ${text.length} characters`)
  if (!(expiresAtMs - nowMs <= MAX_LIFE_MS)) throw refuse('it would be good for more than an hour')
  if (form === 'jwt') {
    if (!TOKEN.test(text)) throw refuse('it is not a JWT')
    return
  }
  const [introduction, account = '', ...rest] = text.split('\n')
  if (introduction !== INTRODUCTION && introduction !== `https://${INTRODUCTION}`)
    throw refuse('it is for another domain')
  if (account.toLowerCase() !== address.toLowerCase()) throw refuse('it is for another wallet')
  const missing = KEY_LINES.find((line) => !rest.includes(line))
  if (missing !== undefined) throw refuse(`it lacks the line "${missing}"`)
  if (rest.filter((line) => line.startsWith('- ')).length !== 1) throw refuse('it names other resources, too')
}

/** Signs a challenge that passes `requireChallenge`. @throws {ChallengeRefusedError} and what the signer throws. */
export async function signChallenge(signer: MessageSigner, challenge: Challenge, nowMs: number): Promise<Hex> {
  requireChallenge(challenge, signer.address, nowMs)
  return signer.signMessage(challenge.text)
}
