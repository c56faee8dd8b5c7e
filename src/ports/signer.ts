import type { Address, Hex } from '../domain/addresses.ts'
import type { Draft } from '../domain/attempt.ts'

/** The staking wallet. Holds the key; nothing but signatures comes out. */
export interface Signer {
  readonly address: Address
  /** Signs with EIP-191 `personal_sign`, over the UTF-8 bytes of `text`. No side effects. */
  signMessage(text: string): Promise<Hex>
  /** Signs an EIP-1559 transaction without sending it. `hash` is keccak-256 of `raw`. No side effects. */
  signTransaction(draft: Draft): Promise<{ raw: Hex; hash: Hex }>
}
