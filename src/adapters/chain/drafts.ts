import {
  encodeAbiParameters,
  encodeFunctionData,
  type Hex,
  keccak256,
  type PublicClient,
  type StateOverride,
  toHex,
} from 'viem'
import { ADDRESSES, type Address } from '../../domain/addresses.ts'
import { type Draft, maxCost, type Purpose } from '../../domain/attempt.ts'
import type { Fees } from '../../domain/fees.ts'
import type { AccountKind } from '../../domain/position.ts'
import { ApproveWouldRevertError, StakeWouldRevertError } from '../../errors/chain.ts'
import { erc20Abi, stakingAbi } from './abi.ts'
import type { Reader } from './clients.ts'
import { l1Fee, l1FeeCalls } from './l1-fee.ts'
import { isTransient, revertOf } from './rpc-errors.ts'

const GAS_MARGIN_PERCENT = 30n
/**
 * Gas kept above the estimate of a stake or a lock. Rewards accrue by the second: a block later the contract may write four slots
 * that the estimate found unchanged, at 22,100 gas each. Gas that is not used is not paid.
 */
const REWARD_GAS = 90_000n
/** Gas assumed where it cannot be estimated yet, for the balance check only. */
export const ASSUMED_GAS = { approve: 60_000n, stake: 300_000n }
/** Slot of the allowance mapping in VVV (solmate's layout). */
const ALLOWANCE_SLOT = 4n

export interface DraftRequest {
  chainId: number
  account: Address
  kind: AccountKind
  /** The block that the rest was read at. */
  blockNumber: bigint
  nonce: number
  fees: Fees
  /** Base units of VVV to be staked, more than 0. */
  stake: bigint
  allowance: bigint
  sVvv: bigint
}

/** Whose allowance is assumed, and how much of it. */
type Allowing = Pick<DraftRequest, 'account' | 'stake'>

interface Call {
  purpose: 'approve' | 'stake'
  to: Address
  data: Hex
  expected: bigint
}

/**
 * Drafts what is missing: approve and stake together where both can be simulated and the account may have two in
 * flight; else only the first. One round trip, and another one only where a stake cannot be simulated. No side effects.
 */
export async function draftTransactions(
  { client, uints }: Reader,
  request: DraftRequest,
): Promise<{ drafts: Draft[]; feeCeiling: bigint }> {
  const { kind, stake, allowance } = request
  const needsApproval = allowance < stake
  const approve = needsApproval ? [approveCall(request)] : []
  const calls = [...approve, stakeCall(request)]
  const unsigned = calls.map((call, index) => ({
    ...request,
    nonce: request.nonce + index,
    to: call.to,
    data: call.data,
    gas: ASSUMED_GAS[call.purpose],
  }))
  const [gas, l1] = await Promise.all([
    Promise.all(calls.map((call) => estimateGas(client, request, call, needsApproval))),
    uints(unsigned.flatMap(l1FeeCalls), request.blockNumber),
  ])
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
  return { drafts, feeCeiling }
}

/** Most wei that approving and staking may cost, for a wallet that cannot do so yet. */
export function assumedFees({ maxFeePerGas }: Fees): bigint {
  return (ASSUMED_GAS.approve + ASSUMED_GAS.stake) * maxFeePerGas
}

const approveCall = ({ stake }: DraftRequest): Call => ({
  purpose: 'approve',
  to: ADDRESSES.vvv,
  data: encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [ADDRESSES.staking, stake] }),
  expected: stake,
})

const stakeCall = ({ account, stake, sVvv }: DraftRequest): Call => ({
  purpose: 'stake',
  to: ADDRESSES.staking,
  data: encodeFunctionData({ abi: stakingAbi, functionName: 'stake', args: [account, stake] }),
  expected: sVvv + stake,
})

function toDraft(
  { chainId, account, fees, stake }: DraftRequest,
  { purpose, to, data, expected }: Call,
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
  }
}

/**
 * Gas of a call, or null for a stake that cannot be simulated before its approve is mined, because the node refuses or
 * ignores state overrides.
 *
 * @throws {ApproveWouldRevertError} {StakeWouldRevertError}
 */
export async function estimateGas(
  client: PublicClient,
  request: Allowing,
  call: Call,
  isApprovalMissing: boolean,
): Promise<bigint | null> {
  const { account } = request
  const isAhead = call.purpose === 'stake' && isApprovalMissing
  try {
    return await client.estimateGas({
      account,
      to: call.to,
      data: call.data,
      ...(isAhead && { stateOverride: allowanceOverride(request) }),
    })
  } catch (error) {
    if (isAhead && !isTransient(error)) {
      const reason = await whyStakeReverts(client, request, call)
      if (reason === null) return null
      throw new StakeWouldRevertError(reason)
    }
    const revert = revertOf(error)
    if (revert === null) throw error
    throw call.purpose === 'approve'
      ? new ApproveWouldRevertError(revert.reason)
      : new StakeWouldRevertError(revert.reason)
  }
}

/**
 * Why a stake would revert even with its approve mined, or null when the node cannot tell. It is believed only if it
 * shows the overridden allowance: an allowance is not left behind for a stake that is bound to fail.
 */
async function whyStakeReverts(client: PublicClient, request: Allowing, { to, data }: Call): Promise<string | null> {
  const { account, stake } = request
  const stateOverride = allowanceOverride(request)
  const [allowance, revert] = await Promise.all([
    client
      .readContract({
        address: ADDRESSES.vvv,
        abi: erc20Abi,
        functionName: 'allowance',
        args: [account, ADDRESSES.staking],
        stateOverride,
      })
      .catch(() => null),
    client.call({ account, to, data, stateOverride }).then(() => null, revertOf),
  ])
  return allowance === stake ? (revert?.reason ?? null) : null
}

/** Gas limit for a call that is estimated to take `gas`. */
export const withMargin = (purpose: Purpose, gas: bigint): bigint =>
  (gas * (100n + GAS_MARGIN_PERCENT)) / 100n + (purpose === 'stake' || purpose === 'mintDiem' ? REWARD_GAS : 0n)

/** VVV as it will be once the approve is mined. */
function allowanceOverride({ account, stake }: Allowing): StateOverride {
  const pair = [{ type: 'address' }, { type: 'bytes32' }] as const
  const outer = keccak256(encodeAbiParameters(pair, [account, toHex(ALLOWANCE_SLOT, { size: 32 })]))
  const slot = keccak256(encodeAbiParameters(pair, [ADDRESSES.staking, outer]))
  return [{ address: ADDRESSES.vvv, stateDiff: [{ slot, value: toHex(stake, { size: 32 }) }] }]
}
