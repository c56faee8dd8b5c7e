export type Environment = Readonly<Record<string, string | undefined>>

/** Variables that hold the wallet's key, or the way to it. Foundry's `cast wallet session` takes the same from its children. */
const SIGNER_VARIABLES = ['WALLET_PRIVATE_KEY', 'SPONSOR_PRIVATE_KEY', 'ETH_PASSWORD', 'CAST_UNSAFE_PASSWORD']

/** `env` for a program that stores a key: it has no business with the wallet. */
export const childEnv = (env: Environment): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !SIGNER_VARIABLES.includes(name)))
