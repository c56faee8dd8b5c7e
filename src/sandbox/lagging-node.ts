import { type Hex, numberToHex } from 'viem'
import type { Responder } from './base-node.ts'
import type { JsonRpcAnswer, JsonRpcRequest } from './node-rpc.ts'

/** Where a method takes its block, which defaults to the latest. */
const BLOCK_PARAMETER: Record<string, number> = {
  eth_call: 1,
  eth_estimateGas: 1,
  eth_getBalance: 1,
  eth_getBlockByNumber: 0,
  eth_getCode: 1,
  eth_getStorageAt: 2,
  eth_getTransactionCount: 1,
}

/** Answers as a replica that is `lagBlocks` blocks behind and has not heard of what came after. Writes pass. */
export function createLaggingNode(node: Responder, lagBlocks: number): Responder {
  async function head(): Promise<Hex> {
    const answer = await node.answer({ method: 'eth_blockNumber' })
    if ('error' in answer) throw new Error(answer.error.message)
    return numberToHex(BigInt(answer.result as Hex) - BigInt(lagBlocks))
  }

  async function answer(request: JsonRpcRequest): Promise<JsonRpcAnswer> {
    const { method, params = [] } = request
    if (method === 'eth_blockNumber') return { result: await head() }
    const position = BLOCK_PARAMETER[method]
    if (position !== undefined) {
      const moved = [...(params as unknown[])]
      if (['latest', 'pending', undefined].includes(moved[position] as string)) moved[position] = await head()
      return node.answer({ ...request, params: moved })
    }
    const reply = await node.answer(request)
    if (method !== 'eth_getTransactionReceipt' && method !== 'eth_getTransactionByHash') return reply
    if ('error' in reply || reply.result === null) return reply
    const { blockNumber } = reply.result as { blockNumber: Hex | null }
    return blockNumber !== null && BigInt(blockNumber) <= BigInt(await head()) ? reply : { result: null }
  }

  return { answer }
}
