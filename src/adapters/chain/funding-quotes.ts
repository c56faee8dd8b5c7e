import { ADDRESSES, type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { DiemNotAvailableError } from '../../errors/chain/diem.ts'
import { WrongChainError } from '../../errors/chain/endpoints.ts'
import type { FundingQuotes } from '../../ports/chain.ts'
import { erc20Abi, stakingAbi } from './abi.ts'
import type { Reader } from './clients.ts'
import { holdings } from './holdings.ts'
import { revertOf } from './rpc-errors.ts'

const ONE = 10n ** 18n
/** The curve has steps, so the first sVVV and the last one needed may have different prices. */
const MOST_QUOTES = 12

/** See `Chain.fundingQuotes`. Usually two round trips: the holdings, then the price, which is checked. */
export async function fundingQuotes(
  reader: Reader,
  { address, diem }: { address: Address; diem: bigint },
): Promise<FundingQuotes> {
  const { client } = reader
  const { staking, vvv: token } = ADDRESSES
  const args = [address] as const
  const [chainId, eth, vvv, sVvv, unlockedSVvv, others, perSVvv] = await Promise.all([
    client.getChainId(),
    client.getBalance({ address }),
    client.readContract({ address: token, abi: erc20Abi, functionName: 'balanceOf', args }),
    client.readContract({ address: staking, abi: stakingAbi, functionName: 'balanceOf', args }),
    client.readContract({ address: staking, abi: stakingAbi, functionName: 'balanceOfUnlocked', args }),
    holdings(reader, address),
    diemFor(reader, ONE),
  ])
  if (chainId !== BASE_CHAIN_ID) throw new WrongChainError(chainId)
  const mint = { diem, sVvv: await lockFor(reader, diem, perSVvv) }
  return { ...others, eth, vvv, sVvv, unlockedSVvv, mint }
}

/** DIEM that the contract gives for `sVvv`, at the latest block by default. */
export const diemFor = (
  { client, atBlock }: Pick<Reader, 'client' | 'atBlock'>,
  sVvv: bigint,
  blockNumber?: bigint,
): Promise<bigint> =>
  atBlock(() =>
    client.readContract({
      address: ADDRESSES.staking,
      abi: stakingAbi,
      functionName: 'getDiemAmountOut',
      args: [sVvv],
      ...(blockNumber !== undefined && { blockNumber }),
    }),
  )

/**
 * The least sVVV whose lock mints `diem` at `blockNumber`. No side effects.
 *
 * @throws {DiemNotAvailableError} the curve ends earlier, or the contract gives nothing for sVVV.
 */
export async function leastLock(reader: Reader, diem: bigint, blockNumber: bigint): Promise<bigint> {
  try {
    return await lockFor(reader, diem, await diemFor(reader, ONE, blockNumber), blockNumber)
  } catch (error) {
    const revert = revertOf(error)
    if (revert === null) throw error
    throw new DiemNotAvailableError(diem, { facts: [`The contract said: ${revert.reason}`] })
  }
}

/**
 * The contract only quotes DIEM for sVVV. So this guesses by the price between the last two answers, asks, and goes up
 * until it is enough. DIEM gets more expensive, so no guess exceeds the least amount.
 */
async function lockFor(reader: Reader, diem: bigint, perSVvv: bigint, blockNumber?: bigint): Promise<bigint> {
  let before = { sVvv: 0n, out: 0n }
  let last = perSVvv < diem ? { sVvv: ONE, out: perSVvv } : before
  for (let quotes = 0; quotes < MOST_QUOTES; quotes += 1) {
    const gained = last.out - before.out
    const [step, by] = gained > 0n ? [last.sVvv - before.sVvv, gained] : [ONE, perSVvv]
    if (by === 0n) throw new DiemNotAvailableError(diem)
    const sVvv = last.sVvv + roundedUp((diem - last.out) * step, by)
    before = last
    last = { sVvv, out: await diemFor(reader, sVvv, blockNumber) }
    if (last.out >= diem) return sVvv
  }
  // The price rises this fast only near the end of the curve.
  throw new DiemNotAvailableError(diem)
}

/** The quotient plus one unit, because the contract rounds. */
const roundedUp = (amount: bigint, by: bigint): bigint => (amount + by - 1n) / by + 1n
