import { type Hex, numberToHex } from 'viem'
import { refusal } from './mempool.ts'
import type { JsonRpcAnswer, JsonRpcError, JsonRpcRequest, NodeRpc } from './node-rpc.ts'

/** Wei per gas: what nodes on Base suggest, and what anvil does. */
const TIP = 1_000_000n
const ANVIL_TIP = 1_000_000_000n
/** What a public node of Base serves; the namespaces of a local node, and signing by the node, are not in it. */
const SERVED = /^(eth|net|web3)_/
const NOT_SERVED = new Set([
  'eth_accounts',
  'eth_fillTransaction',
  'eth_requestAccounts',
  'eth_sendRawTransactionSync',
  'eth_sendTransaction',
  'eth_sendTransactionSync',
  'eth_sendUnsignedTransaction',
  'eth_sign',
  'eth_signTransaction',
  'eth_signTypedData',
  'eth_signTypedData_v3',
  'eth_signTypedData_v4',
])

/** anvil's words for a state of the pool, and those of Base's nodes. */
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
 * Makes an anvil answer as a public node of Base does: its methods, its pool rules, its error forms, its fee level.
 *
 * @param taking - runs what hands a transaction to the node.
 */
export function createBaseNode(
  node: NodeRpc,
  taking: (send: () => Promise<JsonRpcAnswer>) => Promise<JsonRpcAnswer>,
): Responder {
  async function send(request: JsonRpcRequest): Promise<JsonRpcAnswer> {
    const error = await refusal(node, (request.params as [Hex])[0])
    return error ? { error } : taking(() => node.answer(request))
  }

  async function serve(request: JsonRpcRequest): Promise<JsonRpcAnswer> {
    const { method } = request
    if (!SERVED.test(method) || NOT_SERVED.has(method)) {
      return { error: { code: -32601, message: `the method ${method} does not exist/is not available` } }
    }
    if (method === 'eth_maxPriorityFeePerGas') return { result: numberToHex(TIP) }
    if (method === 'eth_sendRawTransaction') return send(request)
    const answer = await node.answer(request)
    if (method === 'eth_gasPrice' && 'result' in answer) {
      return { result: numberToHex(BigInt(answer.result as Hex) - ANVIL_TIP + TIP) }
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
