import { getAddress, isAddress, numberToHex, stringToHex } from 'viem'
import { type Address, isSameAddress } from '../../domain/addresses.ts'
import type { Draft } from '../../domain/attempt.ts'
import { CannotSignTransactionsError, NoAccountError } from '../../errors/signer/signing.ts'
import { WalletOnOtherChainError } from '../../errors/wallet.ts'
import type { Signer } from '../../ports/signer.ts'
import { localAccountSigner, type SigningAccount } from './local-account.ts'
import { messageSigner, type SendingOptions, sendingSigner, typedDataText } from './sending.ts'
import { hexOf, runSigner } from './signing.ts'

/**
 * The interface of a browser, a wallet service or a node for requests to a wallet. @see
 * https://eips.ethereum.org/EIPS/eip-1193
 */
export interface Eip1193Provider {
  // biome-ignore lint/suspicious/noExplicitAny: every library types the methods it knows
  request(request: any, options?: any): Promise<unknown>
}

/** The part of a viem `WalletClient` that is used. */
export interface WalletClientLike extends Eip1193Provider {
  account?: { readonly address: Address; readonly type: string } | undefined
}

/** An account with viem's methods, or some of them. */
export interface AccountLike
  extends Omit<SigningAccount, 'signTransaction'>,
    Partial<Pick<SigningAccount, 'signTransaction'>> {
  /** `local` or `smart` in viem; wallet services use their own words, such as CDP's `evm-server`. */
  readonly type?: string
}

export interface Eip1193Options extends SendingOptions {
  /** One of those the wallet shows. Default: the first. */
  address?: Address
}

/**
 * Signs with the wallet behind an EIP-1193 provider. It signs transactions only while it sends them, so they are
 * recorded as intents. Side effects: requests the accounts. Wrap it in `verifyingSigner`.
 *
 * @throws {NoAccountError} {SigningFailedError}
 */
export async function eip1193Signer(
  provider: Eip1193Provider,
  { address: wanted, ...options }: Eip1193Options = {},
): Promise<Signer> {
  // viem's clients repeat failed requests, unless told not to. Other providers have no second parameter.
  const ask = (method: string, params: unknown[] = []) => provider.request({ method, params }, { retryCount: 0 })
  const address = accountIn(await runSigner(wanted ?? NOBODY, () => ask('eth_accounts')), wanted)
  return sendingSigner({
    ...options,
    address,
    signMessage: async (text) => hexOf(await ask('personal_sign', [stringToHex(text), address])),
    signTypedData: async (data) => hexOf(await ask('eth_signTypedData_v4', [address, typedDataText(data)])),
    async send(draft) {
      const chainId = Number(await ask('eth_chainId'))
      if (chainId !== draft.chainId)
        throw new WalletOnOtherChainError({ address, found: chainId, wanted: draft.chainId })
      return ask('eth_sendTransaction', [requestOf(draft)])
    },
  })
}

/**
 * Signs with a viem `WalletClient`. A local account signs itself; for an account of a wallet, the wallet signs and
 * sends.
 *
 * @throws {NoAccountError} {SigningFailedError}
 */
export async function walletClientSigner(client: WalletClientLike, options: SendingOptions = {}): Promise<Signer> {
  const { account } = client
  if (account === undefined) return eip1193Signer(client, options)
  const { address } = account
  // Any other has viem's methods to sign with.
  return account.type === 'json-rpc'
    ? eip1193Signer(client, { ...options, address })
    : accountSigner(account as AccountLike)
}

/**
 * Signs with an account that has viem's methods: one of any type that signs transactions, or a smart account, which
 * signs only texts.
 *
 * @throws {CannotSignTransactionsError} it is neither.
 */
export function accountSigner(account: AccountLike): Signer {
  const { address } = account
  if (isSmart(account)) {
    return messageSigner({ address, signMessage: (text) => account.signMessage({ message: text }) })
  }
  if (typeof account.signTransaction !== 'function') throw new CannotSignTransactionsError(address)
  return localAccountSigner(account as SigningAccount)
}

const isSmart = (account: AccountLike): boolean =>
  account.type === 'smart' || typeof Reflect.get(account, 'signUserOperation') === 'function'

const NOBODY: Address = '0x0000000000000000000000000000000000000000'

function accountIn(accounts: unknown, wanted: Address | undefined): Address {
  const shown = (Array.isArray(accounts) ? accounts : []).filter((account) => isAddress(account, { strict: false }))
  const found = shown.find((account) => wanted === undefined || isSameAddress(account, wanted))
  if (found === undefined) throw new NoAccountError(wanted)
  return getAddress(found)
}

const requestOf = (draft: Draft) => ({
  type: '0x2',
  chainId: numberToHex(draft.chainId),
  from: draft.from,
  to: draft.to,
  data: draft.data,
  value: '0x0',
  nonce: numberToHex(draft.nonce),
  gas: numberToHex(BigInt(draft.gas)),
  maxFeePerGas: numberToHex(BigInt(draft.maxFeePerGas)),
  maxPriorityFeePerGas: numberToHex(BigInt(draft.maxPriorityFeePerGas)),
})
