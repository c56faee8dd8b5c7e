import { concat, encodeFunctionData, type Hex, keccak256, numberToHex, parseAbi } from 'viem'
import type { Responder } from './base-node.ts'
import type { JsonRpcAnswer, JsonRpcRequest, NodeRpc } from './node-rpc.ts'
import type { Timeline } from './timeline.ts'

/**
 * Base after the upgrade Denim of 2026-11-05, as its nodes show it: milliseconds of each block, two deposits of the
 * protocol at its head, and no state beyond the latest block.
 *
 * The deposits are shown only, not executed: the roots, the gas and the hash of a block are anvil's, and there is no code
 * at the two predeploys.
 *
 * @see https://docs.base.org/base-chain/specs/upgrades/denim/overview (checked 2026-11-30)
 * @see https://docs.chainstack.com/docs/base-denim-200ms-blocks (checked 2026-11-30)
 */
export function createDenimView(node: NodeRpc, timeline: Timeline): Responder {
  const blocksByDeposit = new Map<Hex, Hex>()

  const msOf = ({ blockNumber }: Mined): Hex | undefined => {
    const block = blockNumber === null ? undefined : timeline.at(Number(blockNumber))
    return block && numberToHex(block.timestampMs)
  }

  /** A transaction, a receipt or a log of a block. */
  function moved<T extends Mined>(item: T): T {
    if (item.blockNumber === null || item.transactionIndex === null) return item
    const blockTimestampMs = msOf(item)
    const transactionIndex = numberToHex(Number(item.transactionIndex) + DEPOSITS.length)
    const logs = item.logs && { logs: item.logs.map(moved) }
    return { ...item, ...logs, transactionIndex, ...(blockTimestampMs && { blockTimestampMs }) }
  }

  function depositsOf(block: Block) {
    const partMs = (timeline.at(Number(block.number))?.timestampMs ?? 0) % 1_000
    return DEPOSITS.map((fixed, index) => {
      const hash = keccak256(concat([block.hash, numberToHex(index)]))
      blocksByDeposit.set(hash, block.hash)
      const blockTimestampMs = msOf({ blockNumber: block.number, transactionIndex: null })
      return {
        ...fixed,
        input: fixed.to === BASE_TIME ? encodeFunctionData({ abi: baseTimeAbi, args: [partMs] }) : ('0x' as const),
        hash,
        sourceHash: keccak256(hash),
        blockHash: block.hash,
        blockNumber: block.number,
        transactionIndex: numberToHex(index),
        ...(blockTimestampMs && { blockTimestampMs }),
      }
    })
  }

  function shown(block: Block): Block {
    const deposits = depositsOf(block)
    const isFull = block.transactions.some((transaction) => typeof transaction !== 'string')
    const timestampMs = msOf({ blockNumber: block.number, transactionIndex: null })
    const transactions = isFull
      ? [...deposits, ...(block.transactions as Mined[]).map(moved)]
      : [...deposits.map(({ hash }) => hash), ...block.transactions]
    return { ...block, extraData: FEE_PARAMETERS, ...(timestampMs && { timestampMs }), transactions }
  }

  async function blockWith(hash: Hex, isFull: boolean): Promise<Block> {
    return shown((await node.request({ method: 'eth_getBlockByHash', params: [hash, isFull] })) as Block)
  }

  async function deposit(hash: Hex) {
    const blockHash = blocksByDeposit.get(hash)
    if (blockHash === undefined) return undefined
    const block = (await node.request({ method: 'eth_getBlockByHash', params: [blockHash, false] })) as Block | null
    return block === null ? undefined : depositsOf(block).find((found) => found.hash === hash)
  }

  async function special({ method, params }: JsonRpcRequest): Promise<JsonRpcAnswer | undefined> {
    const [of, index] = params as [Hex, unknown]
    switch (method) {
      case 'eth_getTransactionByHash': {
        const found = await deposit(of)
        return found && { result: found }
      }
      case 'eth_getTransactionReceipt': {
        const found = await deposit(of)
        return found && { result: receiptOf(found) }
      }
      case 'eth_getTransactionByBlockHashAndIndex':
      case 'eth_getTransactionByBlockNumberAndIndex': {
        const by = method === 'eth_getTransactionByBlockHashAndIndex' ? 'eth_getBlockByHash' : 'eth_getBlockByNumber'
        const block = (await node.request({ method: by, params: [of, true] })) as Block | null
        return { result: (block && (await blockWith(block.hash, true)).transactions[Number(index)]) ?? null }
      }
    }
    if (method !== 'eth_getBlockReceipts') return undefined
    const by = /^0x[0-9a-f]{64}$/i.test(of) ? 'eth_getBlockByHash' : 'eth_getBlockByNumber'
    const block = (await node.request({ method: by, params: [of, false] })) as Block | null
    if (block === null) return { result: null }
    const receipts = (await node.request({ method, params: [of] })) as Mined[]
    return { result: [...depositsOf(block).map(receiptOf), ...receipts.map(moved)] }
  }

  function dressed(method: string, isFull: boolean, result: unknown): unknown {
    if (result === null || result === undefined) return result
    switch (method) {
      case 'eth_getBlockByHash':
      case 'eth_getBlockByNumber': {
        const block = shown(result as Block)
        // An empty list does not show whether full transactions were requested.
        const isEmpty = (result as Block).transactions.length === 0
        return isEmpty && isFull ? { ...block, transactions: depositsOf(block) } : block
      }
      case 'eth_getBlockTransactionCountByHash':
      case 'eth_getBlockTransactionCountByNumber':
        return numberToHex(Number(result) + DEPOSITS.length)
      case 'eth_getTransactionByHash':
      case 'eth_getTransactionReceipt':
        return moved(result as Mined)
      case 'eth_getFilterChanges':
      case 'eth_getFilterLogs':
      case 'eth_getLogs':
        return (result as (Mined | Hex)[]).map((item) => (typeof item === 'string' ? item : moved(item)))
      default:
        return result
    }
  }

  return {
    async answer({ params = [], ...rest }) {
      const request = { ...rest, params: (params as unknown[]).map(asLatest) }
      const own = await special(request)
      if (own) return own
      const answer = await node.answer(request)
      if ('error' in answer) return answer
      return { result: dressed(request.method, request.params[1] === true, answer.result) }
    },
  }
}

