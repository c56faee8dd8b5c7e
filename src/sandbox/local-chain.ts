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
import { createBundler } from './bundler.ts'
import { DELEGATE, deployContracts, type StakingForm, type StakingPlace, useStakingForm } from './contracts/deploy.ts'
import { createDenimView } from './denim.ts'
import { ENDPOINTS, type EndpointName } from './endpoints/index.ts'
import { createLaggingNode } from './endpoints/lag.ts'
import type { EndpointProfile, Lag } from './endpoints/profile.ts'
import { addFunds, type Funds } from './faucet.ts'
import { createFaultScript, type FaultScript } from './faults.ts'
import { createMiner } from './miner.ts'
import { createNodeRpc } from './node-rpc.ts'
import { type RequestCounts, type RpcProxy, startRpcProxy } from './rpc-proxy.ts'
import { createTimeline, type Timeline } from './timeline.ts'

export interface ChainOptions {
  /** Milliseconds between blocks, default 200 as on Base. 0 mines each transaction as it arrives. */
  blockTimeMs?: number
  /** Milliseconds between empty blocks while each transaction is mined when it arrives. Default 30,000. */
  idleBlockMs?: number
  /**
   * True: Base since its upgrade Denim. False: Base before it, with a public pool, `pending`, and no milliseconds.
   * Default: true when the block time is below a second.
   */
  isDenim?: boolean
  /** Clock for the age of blocks, in milliseconds. Default: this machine's. */
  now?: () => number
  /** The least milliseconds that every HTTP request to `rpcUrl` takes. Default 0. */
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
  /** Behaves like a public node of Base. Use this one for the client under test. */
  rpcUrl: string
  /** The same over WebSocket. */
  wsUrl: string
  /** The node itself: no faults, no counting, any sender may be impersonated. Not for the client under test. */
  nodeUrl: string
  chainId: typeof BASE_CHAIN_ID
  /** The faults of `rpcUrl`. */
  faults: FaultScript
  /** The request counts of `rpcUrl`. */
  requests: RequestCounts
  /** Test actions on the node itself. Use `mine` and `setBaseFee` below in place of its own: they keep the base fee. */
  test: TestClient<'anvil', CustomTransport, typeof base>
  /** Reads from the node itself, so they are not counted and no fault applies. */
  public: PublicClient<CustomTransport, typeof base>

  /** Makes a wallet with a new random key and adds `funds` to it. */
  createWallet(funds?: Funds): Promise<SandboxWallet>
  /** Adds funds to `address` at once: no transaction, no block. */
  fund(address: Address, funds: Funds): Promise<void>
  /** Swaps the code behind the staking contract, at once: no transaction, no block. */
  useStaking(form: StakingForm, place?: StakingPlace): Promise<void>
  /** Makes `address` an account that delegates (EIP-7702). Default: to code that makes no calls. */
  setDelegation(address: Address, delegate?: Address): Promise<void>

  /** Mines `blocks` blocks, now. Default 1. */
  mine(blocks?: number): Promise<void>
  /**
   * Milliseconds between blocks from now on; 0 mines each transaction when it arrives; undefined mines only on `mine`.
   */
  setBlockTime(blockTimeMs: number | undefined): Promise<void>
  /** Wei, from the next block on. Transactions that offer less stay in the pool. */
  setBaseFee(wei: bigint): Promise<void>
  /** Moves the base fee towards `wei`, by at most 0.4 % per block, as fast as Base's can move. */
  driftBaseFee(wei: bigint): void
  /** Wei per gas that `rpcUrl` and the other endpoints suggest as a tip. Default 1,000,000. */
  setTip(wei: bigint): void
  /** Mines a block. All blocks up to now count as old: no endpoint lacks them, even if it is far behind. */
  settle(): Promise<void>
  /** Replaces the last `depth` blocks by empty ones. Their transactions are pending again. */
  reorg(depth: number): Promise<void>
  /** Removes a pending transaction from the pool. */
  dropTransaction(hash: Hex): Promise<void>
  /** Opens one more endpoint on this chain, with its own faults and counts. */
  openEndpoint(profile?: EndpointName | EndpointProfile): Promise<RpcProxy>
  /** Stops everything that this chain has started. */
  close(): Promise<void>
}

/**
 * Base's minimum base fee, in wei.
 * @see https://docs.base.org (checked 2026-11-22; between 200,000 and 5,000,000 over time)
 */
const BASE_FEE = 5_000_000n
const POLLING_INTERVAL_MS = 20
/**
 * Wei per gas that nodes on Base suggest. A real stake paid 31,000,000.
 * @see https://docs.base.org (checked 2026-11-22)
 */
const TIP = 1_000_000n
/** Gas of one block: a tenth of the limit before Denim. @see base/base PR 4565 (checked 2026-11-30) */
const DENIM_GAS_LIMIT = 40_000_000
const SECOND_MS = 1_000

