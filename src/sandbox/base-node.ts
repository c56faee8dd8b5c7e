import { type Hex, keccak256, numberToHex } from 'viem'
import { refusal } from './mempool.ts'
import type { JsonRpcAnswer, JsonRpcError, JsonRpcRequest, NodeRpc } from './node-rpc.ts'
import type { Timeline } from './timeline.ts'

/** Wei per gas that anvil suggests. */
const ANVIL_TIP = 1_000_000_000n
/**
 * The methods that a public node of Base serves. The namespaces of a local node, and signing by the node, are not
 * included.
 */
const SERVED = /^(eth|net|web3)_/
const NOT_SERVED = new Set([
  'eth_accounts',
  'eth_fillTransaction',
  'eth_requestAccounts',
  'eth_sendTransaction',
  'eth_sendTransactionSync',
  'eth_sendUnsignedTransaction',
  'eth_sign',
  'eth_signTransaction',
  'eth_signTypedData',
  'eth_signTypedData_v3',
  'eth_signTypedData_v4',
])

/** anvil's texts about the pool, and those of Base's nodes. */
const REWORDED: readonly [anvil: RegExp, base: string][] = [
  [/^transaction already imported/i, 'already known'],
  [/^insufficient funds for gas \* price \+ value/i, 'insufficient funds for gas * price + value'],
]
/** anvil's code for a transaction it refuses. Base's nodes use the generic one. */
const TRANSACTION_REJECTED = -32003
const SERVER_ERROR = -32000

/** Something that answers JSON-RPC requests. */
export type Responder = Pick<NodeRpc, 'answer'>

/**
 * How long `eth_sendRawTransactionSync` waits, in milliseconds.
 * @see https://docs.chainstack.com/reference/base-sendrawtransactionsync (checked 2026-11-30)
 */
const SYNC_DEFAULT_MS = 2_000
const SYNC_MAX_MS = 6_000
/** reth's code, whose `data` is the hash. EIP-7966 has 4. */
const SYNC_TIMED_OUT = -32002
const INVALID_PARAMS = -32602
/** Matches nothing. */
const SILENT_FILTER = { address: `0x${'f'.repeat(40)}`, topics: [`0x${'f'.repeat(64)}`] }

export interface BaseNodeOptions {
  /** The node itself. */
  node: NodeRpc
  /** Its answers as clients see them. */
  view: Responder
  timeline: Timeline
  /** Runs the code that sends a transaction to the node. */
  taking(send: () => Promise<JsonRpcAnswer>): Promise<JsonRpcAnswer>
  /** Wei per gas that is suggested as a tip. */
  tip(): bigint
  /** all: shows all pending transactions. own: only those that it received itself. none: only mined ones. */
  knows: 'all' | 'own' | 'none'
}

/** Makes an anvil answer like a public node of Base: its methods, pool rules, error forms and fee level. */
export function createBaseNode({ node, view, timeline, taking, tip, knows }: BaseNodeOptions): Responder {
  const own = new Set<Hex>()

  async function send(raw: Hex): Promise<JsonRpcAnswer> {
    const error = await refusal(node, raw)
    if (error) return { error }
    const answer = await taking(() => node.answer({ method: 'eth_sendRawTransaction', params: [raw] }))
    if ('result' in answer) own.add(answer.result as Hex)
    return answer
  }

  async function sendSync([raw, timeoutMs = SYNC_DEFAULT_MS]: [Hex, unknown?]): Promise<JsonRpcAnswer> {
    if (!Number.isInteger(timeoutMs) || Number(timeoutMs) < 1 || Number(timeoutMs) > SYNC_MAX_MS) {
      return { error: { code: INVALID_PARAMS, message: `invalid timeout: a number of ms, at most ${SYNC_MAX_MS}` } }
    }
    const answer = await send(raw)
    if ('error' in answer) return answer
    const hash = keccak256(raw)
    const receipt = await receiptWithin(hash, Number(timeoutMs))
    if (receipt) return receipt
    const message = `Transaction ${hash} was added to the mempool but wasn't confirmed within ${timeoutMs}ms.`
    return { error: { code: SYNC_TIMED_OUT, message, data: hash } }
  }

  async function receiptWithin(hash: Hex, timeoutMs: number): Promise<JsonRpcAnswer | undefined> {
    let isOver = false
    let wake = () => {}
    const timer = setTimeout(() => {
      isOver = true
      wake()
    }, timeoutMs)
    const stop = timeline.onBlock(() => wake())
    try {
      while (!isOver) {
        const next = new Promise<void>((resolve) => {
          wake = resolve
        })
        const answer = await view.answer({ method: 'eth_getTransactionReceipt', params: [hash] })
        if ('result' in answer && answer.result !== null) return answer
        if (!isOver) await next
      }
      return undefined
    } finally {
      clearTimeout(timer)
      stop()
    }
  }

  /** The pool is private: a pending transaction is known at most to the node that accepted it. */
  function hidden(answer: JsonRpcAnswer): JsonRpcAnswer {
    if (knows === 'all' || 'error' in answer || answer.result === null) return answer
    const { hash, blockNumber } = answer.result as { hash: Hex; blockNumber: Hex | null }
    return blockNumber !== null || (knows === 'own' && own.has(hash)) ? answer : { result: null }
  }

  async function serve(request: JsonRpcRequest): Promise<JsonRpcAnswer> {
    const { method } = request
    if (!SERVED.test(method) || NOT_SERVED.has(method)) {
      return { error: { code: -32601, message: `the method ${method} does not exist/is not available` } }
    }
    switch (method) {
      case 'eth_maxPriorityFeePerGas':
        return { result: numberToHex(tip()) }
      case 'eth_sendRawTransaction':
        return send((request.params as [Hex])[0])
      case 'eth_sendRawTransactionSync':
        return sendSync(request.params as [Hex, unknown?])
      case 'eth_newPendingTransactionFilter':
        if (knows === 'all') break
        return view.answer({ method: 'eth_newFilter', params: [SILENT_FILTER] })
      case 'eth_getRawTransactionByHash':
      case 'eth_getTransactionBySenderAndNonce':
        if (knows === 'all') break
        return { error: { code: -32601, message: `the method ${method} does not exist/is not available` } }
    }
    const answer = await view.answer(request)
    if (method === 'eth_getTransactionByHash') return hidden(answer)
    if (method === 'eth_gasPrice' && 'result' in answer) {
      return { result: numberToHex(BigInt(answer.result as Hex) - ANVIL_TIP + tip()) }
    }
    return answer
  }

  return {
    async answer(request) {
      const answer = await serve(request)
      return 'error' in answer ? { error: asOnBase(answer.error) } : answer
    },
  }
}

function asOnBase({ code, message, ...rest }: JsonRpcError): JsonRpcError {
  const reworded = REWORDED.find(([anvil]) => anvil.test(message))?.[1] ?? message
  return { code: code === TRANSACTION_REJECTED ? SERVER_ERROR : code, message: reworded, ...rest }
}