interface Mined {
  blockNumber: Hex | null
  transactionIndex: Hex | null
  logs?: Mined[]
}

interface Block {
  hash: Hex
  number: Hex
  transactions: readonly unknown[]
  extraData?: Hex
  timestampMs?: Hex
}

const DEPOSITOR = '0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001'
const L1_BLOCK = '0x4200000000000000000000000000000000000015'
/** Receives the milliseconds within the second of each block, a multiple of 200 ms. */
const BASE_TIME = '0x4200000000000000000000000000000000000030'
const baseTimeAbi = parseAbi(['function setTimestampMillisPart(uint16 timestampMillisPart)'])
/** The calldata of the L1 attributes is left out. */
const DEPOSITS = [L1_BLOCK, BASE_TIME].map((to) => ({
  type: '0x7e',
  from: DEPOSITOR,
  to,
  nonce: '0x0',
  mint: '0x0',
  value: '0x0',
  gas: '0xf4240',
  gasPrice: '0x0',
  isSystemTx: false,
  depositReceiptVersion: '0x1',
  r: '0x0',
  s: '0x0',
  v: '0x0',
  yParity: '0x0',
}))

/**
 * Version 1, then denominator 1000, elasticity 5 and a minimum base fee of 5,000,000 wei: the base fee moves by at most
 * (5 - 1) / 1000 a block.
 * @see https://specs.optimism.io/protocol/jovian/exec-engine.html (form), base/base PR 4565 (denominator of Denim)
 */
const FEE_PARAMETERS: Hex = concat([
  '0x01',
  numberToHex(1_000, { size: 4 }),
  numberToHex(5, { size: 4 }),
  numberToHex(5_000_000, { size: 8 }),
])

function receiptOf(deposit: Mined & { hash: Hex; from: string; to: string; blockHash: Hex }) {
  const { hash, from, to, blockHash, blockNumber, transactionIndex } = deposit
  return {
    type: '0x7e',
    status: '0x1',
    transactionHash: hash,
    from,
    to,
    blockHash,
    blockNumber,
    transactionIndex,
    ...('blockTimestampMs' in deposit && { blockTimestampMs: deposit.blockTimestampMs }),
    gasUsed: '0x0',
    cumulativeGasUsed: '0x0',
    effectiveGasPrice: '0x0',
    contractAddress: null,
    depositNonce: '0x0',
    depositReceiptVersion: '0x1',
    logs: [],
    logsBloom: `0x${'0'.repeat(512)}`,
  }
}

/** There is no state beyond the latest block: `pending` is read as `latest`, in log filters as well. */
function asLatest(parameter: unknown): unknown {
  if (parameter === 'pending') return 'latest'
  if (typeof parameter !== 'object' || parameter === null || Array.isArray(parameter)) return parameter
  const { fromBlock, toBlock } = parameter as Record<string, unknown>
  return {
    ...parameter,
    ...(fromBlock === 'pending' && { fromBlock: 'latest' }),
    ...(toBlock === 'pending' && { toBlock: 'latest' }),
  }
}
