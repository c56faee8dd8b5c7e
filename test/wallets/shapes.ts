import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encryptKeystoreJson, JsonRpcProvider, JsonRpcSigner, Wallet } from 'ethers'
import {
  createPublicClient,
  createWalletClient,
  custom,
  type Hex,
  http,
  isHex,
  parseTransaction,
  serializeTransaction,
  type TransactionSerializable,
  type WalletClient,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { base } from 'viem/chains'
import { execSigner } from '../../src/adapters/signers/exec.ts'
import { keystoreSigner } from '../../src/adapters/signers/keystore.ts'
import { kmsSigner } from '../../src/adapters/signers/kms.ts'
import type { TypedData } from '../../src/adapters/signers/sending.ts'
import type { WalletLike } from '../../src/adapters/signers/signer-from.ts'
import type { Address } from '../../src/domain/addresses.ts'
import type { Signer } from '../../src/ports/signer.ts'
import { keyService } from './key-service.ts'

/** Input for a shape: the key itself, the node, and a wallet with that key behind a URL. */
export interface Opening {
  address: Address
  privateKey: Hex
  rpcUrl: string
  walletUrl: string
  /** An empty folder. */
  cwd: string
}

/** An EIP-1193 provider like in a page: every request goes to the wallet. */
const provider = (url: string) => ({
  async request({ method, params = [] }: { method: string; params?: unknown }): Promise<unknown> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const reply = await fetch(url, { method: 'POST', body })
    const { result, error } = (await reply.json()) as { result?: unknown; error?: { code: number; message: string } }
    if (error) throw Object.assign(new Error(error.message), { code: error.code })
    return result
  },
})

function jsonRpcSigner({ address, walletUrl }: Opening): JsonRpcSigner {
  const network = { chainId: 8453, name: 'base' }
  return new JsonRpcSigner(new JsonRpcProvider(walletUrl, network, { staticNetwork: true }), address)
}

/**
 * `ViemWalletProvider` of AgentKit after its source: both methods pass on recipient, value and data; it signs a text of
 * hex digits as bytes; what it sends gets 1.2 times the gas of an estimate.
 *
 * @see https://github.com/coinbase/agentkit/blob/main/typescript/agentkit/src/wallet-providers/viemWalletProvider.ts (checked 2026-12-01)
 */
function viemWalletProvider(client: WalletClient, { address, rpcUrl }: Opening) {
  const account = client.account
  if (!account) throw new Error('Account not found')
  const node = createPublicClient({ chain: base, transport: http(rpcUrl) })
  type Call = { to: Address; data: Hex; value: bigint }
  const callOf = ({ to, data, value }: Call) => ({ account, to, data, value })
  return {
    getAddress: () => address as string,
    getName: () => 'viem_wallet_provider',
    getNetwork: () => ({ protocolFamily: 'evm', chainId: '8453' }),
    signMessage: (message: string) =>
      client.signMessage({ account, message: isHex(message) ? { raw: message } : message }),
    signTypedData: (data: TypedData) => client.signTypedData({ account, ...data }),
    signTransaction: (call: Call) => client.signTransaction({ ...callOf(call), chain: base }),
    async sendTransaction(call: Call) {
      const fees = await node.estimateFeesPerGas()
      const gas = await node.estimateGas(callOf(call))
      return client.sendTransaction({ ...callOf(call), ...fees, chain: base, gas: (gas * 12n) / 10n })
    },
  }
}

/** `CdpEvmWalletProvider` of AgentKit, with the account in this process: it signs every field unchanged. */
function cdpWalletProvider(privateKey: Hex) {
  const account = privateKeyToAccount(privateKey)
  return {
    getAddress: () => account.address as string,
    getName: () => 'cdp_evm_wallet_provider',
    getNetwork: () => ({ protocolFamily: 'evm', chainId: '8453' }),
    signMessage: (message: string) => account.signMessage({ message }),
    signTransaction: account.signTransaction,
    sendTransaction: () => Promise.reject(new Error('It sends twice after a lost answer.')),
  }
}

/**
 * `EvmServerAccount` of CDP's SDK after its source: viem's methods under a type of its own; the service signs a transaction
 * that the SDK serializes.
 *
 * @see https://github.com/coinbase/cdp-sdk/blob/main/typescript/src/accounts/evm/toEvmServerAccount.ts (checked 2026-12-01)
 */
