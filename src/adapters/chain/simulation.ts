import {
  decodeErrorResult,
  decodeFunctionResult,
  encodeAbiParameters,
  encodeFunctionData,
  type Hex,
  HttpRequestError,
  hexToBigInt,
  keccak256,
  type StateOverride,
  toHex,
} from 'viem'
import { ADDRESSES, type Address } from '../../domain/addresses.ts'
import { excerpt } from '../../domain/redact.ts'
import { StakeNotCreditedInSimulationError } from '../../errors/chain/staking-contract.ts'
import { erc20Abi, multicallAbi, stakingAbi } from './abi.ts'
import type { BlockWait } from './block-wait.ts'
import type { ReadClient } from './read-client.ts'
import { isBehind, isRateLimit, isUnreached, nodeText } from './rpc-errors.ts'

/** Slots of the mappings of balances and allowances in VVV (solmate 6.8.0: `contract Venice is ERC20, Owned`). */
const BALANCE_SLOT = 3n
const ALLOWANCE_SLOT = 4n
/** Temporary answers of gateways, independent of the request. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([401, 403, 408, 429, 502, 503, 504])

/** The result of simulated stakes. unavailable: no endpoint asked simulates. */
export type Simulation =
  | { outcome: 'credited' }
  | { outcome: 'reverted'; reason: string }
  | { outcome: 'unavailable'; why: string }

export interface StakeRequest {
  account: Address
  blockNumber: bigint
  /** Base units to approve first, or null if the allowance is enough. */
  approve: bigint | null
  stakes: readonly { recipient: Address; amount: bigint }[]
  /** Base units of VVV that the account is assumed to hold, because it holds too little. */
  assumedVvv?: bigint
  /** Ask even an endpoint that has refused state overrides before. */
  isRequired: boolean
}

export interface Simulator {
  /** Requests what a simulation needs, together with the current reads. Safe to repeat. */
  prepare(): void
  /**
   * Simulates approve and stakes in one `eth_call` at one block, and compares balances before and after: the sVVV of
   * each recipient rises by exactly its amount, VVV of the account falls by at most what is staked (rewards may add to
   * it), DIEM and USDC stay. One node runs all of it, so a revert is not caused by an approve that the node does not
   * know. No side effects.
   *
   * It shows what honest code does. Code that recognises a simulation may act differently in a block.
   *
   * @throws {StakeNotCreditedInSimulationError}
   */
  stakes(request: StakeRequest): Promise<Simulation>
  /** Whether state overrides may be worth a request. */
  mayOverride(): boolean
  /**
   * Notes the failure of a request with a state override. True: the endpoint does not support it; false: a temporary
   * failure.
   */
  noteRefusal(error: unknown): boolean
}

/** @param client - the simulation calls the account itself, which gets the code of Multicall3 for one call. */
export function createSimulator(client: ReadClient, atBlock: BlockWait): Simulator {
  let isRefused = false
  let multicall: Promise<Hex | undefined> | null = null

  /** Read once per process, because it cannot change. */
  function codeOfMulticall(): Promise<Hex | undefined> {
    multicall ??= client.getCode({ address: ADDRESSES.multicall3 }).catch((error: unknown) => {
      multicall = null
      throw error
    })
    return multicall
  }

  function noteRefusal(error: unknown): boolean {
    if (isPassing(error)) return false
    isRefused = true
    return true
  }

  return {
    prepare: () => void codeOfMulticall().catch(() => {}),
    mayOverride: () => !isRefused,
    noteRefusal,
    async stakes(request) {
      if (isRefused && !request.isRequired) return { outcome: 'unavailable', why: 'it takes no state overrides.' }
      const code = await codeOfMulticall()
      if (code === undefined) return { outcome: 'unavailable', why: 'the chain has no Multicall3.' }
      const { account, blockNumber } = request
      const steps = stepsOf(request)
      const data = encodeFunctionData({
        abi: multicallAbi,
        functionName: 'aggregate3',
        args: [steps.map(({ target, callData }) => ({ target, allowFailure: true, callData }))],
      })
      const assumed = request.assumedVvv === undefined ? [] : balanceOverride(account, request.assumedVvv)
      const stateOverride = [{ address: account, code }, ...assumed]
      try {
        const { data: answer } = await atBlock(() => client.call({ to: account, data, blockNumber, stateOverride }))
        const results = answer === undefined ? null : decoded(answer)
        if (results === null || results.length !== steps.length) {
          isRefused = true
          return { outcome: 'unavailable', why: 'it ignores state overrides.' }
        }
        isRefused = false
        return judge(request, results)
      } catch (error) {
        if (error instanceof StakeNotCreditedInSimulationError || !noteRefusal(error)) throw error
        return { outcome: 'unavailable', why: nodeText(error) }
      }
    },
  }
}

/** A temporary failure, which says nothing about state overrides. */
function isPassing(error: unknown): boolean {
  if (isBehind(error) || isRateLimit(error)) return true
  for (let cause = error; cause instanceof Error; cause = cause.cause as Error) {
    if (cause.name === 'TimeoutError' || isUnreached(cause)) return true
    if (cause instanceof HttpRequestError) return cause.status === undefined || PASSING_STATUSES.has(cause.status)
  }
  return false
}

