import { hasApiKeyInside, hasKeyInside, isPrivateKeyLike, isSeedPhrase } from '../domain/secret-forms.ts'

/** The place of a secret on the command line, and its kind. */
export interface SecretFound {
  /** The option or variable, or `An argument`. */
  where: string
  kind: 'private key' | 'seed phrase' | 'API key'
}

/** A hash is written as a private key is; these take one. A key that is at hand is told from it. */
const TAKES_HASH = new Set(['--plan-digest'])
/** Options that take endpoints: their paths may hold API keys, which are not private keys. */
const IS_URL = /^--(?:[a-z]+-)?url$/
/** Variables that name a file or an account, and that sometimes get the key itself by mistake. */
const NAMES = ['ETH_KEYSTORE', 'ETH_KEYSTORE_ACCOUNT', 'ETH_PASSWORD', 'VENICE_ONBOARD_STATE_DIR'] as const
/** Variables that hold a private key. */
export const KEY_VARIABLES = ['WALLET_PRIVATE_KEY', 'SPONSOR_PRIVATE_KEY', 'MINT_AS_PRIVATE_KEY'] as const
/** Words of the shortest seed phrase. */
const LEAST_WORDS = 12

/**
 * The first secret that was typed where a name, an amount or an address belongs. This runs before anything reads the
 * arguments, so no message can quote the secret.
 */
export function findSecret(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): SecretFound | null {
  const isAdopt = words.find((word) => !word.startsWith('-')) === 'adopt'
  const keys = KEY_VARIABLES.map((name) => digitsOf(env[name] ?? '')).filter((digits) => digits !== '')
  let option: string | null = null
  for (const [index, word] of words.entries()) {
    const [name, value] = split(word)
    const where = name ?? option ?? 'An argument'
    if (value !== null) {
      const mayBeHash = TAKES_HASH.has(where) || (isAdopt && where === 'An argument')
      const kind = kindOf(value, { where, isHash: mayBeHash && !keys.includes(digitsOf(value)) })
      if (kind !== null) return { where, kind }
      if (isSeedPhrase(words.slice(index, index + LEAST_WORDS).join(' '))) return { where, kind: 'seed phrase' }
    }
    option = value === null ? name : null
  }
  for (const name of NAMES) {
    const kind = kindOf(env[name] ?? '', { where: name, isHash: false })
    if (kind !== null) return { where: name, kind }
  }
  return null
}

/** `--name=value`, `--name`, or a value. */
function split(word: string): [name: string | null, value: string | null] {
  if (!word.startsWith('--')) return [null, word]
  const at = word.indexOf('=')
  return at === -1 ? [word, null] : [word.slice(0, at), word.slice(at + 1)]
}

const digitsOf = (text: string): string => text.trim().toLowerCase().replace(/^0x/, '')

function kindOf(value: string, { where, isHash }: { where: string; isHash: boolean }): SecretFound['kind'] | null {
  if (isSeedPhrase(value)) return 'seed phrase'
  if (hasApiKeyInside(value)) return 'API key'
  if (isHash || IS_URL.test(where)) return null
  return isPrivateKeyLike(value) || hasKeyInside(value) ? 'private key' : null
}
