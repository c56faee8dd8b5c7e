import { createPublicClient, custom } from 'viem'
import { type Address, BASE_CHAIN_ID, type Hex } from '../../domain/addresses.ts'
import { EntryPointUnknownError } from '../../errors/bundler.ts'
import { CannotSignTransactionsError, SignatureInvalidError } from '../../errors/signer/signing.ts'
import type { AccountCall, EntryPointVersion, OperationAccount } from '../../ports/account.ts'
import type { Signer } from '../../ports/signer.ts'
import { operationHash, operationOf, serialized, viemOperation } from '../user-operation.ts'
import { assertDraftOf, runSigner } from './signing.ts'
import { canonical } from './verify.ts'

/** The part of a viem `SmartAccount` that is used. It is declared here, so that importing it does not need viem. */
export interface SmartAccountLike {
  readonly address: Address
  readonly type: 'smart'
  // biome-ignore lint/suspicious/noExplicitAny: viem types each method that its clients know
  readonly client: { request(request: any, options?: any): Promise<any> }
  readonly entryPoint: { readonly address: Address; readonly version: string }
  encodeCalls(calls: readonly AccountCall[]): Promise<Hex>
  getFactoryArgs(): Promise<{ factory?: Address | undefined; factoryData?: Hex | undefined }>
  getStubSignature(): Promise<Hex>
  signMessage(parameters: { message: string }): Promise<Hex>
  // biome-ignore lint/suspicious/noExplicitAny: viem's union of operations of all versions
  signUserOperation(parameters: any): Promise<Hex>
}

export interface SmartAccountOptions {
  /** The bundler (ERC-7769). Choose it yourself: it gets signed operations. */
  bundlerUrl: string
  /** The paymaster service (ERC-7677). Default: the account pays in ETH. */
  paymasterUrl?: string
  /** For that service, e.g. `{ policyId: '…' }`. Not recorded. */
  paymasterContext?: Readonly<Record<string, unknown>>
}

const VERSIONS: readonly string[] = ['0.6', '0.7', '0.8'] satisfies EntryPointVersion[]

/**
 * Signs with a smart account of viem, which acts through user operations (ERC-4337, EntryPoint 0.6 to 0.8): approve and
 * stake are one operation, all or nothing. The operation is signed and recorded before the bundler gets it. It has its
 * own nonce, so that the same one is sent again in any doubt. Messages are signed in the form of the account's contract
 * (ERC-1271, and ERC-6492 before it is deployed); each is checked with that contract before it is used.
 *
 * Sends no requests by itself.
 *
 * @param account - e.g. of `toCoinbaseSmartAccount` or `toSafeSmartAccount`.
 * @throws {EntryPointUnknownError} it is of another version.
 */
export function smartAccount(account: SmartAccountLike, options: SmartAccountOptions): Signer {
  const { address, entryPoint, client } = account
  if (!VERSIONS.includes(entryPoint.version)) throw new EntryPointUnknownError(entryPoint.version)
  const version = entryPoint.version as EntryPointVersion
  const operations: OperationAccount = {
    ...options,
    entryPoint: { address: entryPoint.address, version },
    callData: (calls) => account.encodeCalls(calls.map((call) => ({ ...call, value: 0n }))),
    async factory() {
      const { factory, factoryData } = await account.getFactoryArgs()
      return factory === undefined || factoryData === undefined ? null : { address: factory, data: factoryData }
    },
    stubSignature: () => account.getStubSignature(),
  }
  const reader = createPublicClient({
    transport: custom({ request: (request) => client.request(request, { retryCount: 0 }) }, { retryCount: 0 }),
  })
  return {
    address,
    operations,
    async signMessage(text) {
      const signature = canonical(await runSigner(address, () => account.signMessage({ message: text }), text))
      const isValid = await runSigner(address, () => reader.verifyMessage({ address, message: text, signature }), text)
      if (!isValid) throw new SignatureInvalidError(address, null)
      return signature
    },
    async signTransaction(draft) {
      assertDraftOf(address, draft)
      const operation = operationOf(draft)
      if (operation === null) throw new CannotSignTransactionsError(address)
      const unsigned = { ...viemOperation(operation, version), chainId: BASE_CHAIN_ID }
      const signature = await runSigner(address, () => account.signUserOperation(unsigned))
      return { raw: serialized(operation, signature), hash: operationHash(operation, version) }
    },
  }
}
