import {
  decodeFunctionData,
  decodeFunctionResult,
  encodeFunctionResult,
  type Hex,
  keccak256,
  numberToHex,
  parseTransaction,
  toFunctionSelector,
} from 'viem'
import { multicallAbi, stakingAbi } from '../../src/adapters/chain/abi.ts'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { type Answer, openScripted } from '../adapters/chain/replica.ts'

type Lie = Parameters<typeof openScripted>[1]
type Request = Parameters<Lie>[0]

/** An endpoint in front of the sandbox's own, whose answers `lie` changes. */
export const startLiar = ({ rpcUrl }: Pick<Sandbox, 'rpcUrl'>, lie: Lie): Promise<string> => openScripted(rpcUrl, lie)

/** An endpoint that withholds transactions, and says that their nonces are used. */
export async function startKeeper(
  sandbox: Sandbox,
  lieAbout: (request: Request, kept: readonly Hex[]) => unknown = none,
) {
  const kept: Hex[] = []
  const url = await startLiar(sandbox, async (request, node) => {
    const { method, params } = request
    if (method.startsWith('eth_sendRawTransaction')) {
      const [raw] = params as [Hex]
      if (!kept.includes(raw)) kept.push(raw)
      if (method === 'eth_sendRawTransaction') return { result: keccak256(raw) }
      return { error: { code: -32_002, message: 'The transaction was not mined within the time.' } }
    }
    const told = await lieAbout(request, kept)
    if (told !== undefined) return { result: told }
    const answer = await node(request)
    if (method !== 'eth_getTransactionCount' || !('result' in answer)) return answer
    const next = kept.map((raw) => (parseTransaction(raw).nonce ?? 0) + 1)
    return { result: numberToHex(Math.max(Number(answer.result), ...next)) }
  })
  return {
    url,
    kept: kept as readonly Hex[],
    /** Sends everything withheld in its order of arrival, and has it mined. */
    async release(): Promise<void> {
      for (const raw of kept) await sandbox.chain.public.sendRawTransaction({ serializedTransaction: raw }).catch(none)
      await sandbox.chain.mine()
    },
  }
}

const none = () => undefined

/** An invented receipt. */
export const receiptOf = (
  hash: Hex,
  { from, block, status }: { from: Hex; block: { number: bigint; hash: Hex }; status: Hex },
) => ({
  transactionHash: hash,
  transactionIndex: '0x0',
  blockHash: block.hash,
  blockNumber: numberToHex(block.number),
  from,
  to: ADDRESSES.staking,
  cumulativeGasUsed: '0x5208',
  gasUsed: '0x5208',
  effectiveGasPrice: '0x1',
  contractAddress: null,
  logs: [],
  logsBloom: `0x${'0'.repeat(512)}`,
  type: '0x2',
  status,
})

/** Answers `node`'s, with what `getDiemAmountOut` returns divided by `divisor`, wherever it is asked for. */
export async function misquoted(request: Request, node: Answer, divisor: bigint) {
  const answer = await node(request)
  const [call] = request.params as [{ data?: Hex; input?: Hex }?]
  const data = call?.data ?? call?.input
  if (request.method !== 'eth_call' || data === undefined || !('result' in answer)) return answer
  const result = answer.result as Hex
  const less = (quote: Hex): Hex => {
    const amount = decodeFunctionResult({ abi: stakingAbi, functionName: 'getDiemAmountOut', data: quote })
    return encodeFunctionResult({ abi: stakingAbi, functionName: 'getDiemAmountOut', result: amount / divisor })
  }
  if (isQuote(data)) return { result: less(result) }
  if (!data.startsWith(AGGREGATE)) return answer
  const { args } = decodeFunctionData({ abi: multicallAbi, data })
  const asked = args[0] as readonly { callData: Hex }[]
  const results = decodeFunctionResult({ abi: multicallAbi, functionName: 'aggregate3', data: result })
  const told = results.map((one, index) => {
    const isAsked = one.success && isQuote(asked[index]?.callData ?? '0x')
    return isAsked ? { ...one, returnData: less(one.returnData) } : one
  })
  return { result: encodeFunctionResult({ abi: multicallAbi, functionName: 'aggregate3', result: told }) }
}

const AGGREGATE = toFunctionSelector('aggregate3((address,bool,bytes)[])')
const QUOTE = toFunctionSelector('getDiemAmountOut(uint256)')
const isQuote = (data: Hex): boolean => data.startsWith(QUOTE)
