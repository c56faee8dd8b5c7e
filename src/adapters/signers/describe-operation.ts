import { encodeFunctionData, parseAbi } from 'viem'
import { ADDRESSES, type Address } from '../../domain/addresses.ts'
import { formatAmount } from '../../domain/amounts.ts'
import { type Draft, maxCost, type Purpose } from '../../domain/attempt.ts'
import { isSponsored } from '../../domain/batch.ts'
import type { SignatureRequest, SignedAmount } from '../../domain/signature-request.ts'
import type { OperationAccount } from '../../ports/account.ts'
import { coins } from './describe.ts'

const { vvv, staking, diem } = ADDRESSES

const abi = parseAbi([
  'function approve(address spender, uint256 amount)',
  'function stake(address recipient, uint256 amount)',
  'function mintDiem(uint256 sVVVAmountToLock, uint256 minDiemAmountOut)',
  'function stake(uint256 amount)',
])

interface Call {
  to: Address
  data: Draft['data']
}

const approve = (units: bigint): Call => ({
  to: vvv,
  data: encodeFunctionData({ abi, functionName: 'approve', args: [staking, units] }),
})
const stake = (recipient: Address, units: bigint): Call => ({
  to: staking,
  data: encodeFunctionData({ abi, functionName: 'stake', args: [recipient, units] }),
})
const lock = (units: bigint, least: bigint): Call => ({
  to: staking,
  data: encodeFunctionData({ abi, functionName: 'mintDiem', args: [units, least] }),
})
const stakeDiem = (units: bigint): Call => ({
  to: diem,
  data: encodeFunctionData({ abi, functionName: 'stake', args: [units] }),
})

/** Something that an account does in one operation. */
interface KnownOperation {
  purpose: Purpose
  calls: readonly Call[]
  amounts: readonly SignedAmount[]
  does: string
}

/** What an operation with the amounts of `draft` could do. */
function candidatesFor({ from, amount, beneficiary, batch }: Draft): readonly KnownOperation[] {
  const { least = '0', stakeDiem: along = '0' } = batch ?? {}
  const units = BigInt(amount)
  const text = formatAmount(amount)
  const staked = `stakes ${text} VVV for ${beneficiary ?? 'the account itself'}`
  const stakes = stake(beneficiary ?? from, units)
  const locking = `locks ${text} sVVV for ${formatAmount(least)} DIEM or more`
  const locks = lock(units, BigInt(least))
  const [ofVvv, ofSVvv] = [[coins('VVV', amount)], [coins('sVVV', amount)]]
  return [
    {
      purpose: 'stake',
      calls: [approve(units), stakes],
      amounts: ofVvv,
      does: `lets the staking contract pull ${text} VVV, and ${staked}: all of it, or nothing`,
    },
    { purpose: 'stake', calls: [stakes], amounts: ofVvv, does: staked },
    {
      purpose: 'mintDiem',
      calls: [locks, stakeDiem(BigInt(along))],
      amounts: [...ofSVvv, coins('DIEM', along)],
      does: `${locking}, and stakes ${formatAmount(along)} DIEM: all of it, or nothing`,
    },
    { purpose: 'mintDiem', calls: [locks], amounts: ofSVvv, does: locking },
    { purpose: 'stakeDiem', calls: [stakeDiem(units)], amounts: [coins('DIEM', amount)], does: `stakes ${text} DIEM` },
    {
      purpose: 'revoke',
      calls: [approve(0n)],
      amounts: ofVvv,
      does: 'sets the allowance of the staking contract to 0',
    },
  ]
}

/**
 * What a user operation does. How accounts put calls together is their own, so that its data is compared with what the
 * account makes of the calls that this product knows, rather than read. No side effects.
 */
export async function describeOperation(
  draft: Draft,
  { callData, entryPoint: { version } }: Pick<OperationAccount, 'callData' | 'entryPoint'>,
): Promise<SignatureRequest> {
  const { from, chainId, data, beneficiary, batch } = draft
  const candidates = candidatesFor(draft)
  const matches = await Promise.all(candidates.map(async ({ calls }) => (await callData(calls)) === data))
  const known = candidates.find((_, index) => matches[index])
  const maxFeeWei = maxCost(draft).toString()
  const payer = batch?.via === 'operation' ? batch.paymaster?.address : undefined
  const fee = isSponsored(batch)
    ? `The paymaster ${payer} pays the gas.`
    : `It costs at most ${formatAmount(maxFeeWei, { maxFraction: 9 })} ETH in fees.`
  return {
    kind: 'operation',
    purpose: known?.purpose ?? 'unknown',
    address: from,
    chainId,
    to: from,
    function: null,
    arguments: {
      entryPoint: version,
      ...(payer !== undefined && { paymaster: payer }),
      ...(beneficiary !== undefined && { recipient: beneficiary }),
    },
    amounts: known?.amounts ?? [],
    maxFeeWei,
    expiresAt: null,
    summary: `The user operation with nonce ${draft.nonce} ${known?.does ?? 'does something unknown'}. ${fee}`,
  }
}
