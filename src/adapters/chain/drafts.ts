import { encodeFunctionData, type Hex } from 'viem'
import { ADDRESSES, type Address, isOfRecord } from '../../domain/addresses.ts'
import { type Draft, maxCost } from '../../domain/attempt.ts'
import type { Batch } from '../../domain/batch.ts'
import type { Fees } from '../../domain/fees.ts'
import type { AccountKind, StakeSimulation } from '../../domain/wallet-state.ts'
import { ImplementationUnverifiedError } from '../../errors/chain/staking-contract.ts'
import { ApproveWouldRevertError, StakeWouldRevertError } from '../../errors/chain/transactions.ts'
import { erc20Abi, stakingAbi } from './abi.ts'
import type { Reader } from './clients.ts'
import { executeData, makesBatches } from './delegation.ts'
import { ASSUMED_GAS, confirmRevert, estimateGas, withMargin } from './estimates.ts'
import { l1Fee, l1FeeCalls } from './l1-fee.ts'
import type { StakeRequest } from './simulation.ts'
import { requireStakeAnswers } from './staking-form.ts'

interface DraftRequest {
  chainId: number
  account: Address
  kind: AccountKind
  /** The code that a delegated account runs; null for other accounts. */
  delegate: Address | null
  /** The block that the rest was read at. */
  blockNumber: bigint
  nonce: number
  fees: Fees
  /** Base units of VVV to be staked, more than 0. */
  stake: bigint
  allowance: bigint
  sVvv: bigint
  /** Behind the staking proxy; null when it is not one. */
  implementation: Address | null
}

export interface Call {
  purpose: 'approve' | 'stake'
  to: Address
  data: Hex
  expected: bigint
  batch?: Batch
}

/**
 * Drafts what is missing: approve and stake together where both can be simulated and the account may have two in flight, or
 * has code that makes both in one transaction; else only the first. One round trip, one more for a delegated account, and
 * another one only where a stake is said to revert. No side effects.
 *
 * @throws {ApproveWouldRevertError} {StakeWouldRevertError} {StakeNotCreditedInSimulationError}
 * @throws {ImplementationUnverifiedError} what was accepted cannot be simulated.
 */
export async function draftTransactions(
  reader: Reader,
  request: DraftRequest,
): Promise<{ drafts: Draft[]; feeCeiling: bigint; simulation: StakeSimulation }> {
  const { delegate, stake, allowance } = request
  if (delegate !== null && allowance < stake && (await makesBatches(reader, request))) {
    const batch = await draftBatch(reader, { ...request, delegate })
    if (batch !== null) return batch
  }
  return draftCalls(reader, request)
}

type Drafted = Awaited<ReturnType<typeof draftTransactions>>

/** Approve and stake in one transaction of the account to itself; null where its code reverts although the stake is fine. */
async function draftBatch(reader: Reader, request: DraftRequest & { delegate: Address }): Promise<Drafted | null> {
  const { account, stake, blockNumber, delegate } = request
  const { data: _, ...staking } = stakeCall(request)
  const call: Call = {
    ...staking,
    to: account,
    data: executeData([approveCall(request), stakeCall(request)]),
    batch: { via: 'delegate', delegate, approve: stake.toString() },
  }
  const unsigned = { ...request, ...call, gas: ASSUMED_GAS.stake }
  const simulating = simulate(reader, {
    account,
    blockNumber,
    approve: stake,
    stakes: [{ recipient: account, amount: stake }],
    implementation: request.implementation,
  })
  const reading = Promise.all([
    estimateGas(reader, request, call),
    reader.atBlock(() => reader.uints(l1FeeCalls(unsigned), blockNumber)),
  ])
  reading.catch(() => {})
  const simulation = await simulating
  const [{ gas }, l1] = await reading
  if (gas === null) return null
  const draft = toDraft(request, call, { nonce: request.nonce, gas: withMargin('stake', gas), l1Fee: l1Fee(l1) })
  return { drafts: [draft], feeCeiling: maxCost(draft), simulation }
}

