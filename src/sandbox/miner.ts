import { type Hex, numberToHex } from 'viem'
import type { NodeRpc } from './node-rpc.ts'
import type { Timeline } from './timeline.ts'

/** Produces the local chain's blocks, one operation at a time. */
export interface Miner {
  /** Mines `blocks` blocks, now. Default 1. */
  mine(blocks?: number): Promise<void>
  /**
   * Milliseconds between blocks. 0 mines each transaction when it arrives, and an empty block now and then, because
   * clients refuse a node whose newest block is old. Undefined mines only on `mine`.
   */
  setBlockTime(blockTimeMs: number | undefined): Promise<void>
  /** Wei, from the next block on. Transactions that offer less wait in the pool. */
  setBaseFee(wei: bigint): Promise<void>
  /** Moves the base fee towards `wei`, by at most 0.4 % per block, as fast as Base's can move. */
  driftBaseFee(wei: bigint): void
  /** Replaces the last `depth` blocks by as many empty ones. Their transactions are in the pool again. */
  reorg(depth: number): Promise<void>
  /** Runs `work` while no block is being made. */
  betweenBlocks<T>(work: () => Promise<T>): Promise<T>
  /** True while each transaction is mined when it arrives, also at the node itself. */
  isInstant(): boolean
  /** Runs `send`, which sends a transaction to the node. */
  taking<T>(send: () => Promise<T>): Promise<T>
  stop(): void
}

interface PoolTransaction {
  hash: Hex
  gasPrice?: Hex
  maxFeePerGas?: Hex
}
type PoolContent = Record<'pending' | 'queued', Record<string, Record<string, PoolTransaction>>>

/**
 * Makes a miner that tells anvil when to mine. Anvil's own base fee falls with every empty block, but Base has a
 * minimum. Anvil's own mining drops transactions that cannot pay the base fee, but Base keeps them.
 */
export function createMiner(node: NodeRpc, timeline: Timeline, baseFee: bigint, idleBlockMs = IDLE_BLOCK_MS): Miner {
  let timer: NodeJS.Timeout | undefined
  let targetFee = baseFee
  let instant = false
  let queue: Promise<unknown> = Promise.resolve()
  const betweenBlocks = <T>(work: () => Promise<T>): Promise<T> => {
    const done = queue.then(work)
    queue = done.catch(() => {})
    return done
  }

  const call = (method: string, ...params: unknown[]) => node.request({ method, params })
  const setNextBaseFee = (wei: bigint) => call('anvil_setNextBlockBaseFeePerGas', numberToHex(wei))
  const rawTransaction = (hash: Hex) => call('eth_getRawTransactionByHash', hash) as Promise<Hex>

  async function underpriced(): Promise<Hex[]> {
    const { pending } = (await call('txpool_content')) as PoolContent
    const transactions = Object.values(pending).flatMap((byNonce) => Object.values(byNonce))
    const poor = transactions.filter((tx) => BigInt(tx.maxFeePerGas ?? tx.gasPrice ?? 0) < baseFee)
    return Promise.all(poor.map((tx) => rawTransaction(tx.hash)))
  }

  async function putBack(transactions: readonly Hex[]): Promise<void> {
    if (transactions.length > 0) await setNextBaseFee(0n)
    for (const raw of transactions) await node.answer({ method: 'eth_sendRawTransaction', params: [raw] })
    await setNextBaseFee(baseFee)
  }

  async function mineBlock(): Promise<void> {
    const waiting = await underpriced()
    await call('evm_mine')
    await timeline.catchUp()
    const change = (baseFee * MAX_CHANGE_PER_MILLE) / 1_000n
    baseFee = clamp(targetFee, baseFee - change, baseFee + change)
    await putBack(waiting)
  }

  const mine = (blocks = 1) =>
    betweenBlocks(async () => {
      for (let i = 0; i < blocks; i++) await mineBlock()
    })
  const stop = () => {
    clearTimeout(timer)
    timer = undefined
  }

  return {
    mine,
    stop,
    betweenBlocks,
    async setBlockTime(blockTimeMs) {
      stop()
      instant = blockTimeMs === 0
      timeline.setStep(blockTimeMs ?? 0)
      await call('evm_setAutomine', instant)
      if (instant) await mine()
      if (blockTimeMs === undefined) return
      const pause = instant ? idleBlockMs : blockTimeMs
      // Blocks come at multiples of the block time, as on Base. After a late block, the next one is skipped.
      const wait = () => {
        const due = setTimeout(
          () => {
            mine().then(() => timer === due && wait(), stop)
          },
          pause - (Date.now() % pause),
        )
        timer = due
      }
      wait()
    },
    setBaseFee: (wei) =>
      betweenBlocks(async () => {
        baseFee = wei
        targetFee = wei
        await setNextBaseFee(wei)
      }),
    driftBaseFee(wei) {
      targetFee = wei
    },
    reorg: (depth) =>
      betweenBlocks(async () => {
        const head = Number(await call('eth_blockNumber'))
        const undone: Hex[] = []
        for (let number = head - depth + 1; number <= head; number++) {
          const block = (await call('eth_getBlockByNumber', numberToHex(number), false)) as { transactions: Hex[] }
          undone.push(...(await Promise.all(block.transactions.map(rawTransaction))))
        }
        await call('anvil_reorg', depth, [])
        timeline.rewind(head - depth + 1)
        await timeline.catchUp()
        await putBack(undone)
      }),
    isInstant: () => instant,
    async taking(send) {
      if (!instant) return send()
      return betweenBlocks(async () => {
        // For the block of this transaction, which may be mined at any moment now, and for the next block.
        await setNextBaseFee(baseFee)
        const answer = await send()
        await timeline.catchUp()
        await setNextBaseFee(baseFee)
        return answer
      })
    },
  }
}

/** Milliseconds between empty blocks of a chain that mines on arrival: well below the two minutes that a client accepts. */
const IDLE_BLOCK_MS = 30_000

/**
 * The change after a full block on Base since Denim: elasticity 5, denominator 1000.
 * @see https://docs.base.org/base-chain/specs/upgrades/denim/overview, base/base PR 4565 (checked 2026-11-30)
 */
const MAX_CHANGE_PER_MILLE = 4n

const clamp = (value: bigint, low: bigint, high: bigint) => (value < low ? low : value > high ? high : value)
