/** Kinds of smart accounts that are made of the private key of their owner alone. */
export const OWNED_ACCOUNTS = ['coinbase'] as const
export type OwnedAccount = (typeof OWNED_ACCOUNTS)[number]
