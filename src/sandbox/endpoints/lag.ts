import { type Hex, numberToHex } from 'viem'
import type { Responder } from '../base-node.ts'
import type { JsonRpcAnswer, JsonRpcRequest } from '../node-rpc.ts'
import type { Behind, Timeline } from '../timeline.ts'
import { asError, HEADER_NOT_FOUND, type Lag } from './profile.ts'

/** The index of the block parameter of methods that read state. It defaults to the latest block. */
const STATE_PARAMETER: Record<string, number> = {
  eth_call: 1,
  eth_createAccessList: 1,
  eth_estimateGas: 1,
  eth_getBalance: 1,
  eth_getCode: 1,
  eth_getProof: 2,
  eth_getStorageAt: 2,
  eth_getTransactionCount: 1,
}
/** The index of the block parameter of methods that read blocks. */
const BLOCK_PARAMETER: Record<string, number> = {
  eth_feeHistory: 1,
  eth_getBlockByNumber: 0,
  eth_getBlockReceipts: 0,
  eth_getBlockTransactionCountByNumber: 0,
  eth_getTransactionByBlockNumberAndIndex: 0,
}

/** Answers like nodes that are behind the chain by `lag`. Writes pass unchanged. */
export function createLaggingNode(node: Responder, timeline: Timeline, lag: Lag): Responder {
  if (Object.keys(lag).length === 0) return node
  const behind = (part: Behind | undefined) => (part === undefined ? timeline.head() : timeline.behind(part))
  const head = () => behind(lag.head)
  const state = () => behind(lag.state)
  const receipts = () => behind(lag.receipts ?? lag.state)

  /** The requested block, as a number if known. */
  async function meant(block: unknown, latest: () => number): Promise<number | undefined> {
    if (block === undefined || block === null || block === 'latest') return latest()
    if (block === 'pending' && lag.pending) return behind(lag.pending)
    if (block === 'pending') return latest()
    if (typeof block === 'string') return /^0x[0-9a-f]{1,16}$/i.test(block) ? Number(block) : undefined
    const { blockNumber, blockHash } = block as { blockNumber?: Hex; blockHash?: Hex }
    if (blockNumber !== undefined) return Number(blockNumber)
    const found = await node.answer({ method: 'eth_getBlockByHash', params: [blockHash, false] })
    return 'result' in found && found.result ? Number((found.result as { number: Hex }).number) : undefined
  }

  async function readState(request: JsonRpcRequest, at: number): Promise<JsonRpcAnswer> {
    const params = [...((request.params ?? []) as unknown[])]
    const number = await meant(params[at], state)
    if (number === undefined) return node.answer(request)
    const limit = params[at] === 'pending' ? Math.max(state(), number) : state()
    if (number > limit) return { error: asError(lag.missing ?? HEADER_NOT_FOUND) }
    params[at] = numberToHex(number)
    return node.answer({ ...request, params })
  }

  async function readBlock(request: JsonRpcRequest, at: number): Promise<JsonRpcAnswer> {
    const params = [...((request.params ?? []) as unknown[])]
    const number = await meant(params[at], head)
    if (number === undefined) return node.answer(request)
    if (number > head()) return { result: null }
    params[at] = numberToHex(number)
    return node.answer({ ...request, params })
  }

  /** Null if its block is not there yet. */
  const unless = (answer: JsonRpcAnswer, isThere: (number: number) => boolean): JsonRpcAnswer => {
    if ('error' in answer || answer.result === null) return answer
    const { blockNumber, number = blockNumber } = answer.result as { blockNumber?: Hex | null; number?: Hex | null }
    return number === null || number === undefined || isThere(Number(number)) ? answer : { result: null }
  }

  async function readLogs(request: JsonRpcRequest): Promise<JsonRpcAnswer> {
    const answer = await node.answer(request)
    if ('error' in answer || !Array.isArray(answer.result)) return answer
    return { result: answer.result.filter(({ blockNumber }) => Number(blockNumber) <= receipts()) }
  }

  async function read(request: JsonRpcRequest): Promise<JsonRpcAnswer> {
    const { method } = request
    const stateAt = STATE_PARAMETER[method]
    if (stateAt !== undefined) return readState(request, stateAt)
    const blockAt = BLOCK_PARAMETER[method]
    if (blockAt !== undefined) return readBlock(request, blockAt)
    switch (method) {
      case 'eth_blockNumber':
        return { result: numberToHex(head()) }
      case 'eth_getBlockByHash':
        return unless(await node.answer(request), (number) => number <= head())
      case 'eth_getTransactionByHash':
      case 'eth_getTransactionReceipt':
        return unless(await node.answer(request), (number) => number <= receipts())
      case 'eth_getLogs':
        return readLogs(request)
      default:
        return node.answer(request)
    }
  }

  return {
    async answer(request) {
      const answer = await read(request)
      return lag.clockMs !== undefined && /^eth_getBlockBy/.test(request.method) ? older(answer, lag.clockMs) : answer
    },
  }
}

function older(answer: JsonRpcAnswer, clockMs: number): JsonRpcAnswer {
  if ('error' in answer || answer.result === null) return answer
  const { timestamp, timestampMs, ...block } = answer.result as { timestamp: Hex; timestampMs?: Hex }
  return {
    result: {
      ...block,
      timestamp: numberToHex(Number(timestamp) - clockMs / 1_000),
      ...(timestampMs && { timestampMs: numberToHex(Number(timestampMs) - clockMs) }),
    },
  }
}
