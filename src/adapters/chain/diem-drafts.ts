import { encodeFunctionData } from 'viem'
import { ADDRESSES, type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import type { Draft } from '../../domain/attempt.ts'
import type { Batch } from '../../domain/batch.ts'
import type { Fees } from '../../domain/fees.ts'
import { DiemPriceMovedError, DiemWouldRevertError } from '../../errors/chain/diem.ts'
import { diemAbi, stakingAbi } from './abi.ts'
import type { Reader } from './clients.ts'
import { executeData } from './delegation.ts'
import { estimateAt, withMargin } from './estimates.ts'
import { diemFor } from './funding-quotes.ts'
import { l1Fee, l1FeeCalls } from './l1-fee.ts'
import { revertOf } from './rpc-errors.ts'

/** Gas assumed if it cannot be estimated yet, only for the balance check. */
const ASSUMED_GAS = { mintDiem: 400_000n, stakeDiem: 150_000n }

/** The most wei that steps may cost which cannot be estimated yet, because their inputs are missing. */
export const assumedDiemFees = ({ maxFeePerGas }: Fees, steps: readonly (keyof typeof ASSUMED_GAS)[]): bigint =>
  steps.reduce((sum, step) => sum + ASSUMED_GAS[step], 0n) * maxFeePerGas

interface Sender {
  address: Address
  /** The block at which the rest was read. */
  blockNumber: bigint
  fees: Fees
  /** Base units of DIEM. */
  liquid: bigint
  staked: bigint
}

type Call = Pick<Draft, 'purpose' | 'to' | 'data' | 'batch'> & { amount: bigint; expected: bigint }

/**
 * Drafts the lock of `lock` sVVV, which reverts unless it gives at least `toMint` DIEM. No side effects.
 *
 * @throws {DiemPriceMovedError} it gives less now. {DiemWouldRevertError}
 */
export async function draftLock(
  reader: Reader,
  { lock, toMint, ...sender }: Sender & { lock: bigint; toMint: bigint },
): Promise<Draft> {
  const expected = sender.liquid + sender.staked + toMint
  try {
    return await toDraft(reader, sender, { purpose: 'mintDiem', ...lockCall(lock, toMint), amount: lock, expected })
  } catch (error) {
    throw await lockError(reader, error, { lock, toMint, blockNumber: sender.blockNumber })
  }
}

/**
 * The same with the stake of `toStake` DIEM, in one transaction of a delegated account to itself; null where its code reverts.
 * No side effects.
 */
export async function draftLockAndStake(
  reader: Reader,
  {
    lock,
    toMint,
    toStake,
    delegate,
    ...sender
  }: Sender & Record<'lock' | 'toMint' | 'toStake', bigint> & { delegate: Address },
): Promise<Draft | null> {
  const data = executeData([lockCall(lock, toMint), stakeDiemCall(toStake)])
  const expected = sender.liquid + sender.staked + toMint
  const batch: Batch = {
    via: 'delegate',
    delegate,
    approve: '0',
    least: toMint.toString(),
    stakeDiem: toStake.toString(),
  }
  try {
    return await toDraft(reader, sender, {
      purpose: 'mintDiem',
      to: sender.address,
      data,
      amount: lock,
      expected,
      batch,
    })
  } catch (error) {
    if (revertOf(error) === null) throw error
    return null
  }
}

interface Lock {
  lock: bigint
  toMint: bigint
  blockNumber: bigint
}

/**
 * Makes sure that a lock goes through, of an account whose gas is not estimated here. No side effects.
 *
 * @throws {DiemPriceMovedError} it gives less by now. {DiemWouldRevertError}
 */
export async function requireLock(reader: Reader, { address, ...lock }: Lock & { address: Address }): Promise<void> {
  const { blockNumber, toMint } = lock
  const call = { account: address, ...lockCall(lock.lock, toMint), blockNumber }
  try {
    await reader.atBlock(() => reader.client.call(call))
  } catch (error) {
    throw await lockError(reader, error, lock)
  }
}

/** Why a lock fails. The contract's error text for this is not documented, but its quote is. */
async function lockError(reader: Reader, error: unknown, { lock, toMint, blockNumber }: Lock): Promise<unknown> {
  const revert = revertOf(error)
  if (revert === null) return error
  const gives = await diemFor(reader, lock, blockNumber)
  if (gives < toMint) return new DiemPriceMovedError('the quoted lock now gives less DIEM.')
  return new DiemWouldRevertError('Locking sVVV for DIEM', revert.reason)
}

export const lockCall = (lock: bigint, toMint: bigint) => ({
  to: ADDRESSES.staking,
  data: encodeFunctionData({ abi: stakingAbi, functionName: 'mintDiem', args: [lock, toMint] }),
})

export const stakeDiemCall = (amount: bigint) => ({
  to: ADDRESSES.diem,
  data: encodeFunctionData({ abi: diemAbi, functionName: 'stake', args: [amount] }),
})

/**
 * Drafts the stake of `amount` of the wallet's DIEM. It needs no approve. No side effects.
 *
 * @throws {DiemWouldRevertError}
 */
export async function draftStakeDiem(
  reader: Reader,
  { amount, ...sender }: Sender & { amount: bigint },
): Promise<Draft> {
  const expected = sender.staked + amount
  try {
    return await toDraft(reader, sender, { purpose: 'stakeDiem', ...stakeDiemCall(amount), amount, expected })
  } catch (error) {
    const revert = revertOf(error)
    throw revert === null ? error : new DiemWouldRevertError('Staking DIEM', revert.reason)
  }
}

/** Its nonce counts from 0, the wallet's next one. */
async function toDraft(
  reader: Reader,
  { address, blockNumber, fees }: Sender,
  { purpose, to, data, amount, expected, batch }: Call,
): Promise<Draft> {
  const nonce = 0
  const unsigned = { chainId: BASE_CHAIN_ID, nonce, fees, to, data }
  const [estimate, l1] = await Promise.all([
    estimateAt(reader, { account: address, to, data }, blockNumber),
    reader.atBlock(() => reader.uints(l1FeeCalls({ ...unsigned, gas: ASSUMED_GAS.mintDiem }), blockNumber)),
  ])
  return {
    purpose,
    chainId: BASE_CHAIN_ID,
    from: address,
    to,
    data,
    nonce,
    gas: withMargin(purpose, estimate).toString(),
    maxFeePerGas: fees.maxFeePerGas.toString(),
    maxPriorityFeePerGas: fees.maxPriorityFeePerGas.toString(),
    l1Fee: l1Fee(l1).toString(),
    amount: amount.toString(),
    expected: expected.toString(),
    ...(batch !== undefined && { batch }),
  }
}
