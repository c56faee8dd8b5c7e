import { keccak256, type LocalAccount } from 'viem'
import type { Signer } from '../../ports/signer.ts'
import { transferAuthorization } from '../transfer-authorization.ts'
import { assertDraftOf, assertPaymentOf, runSigner } from './signing.ts'

/**
 * Signs with a viem account: one made from a private key, or a `toAccount` bridge to a KMS or a wallet service. Wrap a
 * bridge in `verifyingSigner`.
 */
export function localAccountSigner(account: LocalAccount): Signer {
  const { address } = account
  return {
    address,
    signMessage: (text) => runSigner(address, () => account.signMessage({ message: text }), text),
    signTransaction: async (draft) => {
      assertDraftOf(address, draft)
      const raw = await runSigner(address, () =>
        account.signTransaction({
          type: 'eip1559',
          chainId: draft.chainId,
          nonce: draft.nonce,
          gas: BigInt(draft.gas),
          maxFeePerGas: BigInt(draft.maxFeePerGas),
          maxPriorityFeePerGas: BigInt(draft.maxPriorityFeePerGas),
          to: draft.to,
          data: draft.data,
          value: 0n,
        }),
      )
      return { raw, hash: keccak256(raw) }
    },
    signPayment: async (payment) => {
      assertPaymentOf(address, payment)
      return runSigner(address, () => account.signTypedData(transferAuthorization(payment)))
    },
  }
}
