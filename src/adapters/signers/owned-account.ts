import {
  concat,
  createClient,
  defineChain,
  encodeAbiParameters,
  fallback,
  getCreate2Address,
  http,
  keccak256,
  pad,
  parseAbiParameters,
} from 'viem'
import { toCoinbaseSmartAccount } from 'viem/account-abstraction'
import { type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import type { OwnedAccount } from '../../domain/owned-account.ts'
import type { Signer } from '../../ports/signer.ts'
import { privateKeySigner } from './private-key.ts'
import { privateKeyOwner } from './private-key-owner.ts'
import { type SmartAccountOptions, smartAccount } from './smart-account.ts'

/** Version 1.1 of Coinbase Smart Wallet, on every chain. @see https://github.com/coinbase/smart-wallet#deployments (checked 2026-12-01) */
const COINBASE = {
  factory: '0xBA5ED110eFDBa3D005bfC882d75358ACBbB85842',
  implementation: '0x00000110dCdEdC9581cb5eCB8467282f2926534d',
} as const

export interface OwnedAccountOptions extends SmartAccountOptions {
  kind: OwnedAccount
  /** The owner's key, in hex. */
  key: string
  /** Where the key came from, for errors. */
  source: string
  /** Over HTTP, in order of preference. */
  rpcUrls: readonly string[]
}

/**
 * Signs as a smart account whose only owner is a private key. Its address is computed here, so that no endpoint can
 * name another one to be funded. Sends no requests by itself.
 *
 * @throws {BadPrivateKeyError}
 */
export async function ownedAccount({ key, source, rpcUrls, ...options }: OwnedAccountOptions): Promise<Signer> {
  const { recordSecret } = privateKeySigner(key, source)
  const owner = privateKeyOwner(key, source)
  const { bundlerUrl, paymasterUrl, paymasterContext } = options
  const account = await toCoinbaseSmartAccount({
    client: createClient({
      chain,
      transport: fallback(
        rpcUrls.map((url) => http(url, { retryCount: 0 })),
        { retryCount: 0 },
      ),
    }),
    owners: [owner],
    version: '1.1',
    address: coinbaseAddress(owner.address),
  })
  const signer = smartAccount(account, {
    bundlerUrl,
    ...(paymasterUrl !== undefined && { paymasterUrl }),
    ...(paymasterContext !== undefined && { paymasterContext }),
  })
  return { ...signer, ...(recordSecret && { recordSecret }) }
}

const chain = defineChain({
  id: BASE_CHAIN_ID,
  name: 'Base',
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: [] } },
})

/**
 * The address at which the factory deploys the first account of this owner: an ERC-1967 proxy of Solady, by CREATE2.
 * Pure.
 *
 * @see https://github.com/coinbase/smart-wallet/blob/v1.1.0/src/CoinbaseSmartWalletFactory.sol (checked 2026-12-01)
 */
export function coinbaseAddress(
  owner: Address,
  { factory, implementation }: { factory: Address; implementation: Address } = COINBASE,
): Address {
  const salt = keccak256(encodeAbiParameters(parseAbiParameters('bytes[], uint256'), [[pad(owner)], 0n]))
  const bytecode = concat([
    '0x603d3d8160223d3973',
    implementation,
    '0x60095155f3363d3d373d3d363d7f360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc545af43d6000803e6038573d6000fd5b3d6000f3',
  ])
  return getCreate2Address({ from: factory, salt, bytecode })
}
