export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Variables that hold a key of ours, or a password for one. Foundry's `cast wallet session` also hides its own from its
 * children.
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
/** Names of variables in which other programs keep a wallet's key. */
const WALLET_SECRET = /PRIVATE_?KEY|MNEMONIC|SEED_?PHRASE|(^|_)SEED$/i
/** The private key of an EVM wallet, in a variable of any name. */
const PRIVATE_KEY = /^\s*0x[0-9a-f]{64}\s*$/i
/** ETH_PASSWORD may hold a path, so short and common values do not count as secrets in other variables. */
const SHORTEST_SECRET = 16

/**
 * `env` for a user's program that stores a key. It lacks this program's secrets, in variables of any name, and all
 * wallet keys. It is not an allow-list, because such a program needs the credentials of its own service, e.g.
 * `GH_TOKEN`.
 */
export const childEnv = (env: Environment): Record<string, string | undefined> =>
  without(env, (name, value) => WALLET_SECRET.test(name) || PRIVATE_KEY.test(value))

/** The same for a program that signs. It may have its wallet's key in its own variable. */
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

/** Normalises a private key, which may be with or without 0x, in small letters or capitals. */
const bare = (value: string): string => value.trim().replace(/^0x/i, '').toLowerCase()

/**
 * Removes our own secrets from `env` and returns its earlier content, so that child processes do not inherit them. The
 * kernel still shows this process's original environment to its own user.
 *
 * Side effects: changes `env`.
 */
export function takeSecrets(env: Record<string, string | undefined>): Environment {
  const all = { ...env }
  const allowed = signerEnv(all)
  for (const name of Object.keys(all)) if (!(name in allowed)) delete env[name]
  return all
}
