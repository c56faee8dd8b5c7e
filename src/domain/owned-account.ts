/** Kinds of smart accounts that need only the private key of their owner. */
export const OWNED_ACCOUNTS = ['coinbase'] as const
export type OwnedAccount = (typeof OWNED_ACCOUNTS)[number]