/**
 * Starts a local chain with id 8453. It holds no real funds, and its keys are made here.
 *
 * Side effects: an anvil process and a loopback HTTP server, until `close`; the process also ends with this one.
 *
 * @throws {AnvilUnavailableError} there is no anvil, or it did not start.
 */
export async function startChain(options: ChainOptions = {}): Promise<SandboxChain> {
  const { blockTimeMs = 200, isDenim = blockTimeMs < SECOND_MS, latencyMs = 0, anvilPath, now, idleBlockMs } = options
  const anvil = await startAnvil({ baseFee: BASE_FEE, ...(anvilPath === undefined ? {} : { anvilPath }) })
  const node = createNodeRpc(anvil.url)
  const timeline = createTimeline(node, now)
  const miner = createMiner(node, timeline, BASE_FEE, idleBlockMs)
  const view = isDenim ? createDenimView(node, timeline) : node
  let tip = TIP
  const call = (method: string, ...params: unknown[]) => node.request({ method, params })

  /**
   * Answers only between blocks, and knows all of them. Without a block time, the node itself mines what it receives.
   */
  const bundler = createBundler({ node, taking: miner.taking })
  /** The same URL accepts user operations. */
  const bundling = (responder: Responder): Responder => ({
    answer: async (request) => (await bundler.answer(request)) ?? responder.answer(request),
  })
  const between = (responder: Responder): Responder => ({
    async answer(request) {
      await miner.betweenBlocks(async () => {
        if (miner.isInstant()) await timeline.catchUp()
      })
      return responder.answer(request)
    },
  })

  const proxies: RpcProxy[] = []
  async function open(profile: EndpointProfile, faults = createFaultScript(), latencyMs?: number): Promise<RpcProxy> {
    const { lag = {}, knowsOwn = true } = profile
    const knows = isDenim ? (knowsOwn ? 'own' : 'none') : 'all'
    const baseNode = createBaseNode({ node, view, timeline, taking: miner.taking, tip: () => tip, knows })
    // The nodes behind one endpoint share the transactions that it received.
    const behind = (of: Lag) => between(bundling(createLaggingNode(baseNode, timeline, of)))
    const [first = {}, ...others] = (Array.isArray(lag) ? lag : [lag]) as Lag[]
    const proxy = await startRpcProxy({
      node: behind(first),
      replicas: others.map(behind),
      onHead: (listener) => onHead(timeline, first, listener),
      faults,
      profile,
      ...(latencyMs !== undefined && { latencyMs }),
    })
    proxies.push(proxy)
    return proxy
  }

  await call('anvil_setLoggingEnabled', false)
  await deployContracts(node, miner.mine)
  if (isDenim) await call('evm_setBlockGasLimit', DENIM_GAS_LIMIT)
  timeline.restart()
  await miner.setBlockTime(blockTimeMs)
  const proxy = await open({}, options.faults, latencyMs)

  const fund = (address: Address, funds: Funds) => miner.betweenBlocks(() => addFunds(node, address, funds))
  const transport = custom(node, { retryCount: 0 })
  return {
    rpcUrl: proxy.url,
    wsUrl: proxy.wsUrl,
    nodeUrl: anvil.url,
    chainId: BASE_CHAIN_ID,
    faults: proxy.faults,
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
    useStaking: (form, place) => miner.betweenBlocks(() => useStakingForm(node, form, place)),
    async setDelegation(address, delegate = DELEGATE) {
      await call('anvil_setCode', address, concat(['0xef0100', delegate]))
    },
    mine: miner.mine,
    setBlockTime: miner.setBlockTime,
    setBaseFee: miner.setBaseFee,
    driftBaseFee: miner.driftBaseFee,
    setTip(wei) {
      tip = wei
    },
    async settle() {
      await miner.mine()
      timeline.settle()
    },
    reorg: miner.reorg,
    async dropTransaction(hash) {
      await call('anvil_dropTransaction', hash)
    },
    openEndpoint: (profile = {}) => open(typeof profile === 'string' ? ENDPOINTS[profile] : profile),
    async close() {
      miner.stop()
      await Promise.all(proxies.map(({ close }) => close()))
      node.close()
      await anvil.stop()
    },
  }
}

/**
 * With a lag in time, a head is announced that much later. With a lag in blocks, it is announced when the chain is that
 * far ahead.
 */
function onHead(timeline: Timeline, { head }: Lag, listener: (number: number) => void): () => void {
  const timers = new Set<NodeJS.Timeout>()
  const end = timeline.onBlock(({ number }) => {
    if (head === undefined) return listener(number)
    if (head === 'first') return
    if ('blocks' in head) return listener(number - head.blocks)
    const timer = setTimeout(() => {
      timers.delete(timer)
      listener(number)
    }, head.ms)
    timers.add(timer)
  })
  return () => {
    end()
    for (const timer of timers) clearTimeout(timer)
  }
}
