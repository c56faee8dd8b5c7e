import type { Address, Hex } from '../domain/addresses.ts'
import type { Draft } from '../domain/attempt.ts'
import type { Payment } from '../domain/payment.ts'
import type { CallsAccount, OperationAccount } from './account.ts'

/** Sends through a wallet that cannot sign without sending. */
export interface Sending {
  /**
   * The wallet uses the nonce it is given. Asking it again is then safe, because each nonce is mined once. False if
   * that is not known: a transaction that may have been sent is then searched for, and never requested again.
   */
  readonly honoursNonces: boolean
  /**
   * Whether `signTransaction` of this process made `id`, and the wallet was never asked to send it or said that it did
   * not.
   */
  isUnsent(id: Hex): boolean
  /**
   * Has the wallet sign `draft` and send it. Side effect: a transaction, possibly also when this rejects because the
   * answer was lost.
   *
   * @returns the hash that the wallet gave it.
   * @throws {OtherAccountError} {SigningRefusedError} {PolicyRefusedError} {RequestRejectedError} {SigningFailedError}
   * @throws {WalletOnOtherChainError}
   */
  send(draft: Draft): Promise<Hex>
}

/** The staking wallet. Holds the private key and gives out only signatures. */
export interface Signer {
  readonly address: Address
  /** Signs with EIP-191 `personal_sign`, over the UTF-8 bytes of `text`. No side effects. */
  signMessage(text: string): Promise<Hex>
  /**
   * Signs an EIP-1559 transaction without sending it. `hash` is keccak-256 of `raw`. A wallet that cannot do that is
   * not asked: `raw` is null, and `hash` is an id of the draft, to be recorded before `sending.send`. No side effects.
   */
  signTransaction(draft: Draft): Promise<{ raw: Hex | null; hash: Hex }>
  /**
   * Signs the EIP-3009 authorisation of a payment, as EIP-712 typed data of its asset. No side effects, but anyone who
   * has the signature can make the payment. Absent if the wallet signs no typed data.
   */
  signPayment?(payment: Payment): Promise<Hex>
  /**
   * Present on an account that acts through user operations; `signTransaction` then signs only those. `hash` is
   * EntryPoint's hash of the operation, and `raw` the signed operation in this program's own encoding.
   */
  readonly operations?: OperationAccount
  /** Present on a wallet that makes calls together. It sends only those, by `sending`, under the id of their batch. */
  readonly calls?: CallsAccount
  /** Present on a wallet that cannot sign without sending. */
  readonly sending?: Sending
  /**
   * Does ahead what the first signature would wait for, such as the tables of a curve. Signs nothing, sends no request, and
   * never throws. Absent if there is nothing to prepare.
   */
  prepare?(): void
  /**
   * A secret derived from the wallet's key, which does not reveal that key. It seals the records. Absent if the key is
   * not in this process. No side effects; the same each time; never stored or shown.
   */
  recordSecret?(): string
}
