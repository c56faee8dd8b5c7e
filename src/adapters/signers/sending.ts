import { getTypesForEIP712Domain, serializeTypedData, type TypedDataDefinition } from 'viem'
import type { Address, Hex } from '../../domain/addresses.ts'
import type { Draft } from '../../domain/attempt.ts'
import { OnboardingError } from '../../errors/base.ts'
import { SigningFailedError } from '../../errors/signer/signing.ts'
import { UserOperationsError } from '../../errors/wallet.ts'
import type { Signer } from '../../ports/signer.ts'
import { intentId } from '../intent.ts'
import { transferAuthorization } from '../transfer-authorization.ts'
import { assertDraftOf, assertPaymentOf, codeIn, runSigner } from './signing.ts'

export interface SendingOptions {
  /**
   * The wallet always uses the nonce that it is given. Default false, because wallets for people choose their own:
   * MetaMask ignores the nonce of a request.
   *
   * @see https://docs.metamask.io/wallet/reference/json-rpc-methods/eth_sendtransaction (checked 2026-11-23)
   */
  honoursNonces?: boolean
  /**
   * A person checked the wallet: it did not send the recorded transactions that the network does not show. This
   * resolves `wallet/send-outcome-unknown`. Default false.
   */
  notSent?: boolean
}

interface SendingWallet extends SendingOptions {
  address: Address
  signMessage(text: string): Promise<Hex>
  /** Signs and sends; resolves to the hash. */
  send(draft: Draft): Promise<unknown>
  /** Signs EIP-712 typed data. Absent if the wallet does not. */
  signTypedData?: ((data: TypedData) => Promise<Hex>) | undefined
}

export type TypedData = ReturnType<typeof transferAuthorization>

/** EIP-1193's, JSON-RPC's and ethers' codes for a request that was refused before anything was sent. */
const NOT_SENT: readonly unknown[] = [
  4001,
  4100,
  4200,
  -32600,
  -32601,
  -32602,
  'ACTION_REJECTED',
  'CALL_EXCEPTION',
  'INSUFFICIENT_FUNDS',
  'INVALID_ARGUMENT',
  'UNSUPPORTED_OPERATION',
]

/** A signer for a wallet that cannot sign a transaction without sending it. It "signs" an intent. */
export function sendingSigner({
  address,
  signMessage,
  send,
  signTypedData,
  honoursNonces = false,
  notSent = false,
}: SendingWallet): Signer {
  const unsent = new Set<Hex>()
  const asked = new Set<Hex>()
  const restore = (id: Hex) => {
    asked.delete(id)
    unsent.add(id)
  }
  return {
    address,
    signMessage: (text) => runSigner(address, () => signMessage(text), text),
    async signTransaction(draft) {
      assertDraftOf(address, draft)
      const hash = intentId(draft)
      if (!asked.has(hash)) unsent.add(hash)
      return { raw: null, hash }
    },
    sending: {
      honoursNonces,
      isUnsent: (id) => unsent.has(id) || (notSent && !asked.has(id)),
      async send(draft) {
        assertDraftOf(address, draft)
        const id = intentId(draft)
        const isFirst = !asked.has(id)
        unsent.delete(id)
        asked.add(id)
        const hash = await runSigner(address, () =>
          send(draft).catch((error: unknown) => {
            if (isFirst && wasNotSent(error)) restore(id)
            throw error
          }),
        )
        if (typeof hash === 'string' && /^0x[0-9a-f]{64}$/i.test(hash)) return hash as Hex
        throw new SigningFailedError({ address, reason: 'It did not answer with the hash of a transaction.' })
      },
    },
    ...paymentSigner(address, signTypedData),
  }
}

/** The form for `eth_signTypedData_v4`: viem leaves out a domain whose type is not listed with the others. */
export function typedDataText({ domain, types, ...rest }: TypedData): string {
  const listed = { EIP712Domain: getTypesForEIP712Domain({ domain }), ...types }
  const definition: TypedDataDefinition = { ...rest, domain, types: listed }
  return serializeTypedData(definition)
}

/** The method with which a wallet signs a payment; none if it signs no typed data. */
export const paymentSigner = (
  address: Address,
  signTypedData: SendingWallet['signTypedData'],
): Pick<Signer, 'signPayment'> =>
  signTypedData === undefined
    ? {}
    : {
        async signPayment(payment) {
          assertPaymentOf(address, payment)
          return runSigner(address, () => signTypedData(transferAuthorization(payment)))
        },
      }

/** A signer for a contract account, which sends user operations. It signs only texts. */
export const messageSigner = ({ address, signMessage }: Pick<SendingWallet, 'address' | 'signMessage'>): Signer => ({
  address,
  signMessage: (text) => runSigner(address, () => signMessage(text), text),
  signTransaction: () => Promise.reject(new UserOperationsError(address)),
})

/** An error of ours is thrown before the wallet is asked. */
const wasNotSent = (error: unknown): boolean => error instanceof OnboardingError || NOT_SENT.includes(codeIn(error))
