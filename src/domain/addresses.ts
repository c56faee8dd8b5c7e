/** 20 bytes, 0x-prefixed. */
export type Address = `0x${string}`
/** Bytes, 0x-prefixed hex. */
export type Hex = `0x${string}`

/** Base mainnet. Venice checks the staking wallet only there. */
export const BASE_CHAIN_ID = 8453

/**
 * The contracts on Base this product talks to.
 *
 * @see https://docs.venice.ai/overview/vvv-diem (checked 2026-11-22)
 */
export const ADDRESSES = {
  vvv: '0xacfE6019Ed1A7Dc6f7B508C02d1b04ec88cC21bf',
  /** ERC-1967 proxy; also the sVVV token. */
  staking: '0x321b7ff75154472B18EDb199033fF4D116F340Ff',
  /**
   * "StakingV2": in the proxy's EIP-1967 slot since block 34,455,271 (2025-08-20), and still at block 51,091,381.
   * Sourcify has its source (exact match). Another address in the slot means that Venice upgraded it since. No hash of
   * its code is published.
   *
   * @see https://sourcify.dev (checked 2026-11-22)
   */
  stakingImplementation: '0xe37A7920dbc11253ac6d031C29f592f71B348DCA',
  diem: '0xF4d97F2da56e8c3098f3a8D538DB630A2606a024',
  usdc: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
  multicall3: '0xcA11bde05977b3631167028862bE2a173976CA11',
  gasPriceOracle: '0x420000000000000000000000000000000000000F',
} as const satisfies Record<string, Address>

/** Whether both are the same address. The case of letters does not matter: it is only a checksum (EIP-55). */
export const isSameAddress = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** Whether the staking proxy points to the implementation of record. */
export const isOfRecord = (implementation: Address | null): boolean =>
  isSameAddress(implementation ?? '', ADDRESSES.stakingImplementation)

/** Venice's public API. @see https://docs.venice.ai/api-reference/api-spec (checked 2026-11-22) */
export const VENICE_API_URL = 'https://api.venice.ai/api/v1'

/** URL of an address or a transaction in Base's explorer. */
export const explorerUrl = (kind: 'address' | 'tx', id: string): string => `https://basescan.org/${kind}/${id}`

/** 0x and 40 hex digits. */
export const ADDRESS_PATTERN = /^0x[0-9a-fA-F]{40}$/
