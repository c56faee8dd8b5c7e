import {
  type Address,
  type CustomTransport,
  concat,
  createPublicClient,
  createTestClient,
  custom,
  type Hex,
  type PublicClient,
  type TestClient,
} from 'viem'
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts'
import { base } from 'viem/chains'
import { BASE_CHAIN_ID } from '../domain/addresses.ts'
import { startAnvil } from './anvil.ts'
import { createBaseNode, type Responder } from './base-node.ts'
import { DELEGATE, deployContracts, type StakingForm, useStakingForm } from './contracts/deploy.ts'
import { addFunds, type Funds } from './faucet.ts'
import { createFaultScript, type FaultScript } from './faults.ts'
import { createLaggingNode } from './lagging-node.ts'
import { createMiner } from './miner.ts'
import { createNodeRpc } from './node-rpc.ts'
import { type RequestCounts, type RpcProxy, startRpcProxy } from './rpc-proxy.ts'

export interface ChainOptions {
  /** Milliseconds between blocks, default 2000 as on Base. 0 mines each transaction as it arrives. */
  blockTimeMs?: number
  /** Milliseconds that every HTTP request to `rpcUrl` takes at least. Default 0. */
  latencyMs?: number
  /** The anvil program. Default: the one from npm, else `anvil` on PATH. */
  anvilPath?: string
  /** Default: an empty script. */
  faults?: FaultScript
}

export interface SandboxWallet {
  address: Address
  privateKey: Hex
}

/** A local Base: a real node with Venice's contracts at their real addresses. Amounts are in base units. */
export interface SandboxChain {
  /** Behaves like a public node of Base. Give this one to the client under test. */
  rpcUrl: string
  /** The node itself: no faults, no counting, any sender may be impersonated. Not for the client under test. */
  nodeUrl: string
  chainId: typeof BASE_CHAIN_ID
  /** The faults of `rpcUrl`. */
  faults: FaultScript
  /** Counts of `rpcUrl`. */
  requests: RequestCounts
  /** Test actions on the node itself. Prefer `mine` and `setBaseFee` below to its own: they keep the base fee. */
  test: TestClient<'anvil', CustomTransport, typeof base>
  /** Reads from the node itself, hence neither counted nor met by faults. */
  public: PublicClient<CustomTransport, typeof base>

  /** Makes a wallet with a new random key and adds `funds` to it. */
  createWallet(funds?: Funds): Promise<SandboxWallet>
  /** Adds to what `address` holds, at once: no transaction, no block. */
  fund(address: Address, funds: Funds): Promise<void>
  /** Swaps the code behind the staking contract, at once: no transaction, no block. */
  useStaking(form: StakingForm): Promise<void>
  /** Gives `address` the code of an account that delegates under EIP-7702. */
  setDelegation(address: Address): Promise<void>

  /** Mines `blocks` blocks, now. Default 1. */
  mine(blocks?: number): Promise<void>
  /** Milliseconds between blocks from now on; 0 mines each transaction as it arrives; undefined only mines when told. */
  setBlockTime(blockTimeMs: number | undefined): Promise<void>
  /** Wei, for every block from the next one on. Transactions that offer less stay in the pool. */
  setBaseFee(wei: bigint): Promise<void>
  /** Replaces the last `depth` blocks by empty ones. Their transactions are pending again. */
  reorg(depth: number): Promise<void>
  /** Removes a pending transaction from the pool. */
  dropTransaction(hash: Hex): Promise<void>
  /** Opens a second endpoint on this chain, with faults and counts of its own. `lagBlocks`: how far it is behind. */
  openReplica(options?: { lagBlocks?: number; latencyMs?: number }): Promise<RpcProxy>
  /** Stops everything this chain has started. */
  close(): Promise<void>
}

/**
 * Base's minimum base fee, in wei.
 * @see https://docs.base.org (checked 2026-11-22; between 200,000 and 5,000,000 over time)
 */
const BASE_FEE = 5_000_000n
const POLLING_INTERVAL_MS = 20

/**
 * Starts a local chain with id 8453. It holds no real funds and its keys are made here.
 *
 * Side effects: an anvil process and a loopback HTTP server, until `close`; the process also ends with this one.
 *
 * @throws {AnvilUnavailableError} there is no anvil, or it did not start.
 */
export async function startChain(options: ChainOptions = {}): Promise<SandboxChain> {
  const { blockTimeMs = 2000, latencyMs = 0, anvilPath, faults = createFaultScript() } = options
  const anvil = await startAnvil({ baseFee: BASE_FEE, ...(anvilPath === undefined ? {} : { anvilPath }) })
  const node = createNodeRpc(anvil.url)
  const miner = createMiner(node, BASE_FEE)
  const baseNode = createBaseNode(node, miner.taking)
  const endpoint: Responder = {
    async answer(request) {
      await miner.betweenBlocks(async () => {})
      return baseNode.answer(request)
    },
  }
  const call = (method: string, ...params: unknown[]) => node.request({ method, params })

  await call('anvil_setLoggingEnabled', false)
  await deployContracts(node, miner.mine)
  await miner.setBlockTime(blockTimeMs)
  const proxy = await startRpcProxy({ node: endpoint, faults, latencyMs })
  const proxies = [proxy]

  const fund = (address: Address, funds: Funds) => miner.betweenBlocks(() => addFunds(node, address, funds))
  const transport = custom(node, { retryCount: 0 })
  return {
    rpcUrl: proxy.url,
    nodeUrl: anvil.url,
    chainId: BASE_CHAIN_ID,
    faults,
    requests: proxy.requests,
    test: createTestClient({ mode: 'anvil', chain: base, transport }),
    public: createPublicClient({ chain: base, transport, pollingInterval: POLLING_INTERVAL_MS, cacheTime: 0 }),
    async createWallet(funds = {}) {
      const privateKey = generatePrivateKey()
      const address = privateKeyToAddress(privateKey)
      await fund(address, funds)
      return { address, privateKey }
    },
    fund,
    useStaking: (form) => miner.betweenBlocks(() => useStakingForm(node, form)),
    async setDelegation(address) {
      await call('anvil_setCode', address, concat(['0xef0100', DELEGATE]))
    },
    mine: miner.mine,
    setBlockTime: miner.setBlockTime,
    setBaseFee: miner.setBaseFee,
    reorg: miner.reorg,
    async dropTransaction(hash) {
      await call('anvil_dropTransaction', hash)
    },
    async openReplica({ lagBlocks = 0, latencyMs = 0 } = {}) {
      const node = lagBlocks > 0 ? createLaggingNode(endpoint, lagBlocks) : endpoint
      const replica = await startRpcProxy({ node, faults: createFaultScript(), latencyMs })
      proxies.push(replica)
      return replica
    },
    async close() {
      miner.stop()
      await Promise.all(proxies.map(({ close }) => close()))
      node.close()
      await anvil.stop()
    },
  }
}
