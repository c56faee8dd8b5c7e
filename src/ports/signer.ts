import type { Address, Hex } from '../domain/addresses.ts'
import type { Draft } from '../domain/attempt.ts'
import type { Payment } from '../domain/payment.ts'
import type { CallsAccount, OperationAccount } from './account.ts'

/** How a wallet sends that cannot sign without sending. */
export interface Sending {
  /**
   * The wallet sends under the nonce it is given: to ask again for what may be out is safe, because a nonce is mined
   * once. False where that is not known: what may be out is then looked for, and never asked for again.
   */
  readonly honoursNonces: boolean
  /** Whether `id` was made here by `signTransaction`, and the wallet was never asked to send it, or said that it did not. */
  isUnsent(id: Hex): boolean
  /**
   * Has the wallet sign `draft` and send it. Side effect: a transaction, even where this rejects and the answer was lost.
   *
   * @returns the hash that the wallet gave it.
   * @throws {OtherAccountError} {SigningRefusedError} {PolicyRefusedError} {RequestRejectedError} {SigningFailedError}
   * @throws {WalletOnOtherChainError}
   */
  send(draft: Draft): Promise<Hex>
}

/** The staking wallet. Holds the key; nothing but signatures comes out. */
export interface Signer {
  readonly address: Address
  /** Signs with EIP-191 `personal_sign`, over the UTF-8 bytes of `text`. No side effects. */
  signMessage(text: string): Promise<Hex>
  /**
   * Signs an EIP-1559 transaction without sending it. `hash` is keccak-256 of `raw`. Of a wallet that cannot do that,
   * nothing is asked: `raw` is null, and `hash` an id of the draft, to be recorded before `sending.send`. No side effects.
   */
  signTransaction(draft: Draft): Promise<{ raw: Hex | null; hash: Hex }>
  /**
   * Signs the EIP-3009 authorisation of a payment, as EIP-712 typed data of its asset. No side effects, but whoever holds
   * the signature can have the payment made. Absent where the wallet signs no typed data.
   */
  signPayment?(payment: Payment): Promise<Hex>
  /**
   * Of an account that acts through user operations: `signTransaction` then signs those alone. Their `hash` is that which
   * EntryPoint calls them by, and `raw` the operation with its signature, in a form of this program's own.
   */
  readonly operations?: OperationAccount
  /** Of a wallet that makes calls together: it sends those alone, by `sending`, under the id that their batch has. */
  readonly calls?: CallsAccount
  /** Of a wallet that cannot sign without sending. */
  readonly sending?: Sending
  /**
   * A secret that follows from the wallet's key, and from which nothing of that key follows: records are sealed with it.
   * Absent where the key is not in this process. No side effects; the same each time; never stored or shown.
   */
  recordSecret?(): string
}
