import { isOfRecord } from '../../domain/addresses.ts'
import { type Position, stakingText } from '../../domain/position.ts'
import { sinksOf } from '../../driver/effects/sinks.ts'
import { irreversibleSteps } from '../../hosts/file/irreversible.ts'
import { planRun } from '../../hosts/file/plan-run.ts'
import { budgetOf, CHAIN_ID, wantedOf } from '../config.ts'
import type { CliContext } from '../environment.ts'
import type { Flags } from '../options.ts'
import type { Output } from '../output.ts'
import { planText, sinksText } from '../result-text.ts'
import { requireSponsorFlags } from '../sponsor-flags.ts'
import { targetOf } from '../target.ts'
import { sinksFor } from '../wiring.ts'

/** `plan`: what `run` would do. Reads only; signs nothing. */
export async function plan(flags: Flags, output: Output, context: CliContext): Promise<number> {
  requireSponsorFlags(flags)
  if (flags.sponsor) {
    const { planWithSponsor } = await import('./sponsored.ts')
    return planWithSponsor(flags, output, context)
  }
  const { chain, address } = await targetOf(flags, context, output)
  const { plan: made, position } = await planRun({ chain, address, chainId: CHAIN_ID }, wantedOf(flags), null)
  const { maxVvv, maxFeeWei } = budgetOf(flags)
  const steps = made.transactions.length > 0 || made.fund !== null ? irreversibleSteps(made.fund) : []
  const holdings = { eth: position.eth, vvv: position.vvv, sVvv: position.sVvv, allowance: position.allowance }
  const caps = { maxVvv: maxVvv?.toString() ?? null, maxFeeWei: maxFeeWei?.toString() ?? null }
  const sinks = sinksOf(sinksFor(flags, context, address)).map(({ name }) => name)
  output.result(
    { plan: made, planDigest: made.digest, staking: stakingOf(position), holdings, caps, irreversible: steps, sinks },
    [planText(made, steps, output), stakingText(position), sinksText(sinks)].join('\n'),
  )
  return 0
}

/** The contract that the stake goes to, and what a simulation of the stake has shown. */
const stakingOf = ({ implementation, implementationHash, stakeSimulation }: Position) => ({
  implementation,
  implementationHash: implementationHash ?? null,
  isOfRecord: isOfRecord(implementation),
  simulation: stakeSimulation ?? null,
})
