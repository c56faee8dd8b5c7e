import type { Hex } from 'viem'
import type { Address } from '../../domain/addresses.ts'
import type { Purpose } from '../../domain/attempt.ts'
import type { Fees } from '../../domain/fees.ts'
import { NodeBehindError } from '../../errors/chain/endpoints.ts'
import { StakeWouldRevertError } from '../../errors/chain/transactions.ts'
import type { Reader } from './clients.ts'
import { isArgumentRefusal, type Revert, revertOf } from './rpc-errors.ts'
import { allowanceOverride } from './simulation.ts'
import { allowanceOf } from './uints.ts'

const GAS_MARGIN_PERCENT = 30n
/**
 * Gas kept above the estimate of a stake or a lock. Rewards accrue by the second: a block later the contract may write four slots
 * that the estimate found unchanged, at 22,100 gas each. Gas that is not used is not paid.
 */
const REWARD_GAS = 90_000n
/** Gas assumed where it cannot be estimated yet, for the balance check only. */
export const ASSUMED_GAS = { approve: 60_000n, stake: 300_000n }

/** Most wei that approving and staking may cost, for a wallet that cannot do so yet. */
export function assumedFees({ maxFeePerGas }: Fees): bigint {
  return (ASSUMED_GAS.approve + ASSUMED_GAS.stake) * maxFeePerGas
}

/** Who stakes how much, as of a block. Base units of VVV. */
interface Staking {
  account: Address
  stake: bigint
  blockNumber: bigint
}

interface Call {
  to: Address
  data: Hex
}

/** What a node says of the gas of a call. */
export interface Estimate {
  /** Null where it cannot be told before the approve is mined, or where it reverts. */
  gas: bigint | null
  revert: Revert | null
}

/**
 * Gas of a call at the block that the allowance was read at; for a stake whose approve is missing, with the allowance that
 * it will have. No side effects.
 *
 * @param isAhead - of a stake: its approve is not mined.
 */
export async function estimateGas(
  { client, atBlock, simulator }: Reader,
  { account, stake, blockNumber }: Staking,
  { to, data }: Call,
  isAhead = false,
): Promise<Estimate> {
  const call = { account, to, data }
  try {
    if (!isAhead) return { gas: await estimateAt({ client, atBlock }, call, blockNumber), revert: null }
    if (!simulator.mayOverride()) return { gas: null, revert: null }
    const stateOverride = allowanceOverride(account, stake)
    const gas = await atBlock(() => client.estimateGas({ ...call, blockNumber, stateOverride }))
    return { gas, revert: null }
  } catch (error) {
    const revert = revertOf(error)
    if (revert !== null) return { gas: null, revert }
    if (isAhead && simulator.noteRefusal(error)) return { gas: null, revert: null }
    throw error
  }
}

/** At `blockNumber`; without a block where the node takes none there, which is then as good as it gets. */
export async function estimateAt(
  { client, atBlock }: Pick<Reader, 'client' | 'atBlock'>,
  call: { account: Address; to: Address; data: Hex },
  blockNumber: bigint,
): Promise<bigint> {
  try {
    return await atBlock(() => client.estimateGas({ ...call, blockNumber }))
  } catch (error) {
    if (revertOf(error) !== null || !isArgumentRefusal(error)) throw error
    return client.estimateGas(call)
  }
}

/**
 * What to reserve for a stake that reverted in an estimate although its allowance is there: the estimate may come from a
 * replica that has not applied the approve, or that takes no block. So the call and the allowance are read once more, at one
 * block. No side effects.
 *
 * @throws {StakeWouldRevertError} the contract gives a reason that has nothing to do with allowance or balance.
 * @throws {NodeBehindError} the nodes do not show the allowance that was read before.
 */
export function confirmRevert(
  { client, atBlock, uints }: Reader,
  { account, stake, blockNumber }: Staking,
  { to, data }: Call,
): Promise<bigint> {
  return atBlock(async () => {
    const [[allowance], revert] = await Promise.all([
      uints([allowanceOf(account)], blockNumber),
      client.call({ account, to, data, blockNumber }).then(() => null, revertOrThrow),
    ])
    if (revert === null) return ASSUMED_GAS.stake
    if ((allowance ?? 0n) < stake || isUnfunded(revert))
      throw new NodeBehindError(`at block ${blockNumber} it does not show the allowance, or the VVV, that is there.`)
    throw new StakeWouldRevertError(revert.reason)
  })
}

/** What VVV says where an allowance or a balance is too low, bare or through a library; or nothing at all. */
const UNFUNDED_TEXT = /panic|arithmetic|underflow|TRANSFER_?FROM|insufficient|allowance|exceeds balance/i

function isUnfunded({ reason, data }: Revert): boolean {
  const isBare = (data === null || data === '0x') && /^(?:the )?(?:execution|transaction)? ?reverted\.?$/i.test(reason)
  return isBare || data?.startsWith('0x4e487b71') === true || UNFUNDED_TEXT.test(reason)
}

function revertOrThrow(error: unknown): Revert {
  const revert = revertOf(error)
  if (revert === null) throw error
  return revert
}

/** Gas limit for a call that is estimated to take `gas`. */
export const withMargin = (purpose: Purpose, gas: bigint): bigint =>
  (gas * (100n + GAS_MARGIN_PERCENT)) / 100n + (purpose === 'stake' || purpose === 'mintDiem' ? REWARD_GAS : 0n)
