import { BASE_CHAIN_ID } from '../domain/addresses.ts'
import type { Clock } from '../ports/clock.ts'
import type { Signer } from '../ports/signer.ts'

/** Venice takes a header for at most this long after its `Issued At`; it is used at once. */
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
 * The wallet's credential for one request, the value of the header `SIGN-IN-WITH-X`: its nonce is spent with that, so that
 * every repeat needs another. The text is built here and nowhere else.
 *
 * Side effects: one signature. The domain is Venice's own whatever API is asked, as Venice demands; an API that is not
 * Venice's could show it there within its life, so name only one that you trust.
 *
 * @param signer - its address in EIP-55 form.
 * @param target - what the text names as the request that it is for. Venice checks neither `URI` nor the statement, so this
 *   binds what the wallet has signed, and not what Venice takes. Default: the API as a whole.
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
