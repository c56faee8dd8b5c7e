import { getAddress, isHex, keccak256 } from 'viem'
import type { Hex } from '../../domain/addresses.ts'
import { CannotSignTransactionsError } from '../../errors/secrets.ts'
import type { Signer } from '../../ports/signer.ts'
import { assertDraftOf, runSigner } from './signing.ts'

interface EthersTransaction {
  type: 2
  chainId: number
  nonce: number
  gasLimit: bigint
  maxFeePerGas: bigint
  maxPriorityFeePerGas: bigint
  to: string
  data: string
  value: bigint
}

/** The part of an ethers v6 `Signer` that is used. ethers itself is not needed. */
export interface EthersSigner {
  getAddress(): Promise<string>
  signMessage(message: string): Promise<string>
  signTransaction?(transaction: EthersTransaction): Promise<string>
}

/**
 * Signs with an ethers v6 signer, e.g. a `Wallet`. Wrap one that is not in this process in `verifyingSigner`.
 *
 * @throws {CannotSignTransactionsError} it has no `signTransaction`. A `JsonRpcSigner` has one that most nodes refuse:
 * that is a `SigningFailedError` when it is first asked.
 */
export async function ethersSigner(signer: EthersSigner): Promise<Signer> {
  const address = getAddress(await signer.getAddress())
  if (typeof signer.signTransaction !== 'function') throw new CannotSignTransactionsError(address)
  const signTransaction = signer.signTransaction.bind(signer)
  return {
    address,
    signMessage: (text) => runSigner(address, async () => hexOf(await signer.signMessage(text)), text),
    signTransaction: async (draft) => {
      assertDraftOf(address, draft)
      const raw = await runSigner(address, async () =>
        hexOf(
          await signTransaction({
            type: 2,
            chainId: draft.chainId,
            nonce: draft.nonce,
            gasLimit: BigInt(draft.gas),
            maxFeePerGas: BigInt(draft.maxFeePerGas),
            maxPriorityFeePerGas: BigInt(draft.maxPriorityFeePerGas),
            to: draft.to,
            data: draft.data,
            value: 0n,
          }),
        ),
      )
      return { raw, hash: keccak256(raw) }
    },
  }
}

function hexOf(answer: string): Hex {
  if (!isHex(answer)) throw new Error('The signer answered with something that is not hex.')
  return answer
}
