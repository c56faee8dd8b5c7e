import { getAddress, keccak256 } from 'viem'
import type { Address } from '../../domain/addresses.ts'
import type { Draft } from '../../domain/attempt.ts'
import { UnknownWalletError } from '../../errors/signer/signing.ts'
import { WalletOnOtherChainError } from '../../errors/wallet.ts'
import type { Signer } from '../../ports/signer.ts'
import { transactionOf } from '../intent.ts'
import { messageSigner, paymentSigner, type SendingOptions, sendingSigner, type TypedData } from './sending.ts'
import { assertDraftOf, hexOf, runSigner } from './signing.ts'

/** The part of an AgentKit `EvmWalletProvider` that is used. */
export interface AgentKitWalletProvider {
  getAddress(): string
  getName(): string
  getNetwork(): { protocolFamily: string; chainId?: string }
  signMessage(message: string): Promise<string>
  signTypedData?(data: TypedData): Promise<string>
  signTransaction(transaction: ReturnType<typeof transactionOf>): Promise<string>
  sendTransaction(transaction: ReturnType<typeof transactionOf>): Promise<string>
}

export interface AgentKitOptions extends SendingOptions {
  /** Do not use its `signTransaction`. Default: true for providers known to leave out nonce, gas and fees. */
  sends?: boolean
}

/**
 * This provider's `signTransaction` and `sendTransaction` pass on only recipient, value and data. The client behind it
 * chooses the rest.
 *
 * @see https://github.com/coinbase/agentkit/blob/main/typescript/agentkit/src/wallet-providers/viemWalletProvider.ts (checked 2026-11-23)
 */
const SENDS = 'viem_wallet_provider'
/** Providers whose addresses are contracts and whose transactions are user operations. */
const SMART = /smart_wallet_provider|zerodev/

/**
 * Signs with a wallet provider of AgentKit. Most providers sign transactions as given. For `ViemWalletProvider`,
 * transactions are recorded as intents and it sends them. Providers of smart wallets sign only texts. Wrap it in
 * `verifyingSigner`.
 *
 * @throws {UnknownWalletError} it is of another kind of chain.
 */
export function agentKitSigner(provider: AgentKitWalletProvider, options: AgentKitOptions = {}): Signer {
  const { protocolFamily } = provider.getNetwork()
  if (protocolFamily !== 'evm') throw new UnknownWalletError(`a wallet provider of "${protocolFamily}"`)
  const address = getAddress(provider.getAddress())
  const name = provider.getName()
  const { sends = name === SENDS, ...sending } = options
  // Signs the text itself: the provider's own bridge to viem would sign another one.
  const signMessage = async (text: string) => hexOf(await provider.signMessage(text))
  const signTypedData =
    typeof provider.signTypedData === 'function'
      ? async (data: TypedData) => hexOf(await provider.signTypedData?.(data))
      : undefined
  if (SMART.test(name)) return messageSigner({ address, signMessage })
  const send = async (draft: Draft) => {
    requireChain(provider, address, draft)
    return provider.sendTransaction(transactionOf(draft))
  }
  if (sends) return sendingSigner({ ...sending, address, signMessage, signTypedData, send })
  return {
    address,
    signMessage: (text) => runSigner(address, () => signMessage(text), text),
    async signTransaction(draft) {
      assertDraftOf(address, draft)
      requireChain(provider, address, draft)
      const raw = await runSigner(address, async () => hexOf(await provider.signTransaction(transactionOf(draft))))
      return { raw, hash: keccak256(raw) }
    },
    ...paymentSigner(address, signTypedData),
  }
}

function requireChain(provider: AgentKitWalletProvider, address: Address, { chainId: wanted }: Draft): void {
  const { chainId } = provider.getNetwork()
  const found = Number(chainId ?? wanted)
  if (found !== wanted) throw new WalletOnOtherChainError({ address, found, wanted })
}
