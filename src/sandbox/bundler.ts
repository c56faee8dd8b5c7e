import {
  type Address,
  BaseError,
  decodeErrorResult,
  encodeFunctionData,
  type Hex,
  hexToBigInt,
  keccak256,
  numberToHex,
  parseEther,
  RpcRequestError,
  toHex,
} from 'viem'
import { getUserOperationHash, toPackedUserOperation, type UserOperation } from 'viem/account-abstraction'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { BASE_CHAIN_ID, isSameAddress } from '../domain/addresses.ts'
import { entryPoint06Abi, entryPointAbi } from './contracts/abi.ts'
import { ENTRY_POINTS } from './contracts/deploy.ts'
import type { JsonRpcAnswer, JsonRpcRequest, NodeRpc } from './node-rpc.ts'
import { PAYMASTER_GAS, sponsored } from './paymaster.ts'

/** A user operation in JSON-RPC: quantities are 0x-hex. @see https://eips.ethereum.org/EIPS/eip-7769 */
export type RpcOperation = Readonly<Record<string, Hex | undefined>>

/** Fixed gas amounts in place of a real bundler's estimates. */
const GAS = {
  call: 400_000n,
  verification: 150_000n,
  deployment: 1_500_000n,
  preVerification: 60_000n,
}
const CALL_MARGIN = 30_000n
/** @see https://eips.ethereum.org/EIPS/eip-7769 */
const CODES = { params: -32602, account: -32500, paymaster: -32501, execution: -32521 }

interface Pooled {
  entryPoint: Address
  operation: UserOperation
  rpc: RpcOperation
  /** Hash of the transaction that carries it. */
  transaction: Hex
}

const QUANTITIES = [
  'nonce',
  'callGasLimit',
  'verificationGasLimit',
  'preVerificationGas',
  'maxFeePerGas',
  'maxPriorityFeePerGas',
  'paymasterVerificationGasLimit',
  'paymasterPostOpGasLimit',
]

const operationOf = (rpc: RpcOperation): UserOperation =>
  Object.fromEntries(
    Object.entries(rpc).map(([name, value]) => [
      name,
      QUANTITIES.includes(name) && value !== undefined ? hexToBigInt(value) : value,
    ]),
  ) as unknown as UserOperation

type Version = keyof typeof ENTRY_POINTS

const VERSIONS = Object.keys(ENTRY_POINTS) as Version[]

const versionOf = (entryPoint: Address): Version | null =>
  VERSIONS.find((version) => isSameAddress(ENTRY_POINTS[version], entryPoint)) ?? null

/** The call of the transaction that carries the operation. */
function handling(operation: UserOperation, version: Version, beneficiary: Address): Hex {
  if (version !== '0.6')
    return encodeFunctionData({
      abi: entryPointAbi,
      functionName: 'handleOps',
      args: [[toPackedUserOperation(operation)], beneficiary],
    })
  return encodeFunctionData({
    abi: entryPoint06Abi,
    functionName: 'handleOps',
    args: [[operation as UserOperation<'0.6'> & { initCode: Hex; paymasterAndData: Hex }], beneficiary],
  })
}

/** The hash of the operation as a client computes it; null if the EntryPoint is not one of the sandbox's. */
export function hashOfOperation([rpc, entryPoint]: readonly [RpcOperation, Address]): Hex | null {
  const version = versionOf(entryPoint)
  if (version === null) return null
  return getUserOperationHash({
    chainId: BASE_CHAIN_ID,
    entryPointAddress: ENTRY_POINTS[version],
    entryPointVersion: version,
    userOperation: operationOf(rpc),
  })
}

interface Bundler {
  /** Null: the request is for the node. */
  answer(request: JsonRpcRequest): Promise<JsonRpcAnswer | null>
}

/**
 * A bundler, and a paymaster service that pays for everybody. Each user operation is sent at once, in its own
 * transaction. Accepted operations are kept only in memory. Answers null to requests for the node.
 *
 * @param taking - runs the code that sends a transaction to the node.
 */
