import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createWalletClient, encodeFunctionData, type Hex, hexToString, http, numberToHex, parseEther } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { base } from 'viem/chains'
import { onTestFinished } from 'vitest'
import type { Address } from '../../src/domain/addresses.ts'
import { accountFactoryAbi, smartAccountAbi } from '../../src/sandbox/contracts/abi.ts'
import { ACCOUNT_FACTORY, ENTRY_POINTS } from '../../src/sandbox/contracts/deploy.ts'
import type { SandboxUnderTest } from './sandbox.ts'

interface Bundle {
  /** Null while it was taken and not sent. */
  hash: Hex | null
  request: SendCalls
}

interface SendCalls {
  version: string
  id?: string
  chainId: Hex
  from: Address
  atomicRequired: boolean
  calls: readonly { to: Address; value: Hex; data: Hex }[]
  capabilities?: { paymasterService?: { url: string } }
}

/** Faults of a request to send: `before` and `after` the calls are made. */
type OnSend = (moment: 'before' | 'after') => Promise<'go on' | 'drop'> | 'go on' | 'drop'

/** A wallet behind a URL, which makes calls together (EIP-5792), and what a test may ask of it. */
export interface CallsWallet {
  url: string
  address: Address
  /** Requested methods, in order. */
  asked: string[]
  /** What was taken, by its id. */
  bundles: Map<string, Bundle>
  onSend: OnSend
  /** What it offers on Base. */
  offers: Record<string, unknown>
  /** It names calls by ids of its own. */
  ownIds: boolean
  /** It has lost what it knew of calls. */
  forgets: boolean
  /** Calls are taken and made only later. */
  waits: boolean
  /** Makes what waits. */
  make(): Promise<void>
}

const CODES = { duplicateId: 5720, unknownId: 5730, notAtomic: 5760 }

/**
 * A wallet with a smart account that holds VVV and no ETH: its calls go out in transactions of somebody else, who pays, as with
 * wallets whose vendor sponsors. What it has taken it knows for as long as the test lasts.
 */
export async function startCallsWallet(
  { sandbox }: SandboxUnderTest,
  { vvv = parseEther('2') }: { vvv?: bigint } = {},
): Promise<CallsWallet> {
  const { rpcUrl, chain } = sandbox
  const owner = privateKeyToAccount(generatePrivateKey())
  await chain.fund(owner.address, { eth: parseEther('1') })
  const relayer = createWalletClient({ account: owner, chain: base, transport: http(rpcUrl) })
  const args = [ENTRY_POINTS['0.8'], owner.address] as const
  const factory = { address: ACCOUNT_FACTORY, abi: accountFactoryAbi, args } as const
  const address = await chain.public.readContract({ ...factory, functionName: 'getAddress' })
  const deployed = await relayer.writeContract({ ...factory, functionName: 'createAccount' })
  await chain.public.waitForTransactionReceipt({ hash: deployed })
  await chain.fund(address, { vvv })

  const refuse = (code: number, message: string) => ({ error: { code, message } })
  let made = 0

  const execute = async ({ request: { calls } }: Bundle): Promise<Hex> => {
    const listed = calls.map(({ to, value, data }) => ({ target: to, value: BigInt(value), data }))
    return relayer.sendTransaction({
      to: address,
      data: encodeFunctionData({ abi: smartAccountAbi, functionName: 'executeBatch', args: [listed] }),
      gas: 1_000_000n,
    })
  }

  async function send(request: SendCalls) {
    if (wallet.offers.atomic === undefined && request.atomicRequired) return refuse(CODES.notAtomic, 'not atomic')
    const id = wallet.ownIds ? `bundle-${made}` : (request.id ?? `bundle-${made}`)
    made += 1
    if (wallet.bundles.has(id)) return refuse(CODES.duplicateId, 'There is already a bundle submitted with this ID.')
    if ((await wallet.onSend('before')) === 'drop') return null
    const bundle: Bundle = { hash: null, request }
    wallet.bundles.set(id, bundle)
    if (!wallet.waits) bundle.hash = await execute(bundle)
    return (await wallet.onSend('after')) === 'drop' ? null : { result: { id } }
  }

  async function status(id: string) {
    const bundle = wallet.forgets ? undefined : wallet.bundles.get(id)
    if (bundle === undefined) return refuse(CODES.unknownId, 'This bundle id is unknown / has not been submitted')
    const common = { version: '2.0.0', id, chainId: numberToHex(base.id), atomic: true }
    const receipt = bundle.hash && (await chain.public.getTransactionReceipt({ hash: bundle.hash }).catch(() => null))
    if (!receipt) return { result: { ...common, status: 100 } }
    const { transactionHash, blockHash, blockNumber, gasUsed, logs } = receipt
    const shown = {
      transactionHash,
      blockHash,
      blockNumber: numberToHex(blockNumber),
      gasUsed: numberToHex(gasUsed),
      logs: logs.map(({ address: at, data, topics }) => ({ address: at, data, topics })),
    }
    const isSuccess = receipt.status === 'success'
    return {
      result: { ...common, status: isSuccess ? 200 : 500, receipts: [{ ...shown, status: isSuccess ? '0x1' : '0x0' }] },
    }
  }

  async function answer(method: string, params: readonly unknown[]) {
    switch (method) {
      case 'eth_accounts':
        return { result: [address] }
      case 'eth_chainId':
        return { result: numberToHex(base.id) }
      case 'personal_sign':
        return { result: await owner.signMessage({ message: hexToString(params[0] as Hex) }) }
      case 'wallet_getCapabilities':
        return { result: { [numberToHex(base.id)]: wallet.offers } }
      case 'wallet_sendCalls':
        return send(params[0] as SendCalls)
      case 'wallet_getCallsStatus':
        return status(params[0] as string)
      default:
        return refuse(4200, `${method} is not supported`)
    }
  }

  const server = createServer(async (request, response) => {
    const { id, method, params = [] } = JSON.parse(await text(request))
    wallet.asked.push(method)
    const reply = await answer(method, params)
    if (reply === null) return request.socket.destroy()
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...reply }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const wallet: CallsWallet = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    address,
    asked: [],
    bundles: new Map(),
    onSend: () => 'go on',
    offers: { atomic: { status: 'supported' }, paymasterService: { supported: true } },
    ownIds: false,
    forgets: false,
    waits: false,
    async make() {
      wallet.waits = false
      for (const bundle of wallet.bundles.values()) bundle.hash ??= await execute(bundle)
    },
  }
  return wallet
}