async function draftCalls(reader: Reader, request: DraftRequest): Promise<Drafted> {
  const { kind, stake, allowance, account, blockNumber } = request
  const needsApproval = allowance < stake
  const calls = [...(needsApproval ? [approveCall(request)] : []), stakeCall(request)]
  const unsigned = calls.map((call, index) => ({
    ...request,
    nonce: request.nonce + index,
    to: call.to,
    data: call.data,
    gas: ASSUMED_GAS[call.purpose],
  }))
  const simulating = simulate(reader, {
    account,
    blockNumber,
    approve: needsApproval ? stake : null,
    stakes: [{ recipient: account, amount: stake }],
    implementation: request.implementation,
  })
  const estimating = Promise.all(
    calls.map((call) => estimateGas(reader, request, call, call.purpose === 'stake' && needsApproval)),
  )
  const pricing = reader.atBlock(() => reader.uints(unsigned.flatMap(l1FeeCalls), blockNumber))
  for (const later of [estimating, pricing]) later.catch(() => {})
  // Whatever else fails, a stake that is not credited is the reason to name.
  const simulation = await simulating
  const [estimates, l1] = await Promise.all([estimating, pricing])
  const approveRevert = needsApproval ? estimates[0]?.revert : null
  if (approveRevert != null) throw new ApproveWouldRevertError(approveRevert.reason)
  const gas = estimates.map((estimate) => estimate.gas)
  if (!needsApproval && estimates[0]?.revert != null) {
    gas[0] = simulation === 'credited' ? ASSUMED_GAS.stake : await confirmRevert(reader, request, stakeCall(request))
  }
  const drafts: Draft[] = []
  let feeCeiling = 0n
  calls.forEach((call, index) => {
    const known = gas[index] ?? null
    const draft = toDraft(request, call, {
      nonce: request.nonce + index,
      gas: known === null ? ASSUMED_GAS[call.purpose] : withMargin(call.purpose, known),
      l1Fee: l1Fee(l1.slice(2 * index, 2 * index + 2)),
    })
    feeCeiling += maxCost(draft)
    const mayFollow = index === 0 || kind === 'eoa'
    if (known !== null && mayFollow) drafts.push(draft)
  })
  return { drafts, feeCeiling, simulation }
}

/**
 * Simulates stakes, and judges what it shows. Where no endpoint simulates, the implementation of record is used without.
 *
 * @throws {StakeWouldRevertError} {StakeNotCreditedInSimulationError} {ImplementationUnverifiedError}
 *   {StakingNotRecognisedError}
 */
export async function simulate(
  reader: Reader,
  { implementation, ...request }: Omit<StakeRequest, 'isRequired'> & { implementation: Address | null },
): Promise<StakeSimulation> {
  const isRequired = !isOfRecord(implementation)
  const simulation = await reader.simulator.stakes({ ...request, isRequired })
  if (simulation.outcome === 'reverted') throw new StakeWouldRevertError(simulation.reason)
  if (simulation.outcome === 'unavailable' && isRequired)
    throw new ImplementationUnverifiedError(implementation ?? ADDRESSES.staking, simulation.why)
  if (simulation.outcome === 'unavailable') await requireStakeAnswers(reader, request.account)
  return simulation.outcome
}

export const approveCall = ({ stake }: Pick<DraftRequest, 'stake'>): Call => ({
  purpose: 'approve',
  to: ADDRESSES.vvv,
  data: encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [ADDRESSES.staking, stake] }),
  expected: stake,
})

export const stakeCall = ({ account, stake, sVvv }: Pick<DraftRequest, 'account' | 'stake' | 'sVvv'>): Call => ({
  purpose: 'stake',
  to: ADDRESSES.staking,
  data: encodeFunctionData({ abi: stakingAbi, functionName: 'stake', args: [account, stake] }),
  expected: sVvv + stake,
})

function toDraft(
  { chainId, account, fees, stake }: DraftRequest,
  { purpose, to, data, expected, batch }: Call,
  { nonce, gas, l1Fee }: { nonce: number; gas: bigint; l1Fee: bigint },
): Draft {
  return {
    purpose,
    chainId,
    from: account,
    to,
    data,
    nonce,
    gas: gas.toString(),
    maxFeePerGas: fees.maxFeePerGas.toString(),
    maxPriorityFeePerGas: fees.maxPriorityFeePerGas.toString(),
    l1Fee: l1Fee.toString(),
    amount: stake.toString(),
    expected: expected.toString(),
    ...(batch !== undefined && { batch }),
  }
}
