import type { Hex } from '../domain/addresses.ts'
import type { NodeRpc } from './node-rpc.ts'

/** A block of the local chain, and when it was first seen. */
export interface SeenBlock {
  number: number
  hash: Hex
  /** Unix time of the header, in whole seconds. */
  timestamp: number
  /** Unix time in milliseconds. Never decreases, and its second is `timestamp`. */
  timestampMs: number
  /** Clock of this process, in milliseconds. */
  seenAtMs: number
}

/** How far something is behind the chain. first: at the block with Venice's contracts, without anything later. */
export type Behind = { ms: number } | { blocks: number } | 'first'

/** When each block of the local chain was made. A node knows only whole seconds. */
export interface Timeline {
  /** Reads the blocks that were mined since the last call. One call at a time. */
  catchUp(): Promise<void>
  /** Blocks from `number` on are no longer part of the chain. */
  rewind(number: number): void
  /** The timeline starts again at the current head. */
  restart(): void
  /** All blocks up to now count as old: no replica lacks them, even if it is far behind. */
  settle(): void
  head(): number
  /** The block, or undefined when it is older than this timeline or not mined yet. */
  at(number: number): SeenBlock | undefined
  /** The number of the newest block that something with this lag has. */
  behind(lag: Behind): number
  /**
   * Calls `listener` with each block when it is seen, also after a reorganisation. Returns a function that stops it.
   */
  onBlock(listener: (block: SeenBlock) => void): () => void
  /** Block times are multiples of this many milliseconds; on Base, of its block time. Default 1. */
  setStep(stepMs: number): void
}

const SECOND_MS = 1_000
const LONG_AGO = Number.NEGATIVE_INFINITY

export function createTimeline(node: NodeRpc, now: () => number = Date.now): Timeline {
  const blocks = new Map<number, SeenBlock>()
  const listeners = new Set<(block: SeenBlock) => void>()
  let first = 0
  let head = -1
  let stepMs = 1

  async function read(block: string): Promise<Pick<SeenBlock, 'number' | 'hash' | 'timestamp'>> {
    const { number, hash, timestamp } = (await node.request({
      method: 'eth_getBlockByNumber',
      params: [block, false],
    })) as Record<'number' | 'hash' | 'timestamp', Hex>
    return { number: Number(number), hash, timestamp: Number(timestamp) }
  }

  function record({ number, hash, timestamp }: Awaited<ReturnType<typeof read>>): void {
    const seenAtMs = now()
    const start = timestamp * SECOND_MS
    const inSecond = Math.floor((seenAtMs % SECOND_MS) / stepMs) * stepMs
    const after = (blocks.get(number - 1)?.timestampMs ?? start - 1) + 1
    const timestampMs = Math.min(Math.max(start + inSecond, after), start + SECOND_MS - 1)
    const block = { number, hash, timestamp, timestampMs, seenAtMs }
    blocks.set(number, block)
    head = number
    for (const listener of listeners) listener(block)
  }

  return {
    async catchUp() {
      const latest = await read('latest')
      if (blocks.get(latest.number)?.hash === latest.hash) return
      for (let number = head === -1 ? latest.number : head + 1; number < latest.number; number += 1) {
        record(await read(`0x${number.toString(16)}`))
      }
      record(latest)
    },
    rewind(number) {
      for (let gone = number; gone <= head; gone += 1) blocks.delete(gone)
      head = number - 1
    },
    restart() {
      first = head
    },
    settle() {
      for (const block of blocks.values()) block.seenAtMs = LONG_AGO
    },
    head: () => head,
    at: (number) => blocks.get(number),
    behind(lag) {
      if (lag === 'first') return first
      if ('blocks' in lag) return Math.max(first, head - lag.blocks)
      const latestMs = now() - lag.ms
      let number = head
      while (number > first && (blocks.get(number)?.seenAtMs ?? LONG_AGO) > latestMs) number -= 1
      return number
    },
    onBlock(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    setStep(ms) {
      stepMs = ms > 0 && SECOND_MS % ms === 0 ? ms : 1
    },
  }
}
