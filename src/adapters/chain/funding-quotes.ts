import { ADDRESSES, type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { DiemNotAvailableError } from '../../errors/chain/diem.ts'
import { WrongChainError } from '../../errors/chain/endpoints.ts'
import type { FundingQuotes } from '../../ports/chain.ts'
import { erc20Abi, stakingAbi } from './abi.ts'
import type { Reader } from './clients.ts'
import { holdings } from './holdings.ts'
import { revertOf } from './rpc-errors.ts'

const ONE = 10n ** 18n
/** The curve has steps, so that the price of one sVVV is not quite that of the last one needed. */
const MOST_QUOTES = 12

/** See `Chain.fundingQuotes`. Two round trips and mostly no more: the holdings, then the price, which is checked. */
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

/** What the contract gives for `sVvv`; of the latest block where none is named. */
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
 * @throws {DiemNotAvailableError} the curve ends before that, or the contract gives nothing for sVVV.
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
 * The contract only answers the other way round: guess by the price between the last two answers, ask, and go on upwards
 * until it is enough. DIEM gets dearer, so that no guess is above the least.
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
  // Only near the end of the curve does the price rise so fast.
  throw new DiemNotAvailableError(diem)
}

/** A quotient, and one unit for the rounding of the contract. */
const roundedUp = (amount: bigint, by: bigint): bigint => (amount + by - 1n) / by + 1n