interface Step {
  target: Address
  callData: Hex
}

const balanceOf = (target: Address, account: Address): Step => ({
  target,
  callData: encodeFunctionData({ abi: erc20Abi, functionName: 'balanceOf', args: [account] }),
})

/** Balances that stakes of `account` may change, or must not. */
const balances = ({ account, stakes }: StakeRequest): Step[] => [
  ...[ADDRESSES.vvv, ADDRESSES.diem, ADDRESSES.usdc].map((token) => balanceOf(token, account)),
  ...stakes.map(({ recipient }) => balanceOf(ADDRESSES.staking, recipient)),
]

function stepsOf(request: StakeRequest): Step[] {
  const { account, approve, stakes } = request
  const allowing = { abi: erc20Abi, functionName: 'approve', args: [ADDRESSES.staking, approve ?? 0n] } as const
  const allowed = { abi: erc20Abi, functionName: 'allowance', args: [account, ADDRESSES.staking] } as const
  return [
    ...balances(request),
    ...(approve === null ? [] : [{ target: ADDRESSES.vvv, callData: encodeFunctionData(allowing) }]),
    { target: ADDRESSES.vvv, callData: encodeFunctionData(allowed) },
    ...stakes.map(({ recipient, amount }) => ({
      target: ADDRESSES.staking,
      callData: encodeFunctionData({ abi: stakingAbi, functionName: 'stake', args: [recipient, amount] }),
    })),
    ...balances(request),
  ]
}

type Result = { success: boolean; returnData: Hex }

function decoded(answer: Hex): readonly Result[] | null {
  try {
    return decodeFunctionResult({ abi: multicallAbi, functionName: 'aggregate3', data: answer })
  } catch {
    return null
  }
}

function judge(request: StakeRequest, results: readonly Result[]): Simulation {
  const { approve, stakes } = request
  const count = balances(request).length
  const before = results.slice(0, count).map(numberOf)
  const after = results.slice(-count).map(numberOf)
  const staked = results.slice(-count - stakes.length, -count)
  const allowance = numberOf(results[count + (approve === null ? 0 : 1)])
  const total = stakes.reduce((sum, { amount }) => sum + amount, 0n)
  const [vvv = null] = before
  if (allowance === null || allowance < total || vvv === null || vvv < total) {
    return { outcome: 'unavailable', why: 'it shows less VVV, or less of an allowance, than there is.' }
  }
  const refused = staked.find(({ success }) => !success)
  if (refused !== undefined) return { outcome: 'reverted', reason: reasonOf(refused.returnData) }
  const gained = (index: number): bigint => (after[index] ?? 0n) - (before[index] ?? 0n)
  const facts = [
    ...stakes.flatMap(({ recipient, amount }, index) => {
      const credited = gained(3 + index)
      return credited === amount ? [] : [`sVVV of ${recipient}: ${credited}, expected ${amount} (base units)`]
    }),
    ...(gained(0) < -total ? [`VVV of the wallet: ${gained(0)}, expected at least ${-total} (base units)`] : []),
    ...['DIEM', 'USDC'].flatMap((coin, index) => {
      const moved = gained(1 + index)
      return moved === 0n ? [] : [`${coin} of the wallet: ${moved}, expected 0 (base units)`]
    }),
  ]
  if (facts.length > 0) throw new StakeNotCreditedInSimulationError({ facts })
  return { outcome: 'credited' }
}

const numberOf = (result: Result | undefined): bigint | null =>
  result?.success === true && result.returnData.length === 66 ? hexToBigInt(result.returnData) : null

/** The contract's reason if it is a string or a panic; else the data. */
function reasonOf(data: Hex): string {
  if (data === '0x') return 'execution reverted'
  try {
    const { errorName, args = [] } = decodeErrorResult({ abi: [], data })
    return excerpt(`${errorName}(${args.join(', ')})`)
  } catch {
    return excerpt(data)
  }
}

const pair = [{ type: 'address' }, { type: 'bytes32' }] as const
const slotOf = (key: Address, mapping: Hex): Hex => keccak256(encodeAbiParameters(pair, [key, mapping]))

/** State of VVV as if `account` had approved `amount`. */
export function allowanceOverride(account: Address, amount: bigint): StateOverride {
  const slot = slotOf(ADDRESSES.staking, slotOf(account, toHex(ALLOWANCE_SLOT, { size: 32 })))
  return [{ address: ADDRESSES.vvv, stateDiff: [{ slot, value: toHex(amount, { size: 32 }) }] }]
}

/** State of VVV as if `account` held `amount`. */
function balanceOverride(account: Address, amount: bigint): StateOverride {
  const slot = slotOf(account, toHex(BALANCE_SLOT, { size: 32 }))
  return [{ address: ADDRESSES.vvv, stateDiff: [{ slot, value: toHex(amount, { size: 32 }) }] }]
}
