import { BASE_CHAIN_ID } from '../domain/addresses.ts'
import type { Clock } from '../ports/clock.ts'
import type { Signer } from '../ports/signer.ts'

/** Venice accepts a header for at most this long after its `Issued At`. It is used at once. */
const LIFE_MS = 5 * 60_000
const NONCE_LENGTH = 16
const METHOD = /^[A-Z]{1,20}$/

/** The one request that a sign-in is for. */
export interface SignInTarget {
  /** In capitals. */
  method: string
  /** Absolute, without a fragment. */
  url: string
}

/**
 * The wallet's credential for one request: the value of the header `SIGN-IN-WITH-X`. Its nonce is good for one request,
 * so every repeat needs a new one. The text is built only here.
 *
 * Side effects: one signature. The domain is always Venice's own, as Venice demands. Another API could use the header
 * at Venice while it is valid, so configure only an API that you trust.
 *
 * @param signer - its address in EIP-55 form.
 * @param target - the request that the text names. Venice checks neither `URI` nor the statement, so this limits what
 *   the wallet signs, not what Venice accepts. Default: the whole API.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-auth/SKILL.md (rules as of 2026-10-02)
 */
export async function signInWithX(
  signer: Pick<Signer, 'address' | 'signMessage'>,
  clock: Pick<Clock, 'now' | 'id'>,
  target?: SignInTarget,
): Promise<string> {
  const { address } = signer
  if (target !== undefined && !METHOD.test(target.method)) throw new TypeError('A method is capital letters.')
  const now = clock.now()
  const message = [
    'api.venice.ai wants you to sign in with your Ethereum account:',
    address,
    '',
    target === undefined ? 'Sign in to Venice AI' : `Sign in to Venice AI: ${target.method}`,
    '',
    `URI: ${target === undefined ? 'https://api.venice.ai' : new URL(target.url).href}`,
    'Version: 1',
    `Chain ID: ${BASE_CHAIN_ID}`,
    `Nonce: ${clock.id(NONCE_LENGTH)}`,
    `Issued At: ${new Date(now).toISOString()}`,
    `Expiration Time: ${new Date(now + LIFE_MS).toISOString()}`,
  ].join('\n')
  const signature = await signer.signMessage(message)
  const payload = { address, message, signature, chainId: BASE_CHAIN_ID, timestamp: now }
  return btoa(JSON.stringify(payload))
}