function cdpServerAccount(privateKey: Hex) {
  const account = privateKeyToAccount(privateKey)
  return {
    address: account.address,
    name: 'agent',
    type: 'evm-server' as const,
    policies: [],
    sign: account.sign,
    signMessage: account.signMessage,
    signTypedData: account.signTypedData,
    signTransaction: (transaction: TransactionSerializable) =>
      account.signTransaction(parseTransaction(serializeTransaction(transaction))),
    sendTransaction: () => Promise.reject(new Error('It sends twice after a lost answer.')),
  }
}

/** A file in `cwd` that holds the key, and the command of the examples that signs with it. */
function commandSigner({ privateKey, cwd }: Opening): Promise<Signer> {
  const path = join(cwd, 'wallet-key')
  writeFileSync(path, privateKey, { mode: 0o600 })
  const command = `'${process.execPath}' '${fileURLToPath(COMMAND)}' '${path}'`
  return execSigner({ command, cwd, env: { PATH: process.env.PATH } })
}
const COMMAND = new URL('../../examples/signers/command.mjs', import.meta.url)

/** A V3 keystore made by ethers, and its password. */
async function keystore({ address, privateKey, cwd }: Opening): Promise<Signer> {
  const [path, passwordFile] = [join(cwd, 'keystore.json'), join(cwd, 'password')]
  writeFileSync(passwordFile, 'password', { mode: 0o600 })
  writeFileSync(
    path,
    await encryptKeystoreJson({ address, privateKey }, 'password', { scrypt: { N: 1024, r: 8, p: 1 } }),
  )
  return keystoreSigner({ path, passwordFile })
}

export interface Shape {
  /** It cannot sign a transaction without sending it. */
  sends: boolean
  /** It sends with the gas of its own estimate, whatever gas it is given. */
  estimates?: boolean
  open: (opening: Opening) => WalletLike | Promise<WalletLike>
}

/** Every shape of wallet that agents have, by name. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  'a private key': { sends: false, open: ({ privateKey }) => privateKey },
  'a viem LocalAccount': { sends: false, open: ({ privateKey }) => privateKeyToAccount(privateKey) },
  'a viem WalletClient with a local account': {
    sends: false,
    open: ({ privateKey, rpcUrl }) =>
      createWalletClient({ account: privateKeyToAccount(privateKey), chain: base, transport: http(rpcUrl) }),
  },
  'a viem WalletClient with an account of a wallet': {
    sends: true,
    open: ({ address, walletUrl }) => createWalletClient({ account: address, chain: base, transport: http(walletUrl) }),
  },
  'a viem WalletClient over a provider': {
    sends: true,
    open: ({ walletUrl }) => createWalletClient({ chain: base, transport: custom(provider(walletUrl)) }),
  },
  'an EIP-1193 provider': { sends: true, open: ({ walletUrl }) => provider(walletUrl) },
  'a viem account of a key service': { sends: false, open: ({ privateKey }) => kmsSigner(keyService(privateKey)) },
  'a V3 keystore': { sends: false, open: keystore },
  'a command': { sends: false, open: commandSigner },
  'an ethers Wallet': { sends: false, open: ({ privateKey }) => new Wallet(privateKey) },
  'an ethers JsonRpcSigner': { sends: true, open: jsonRpcSigner },
  'an ethers signer without signTransaction': {
    sends: true,
    open(opening) {
      const signer = jsonRpcSigner(opening)
      return {
        getAddress: () => signer.getAddress(),
        signMessage: (message: string) => signer.signMessage(message),
        sendTransaction: (transaction: object) => signer.sendTransaction(transaction),
      }
    },
  },
  "AgentKit's ViemWalletProvider": {
    sends: true,
    estimates: true,
    open: (opening) =>
      viemWalletProvider(
        createWalletClient({
          account: privateKeyToAccount(opening.privateKey),
          chain: base,
          transport: http(opening.rpcUrl),
        }),
        opening,
      ),
  },
  "CDP's EvmServerAccount": { sends: false, open: ({ privateKey }) => cdpServerAccount(privateKey) },
  "AgentKit's CdpEvmWalletProvider": { sends: false, open: ({ privateKey }) => cdpWalletProvider(privateKey) },
}
