import type { Address } from '../../domain/addresses.ts'
import type { Reader } from './clients.ts'
import { approveCall, type Call, simulate, stakeCall } from './drafts.ts'
import type { Wallet } from './survey.ts'

/**
 * The calls that stake for `recipient` in one attempt, and the result of their simulation, which assumes any missing
 * VVV.
 *
 * @param stake - base units of VVV, more than 0.
 */
export async function stakeTogether(
  reader: Reader,
  wallet: Wallet,
  { address, recipient, stake }: { address: Address; recipient: Address; stake: bigint },
) {
  /** Base units to approve; null: the allowance is enough. */
  const approve = wallet.allowance < stake ? stake : null
  const isShort = wallet.vvv < stake
  const simulation = await simulate(reader, {
    account: address,
    blockNumber: wallet.blockNumber,
    approve,
    stakes: [{ recipient, amount: stake }],
    implementation: wallet.implementation,
    ...(isShort && { assumedVvv: stake }),
  })
  const calls: Call[] = [
    ...(approve === null ? [] : [approveCall({ stake })]),
    stakeCall({ account: recipient, stake, sVvv: wallet.sVvv }),
  ]
  return { approve, isShort, simulation, calls }
}
