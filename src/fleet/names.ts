import type { Address } from '../domain/addresses.ts'

/** Names of the services at Restate. Released ones are never changed: runs in flight are found by them. */
export const WALLETS = 'VeniceOnboardWallet'
export const TREASURIES = 'VeniceOnboardTreasury'
export const LIMITS = 'VeniceOnboardLimits'
export const BUDGET = 'VeniceOnboardBudget'

/** Keys of the state of a wallet, or of a treasury; `token` of the limits. */
export const STATE = {
  /** The sealed envelope: the authority. */
  record: 'record',
  /** A {@link WalletSummary}, or a {@link TreasurySummary}. */
  summary: 'summary',
  /** The {@link Order} of the last pass, for the next one. */
  order: 'order',
  /** What a worker shows for a lease. */
  token: 'token',
  /** The events of one revision, as JSON. */
  events: (revision: number): string => `events/${String(revision).padStart(6, '0')}`,
} as const

/** Key of the object of a wallet, or of a treasury. */
export const walletKey = ({ chainId, address }: { chainId: number; address: string }): string =>
  `${chainId}-${address.toLowerCase()}`

/** The wallet of a key, or null when it is none. */
export function walletOf(key: string): { chainId: number; address: Address } | null {
  const [, chainId, address] = /^(\d{1,12})-(0x[0-9a-f]{40})$/.exec(key) ?? []
  return chainId === undefined || address === undefined
    ? null
    : { chainId: Number(chainId), address: address as Address }
}
