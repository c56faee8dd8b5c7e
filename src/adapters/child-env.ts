export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Variables that hold a key of ours, or what opens one. Foundry's `cast wallet session` takes its own from its children
 * as well.
 */
const OWN_SECRETS = [
  'WALLET_PRIVATE_KEY',
  'SPONSOR_PRIVATE_KEY',
  'MINT_AS_PRIVATE_KEY',
  'ETH_PASSWORD',
  'CAST_UNSAFE_PASSWORD',
  'VENICE_API_KEY',
  'RESTATE_AUTH_TOKEN',
]
/** Names under which others keep the key of a wallet. */
const WALLET_SECRET = /PRIVATE_?KEY|MNEMONIC|SEED_?PHRASE|(^|_)SEED$/i
/** The private key of an EVM wallet, whatever the variable is called. */
const PRIVATE_KEY = /^\s*0x[0-9a-f]{64}\s*$/i
/** A path may be the value of ETH_PASSWORD, so that short and common values are no secret in other variables. */
const SHORTEST_SECRET = 16

/**
 * `env` for a program that a person names to store a key: without the secrets of this one, under whatever name they are
 * there, and without what holds the key of a wallet. It is no allow-list, because such a program needs the credentials of
 * its own service, e.g. `GH_TOKEN`.
 */
export const childEnv = (env: Environment): Record<string, string | undefined> =>
  without(env, (name, value) => WALLET_SECRET.test(name) || PRIVATE_KEY.test(value))

/** The same for a program that signs: the key of its wallet may be in a variable of its own. */
export const signerEnv = (env: Environment): Record<string, string | undefined> => without(env, () => false)

function without(
  env: Environment,
  isForeignSecret: (name: string, value: string) => boolean,
): Record<string, string | undefined> {
  const secrets = OWN_SECRETS.flatMap((name) => bare(env[name] ?? '')).filter(({ length }) => length >= SHORTEST_SECRET)
  const isOwn = (name: string, value: string) =>
    OWN_SECRETS.includes(name) || secrets.some((secret) => bare(value).includes(secret))
  return Object.fromEntries(
    Object.entries(env).filter(([name, value = '']) => !isOwn(name, value) && !isForeignSecret(name, value)),
  )
}

/** A private key is the same with and without 0x, in small letters and in capitals. */
const bare = (value: string): string => value.trim().replace(/^0x/i, '').toLowerCase()

/**
 * Takes our own secrets out of `env` and returns all that was in it: what this process starts later, and what that starts,
 * does not get them. The kernel still shows the first environment of this very process to its own user.
 *
 * Side effects: changes `env`.
 */
export function takeSecrets(env: Record<string, string | undefined>): Environment {
  const all = { ...env }
  const allowed = signerEnv(all)
  for (const name of Object.keys(all)) if (!(name in allowed)) delete env[name]
  return all
}
