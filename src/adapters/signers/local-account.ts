import { getAddress, keccak256 } from 'viem'
import type { Address, Hex } from '../../domain/addresses.ts'
import type { Signer } from '../../ports/signer.ts'
import { transactionOf } from '../intent.ts'
import { paymentSigner, type TypedData } from './sending.ts'
import { assertDraftOf, hexOf, runSigner } from './signing.ts'

/**
 * The part of an account with viem's methods that is used. It is declared here, so that importing it does not need
 * viem.
 */
export interface SigningAccount {
  readonly address: Address
  signMessage(parameters: { message: string }): Promise<Hex>
  signTransaction(transaction: ReturnType<typeof transactionOf>): Promise<Hex>
  /** Absent if it signs no payments. */
  signTypedData?(data: TypedData): Promise<Hex>
}

/**
 * Signs with an account that has viem's methods: one made from a private key, a `toAccount` bridge to a KMS, or the account of a
 * wallet service, such as CDP's `EvmServerAccount`. Wrap all but the first in `verifyingSigner`.
 */
export function localAccountSigner(account: SigningAccount): Signer {
  const address = getAddress(account.address)
  const signTypedData =
    typeof account.signTypedData === 'function'
      ? async (data: TypedData) => hexOf(await account.signTypedData?.(data))
      : undefined
  return {
    address,
    signMessage: (text) => runSigner(address, async () => hexOf(await account.signMessage({ message: text })), text),
    signTransaction: async (draft) => {
      assertDraftOf(address, draft)
      const raw = await runSigner(address, async () => hexOf(await account.signTransaction(transactionOf(draft))))
      return { raw, hash: keccak256(raw) }
    },
    ...paymentSigner(address, signTypedData),
  }
}
