import { getAddress, keccak256 } from 'viem'
import type { Hex } from '../../domain/addresses.ts'
import type { Draft } from '../../domain/attempt.ts'
import { CannotSignTransactionsError } from '../../errors/signer/signing.ts'
import { WalletOnOtherChainError } from '../../errors/wallet.ts'
import type { Signer } from '../../ports/signer.ts'
import { paymentSigner, type SendingOptions, sendingSigner, type TypedData } from './sending.ts'
import { assertDraftOf, hexOf, runSigner } from './signing.ts'

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

/** ethers requires mutable lists. */
type EthersTypes = Record<string, { name: string; type: string }[]>

/** The part of an ethers v6 `Signer` that is used. ethers itself is not needed. */
export interface EthersSigner {
  readonly provider?: { getNetwork(): Promise<{ chainId: bigint }> } | null
  getAddress(): Promise<string>
  signMessage(message: string): Promise<string>
  signTransaction?(transaction: EthersTransaction): Promise<string>
  signTypedData?(domain: TypedData['domain'], types: EthersTypes, message: TypedData['message']): Promise<string>
  sendTransaction?(transaction: EthersTransaction): Promise<{ hash: string }>
  /** A `JsonRpcSigner` has it. Wallets and nodes refuse its `signTransaction`. */
  sendUncheckedTransaction?(transaction: EthersTransaction): Promise<string>
}

/**
 * Signs with an ethers v6 signer. A `Wallet` signs itself. For a `JsonRpcSigner`, or any other without
 * `signTransaction`, transactions are recorded as intents and it sends them. Wrap a signer outside this process in
 * `verifyingSigner`.
 *
 * @throws {CannotSignTransactionsError} it can neither sign nor send.
 */
export async function ethersSigner(signer: EthersSigner, options: SendingOptions = {}): Promise<Signer> {
  const address = getAddress(await signer.getAddress())
  const signMessage = async (text: string) => hexOf(await signer.signMessage(text))
  const signTypedData = typedDataSigner(signer)
  const send = senderOf(signer)
  if (send !== null) {
    return sendingSigner({
      ...options,
      address,
      signMessage,
      signTypedData,
      async send(draft) {
        const network = await signer.provider?.getNetwork()
        const found = Number(network?.chainId ?? draft.chainId)
        if (found !== draft.chainId) throw new WalletOnOtherChainError({ address, found, wanted: draft.chainId })
        return send(transactionOf(draft))
      },
    })
  }
  if (typeof signer.signTransaction !== 'function') throw new CannotSignTransactionsError(address)
  const signTransaction = signer.signTransaction.bind(signer)
  return {
    address,
    signMessage: (text) => runSigner(address, () => signMessage(text), text),
    signTransaction: async (draft) => {
      assertDraftOf(address, draft)
      const raw = await runSigner(address, async () => hexOf(await signTransaction(transactionOf(draft))))
      return { raw, hash: keccak256(raw) }
    },
    ...paymentSigner(address, signTypedData),
  }
}

/** Its method to sign typed data, if it has one. */
function typedDataSigner(signer: EthersSigner): ((data: TypedData) => Promise<Hex>) | undefined {
  if (typeof signer.signTypedData !== 'function') return undefined
  const signTypedData = signer.signTypedData.bind(signer)
  return async ({ domain, types, message }) => {
    const listed = Object.fromEntries(Object.entries(types).map(([name, fields]) => [name, [...fields]]))
    return hexOf(await signTypedData(domain, listed, message))
  }
}

/** Its method to send, or null if it signs. */
function senderOf(signer: EthersSigner): ((transaction: EthersTransaction) => Promise<string>) | null {
  const { sendUncheckedTransaction, signTransaction, sendTransaction } = signer
  if (typeof sendUncheckedTransaction === 'function') return sendUncheckedTransaction.bind(signer)
  if (typeof signTransaction === 'function' || typeof sendTransaction !== 'function') return null
  return async (transaction) => (await sendTransaction.call(signer, transaction)).hash
}

const transactionOf = (draft: Draft): EthersTransaction => ({
  type: 2,
  chainId: draft.chainId,
  nonce: draft.nonce,
  gasLimit: BigInt(draft.gas),
  maxFeePerGas: BigInt(draft.maxFeePerGas),
  maxPriorityFeePerGas: BigInt(draft.maxPriorityFeePerGas),
  to: draft.to,
  data: draft.data,
  value: 0n,
})