export function createBundler({
  node,
  taking,
}: {
  node: NodeRpc
  taking(send: () => Promise<JsonRpcAnswer>): Promise<JsonRpcAnswer>
}): Bundler {
  const account = privateKeyToAccount(generatePrivateKey())
  const pool = new Map<Hex, Pooled>()
  const call = (method: string, ...params: unknown[]) => node.request({ method, params })
  const refuse = (code: number, message: string): JsonRpcAnswer => ({ error: { code, message } })

  async function send([rpc, entryPoint]: [RpcOperation, Address]): Promise<JsonRpcAnswer> {
    const version = versionOf(entryPoint)
    const hash = hashOfOperation([rpc, entryPoint])
    if (version === null || hash === null) return refuse(CODES.params, 'unsupported EntryPoint')
    if (pool.has(hash)) return { result: hash }
    const operation = operationOf(rpc)
    for (const other of pool.values()) {
      if (other.operation.sender !== operation.sender || other.operation.nonce !== operation.nonce) continue
      if (await receiptOf(other)) continue
      const isEnough = operation.maxFeePerGas * 10n >= other.operation.maxFeePerGas * 11n
      if (!isEnough) return refuse(CODES.params, 'replacement underpriced')
    }
    const data = handling(operation, version, account.address)
    const failed = await failureOf({ from: account.address, to: entryPoint, data })
    if (failed !== null) return refuse(/AA3\d/.test(failed) ? CODES.paymaster : CODES.account, failed)
    await call('anvil_setBalance', account.address, toHex(parseEther('100')))
    const [nonce, { baseFeePerGas }] = await Promise.all([
      call('eth_getTransactionCount', account.address, 'pending') as Promise<Hex>,
      call('eth_getBlockByNumber', 'latest', false) as Promise<{ baseFeePerGas: Hex }>,
    ])
    const raw = await account.signTransaction({
      type: 'eip1559',
      chainId: BASE_CHAIN_ID,
      nonce: Number(nonce),
      to: entryPoint,
      data,
      gas: 5_000_000n,
      maxFeePerGas: hexToBigInt(baseFeePerGas) * 2n + 1_000_000n,
      maxPriorityFeePerGas: 1_000_000n,
    })
    pool.set(hash, { entryPoint, operation, rpc, transaction: keccak256(raw) })
    const sent = await taking(() => node.answer({ method: 'eth_sendRawTransaction', params: [raw] }))
    return 'error' in sent ? sent : { result: hash }
  }

  async function failureOf(transaction: object): Promise<string | null> {
    try {
      await call('eth_call', { ...transaction, gas: toHex(10_000_000) }, 'latest')
      return null
    } catch (error) {
      return reasonIn(error)
    }
  }

  async function estimate([rpc, entryPoint]: [RpcOperation, Address]): Promise<JsonRpcAnswer> {
    const isNew = rpc.factory !== undefined || (rpc.initCode ?? '0x') !== '0x'
    let callGas = GAS.call
    if (!isNew) {
      try {
        const gas = await call('eth_estimateGas', { from: entryPoint, to: rpc.sender, data: rpc.callData })
        callGas = hexToBigInt(gas as Hex) + CALL_MARGIN
      } catch (error) {
        return refuse(CODES.execution, reasonIn(error))
      }
    }
    return {
      result: {
        preVerificationGas: numberToHex(GAS.preVerification),
        verificationGasLimit: numberToHex(isNew ? GAS.deployment : GAS.verification),
        callGasLimit: numberToHex(callGas),
        ...(rpc.paymaster !== undefined && {
          paymasterVerificationGasLimit: numberToHex(PAYMASTER_GAS),
          paymasterPostOpGasLimit: '0x0',
        }),
      },
    }
  }

  interface Receipt {
    status: Hex
    transactionHash: Hex
    blockNumber: Hex
    logs: readonly { topics: readonly Hex[]; data: Hex }[]
  }

  const receiptOf = ({ transaction }: Pooled) =>
    call('eth_getTransactionReceipt', transaction) as Promise<Receipt | null>

  async function receipt([hash]: [Hex]): Promise<JsonRpcAnswer> {
    const pooled = pool.get(hash)
    const found = pooled === undefined ? null : await receiptOf(pooled)
    const event = found?.logs.find(({ topics }) => topics[1] === hash && topics.length === 4)
    if (pooled === undefined || found == null || event === undefined) return { result: null }
    const isSuccess = hexToBigInt(`0x${event.data.slice(66, 130)}`) === 1n
    const { sender, nonce } = pooled.rpc
    return {
      result: { userOpHash: hash, sender, nonce, entryPoint: pooled.entryPoint, success: isSuccess, receipt: found },
    }
  }

  async function byHash([hash]: [Hex]): Promise<JsonRpcAnswer> {
    const pooled = pool.get(hash)
    if (pooled === undefined) return { result: null }
    const { rpc: userOperation, entryPoint, transaction } = pooled
    const found = await receiptOf(pooled)
    return {
      result: { userOperation, entryPoint, transactionHash: transaction, blockNumber: found?.blockNumber ?? null },
    }
  }

  async function sponsor([rpc, entryPoint]: [RpcOperation, Address], isFinal: boolean): Promise<JsonRpcAnswer> {
    const version = versionOf(entryPoint)
    if (version === null) return refuse(CODES.params, 'unsupported EntryPoint')
    return sponsored(operationOf(rpc), { isOld: version === '0.6', isFinal })
  }

  return {
    async answer({ method, params }) {
      switch (method) {
        case 'eth_supportedEntryPoints':
          return { result: Object.values(ENTRY_POINTS) }
        case 'eth_estimateUserOperationGas':
          return estimate(params as [RpcOperation, Address])
        case 'eth_sendUserOperation':
          return send(params as [RpcOperation, Address])
        case 'eth_getUserOperationReceipt':
          return receipt(params as [Hex])
        case 'eth_getUserOperationByHash':
          return byHash(params as [Hex])
        case 'pm_getPaymasterStubData':
        case 'pm_getPaymasterData':
          return sponsor(params as [RpcOperation, Address], method === 'pm_getPaymasterData')
        default:
          return null
      }
    },
  }
}

function reasonIn(error: unknown): string {
  const { data } = error instanceof RpcRequestError ? (error as RpcRequestError & { data?: Hex }) : { data: undefined }
  try {
    return String(decodeErrorResult({ abi: entryPointAbi, data: data ?? '0x' }).args?.[1])
  } catch {
    return error instanceof BaseError ? error.details : String(error)
  }
}
