import { planOf } from '../../domain/plan.ts'
import { sinksOf } from '../../driver/effects/sinks.ts'
import { irreversibleSteps } from '../../hosts/file/irreversible.ts'
import { withDefaults } from '../../hosts/file/wanted.ts'
import { budgetOf, CHAIN_ID, wantedOf } from '../config.ts'
import type { CliContext } from '../environment.ts'
import type { Flags } from '../options.ts'
import type { Output } from '../output.ts'
import { planText, sinksText } from '../result-text.ts'
import { targetOf } from '../target.ts'
import { sinksFor } from '../wiring.ts'

/** `plan`: what `run` would do. Reads only; signs nothing. */
export async function plan(flags: Flags, output: Output, context: CliContext): Promise<number> {
  const { chain, address } = await targetOf(flags, context, output)
  const request = { ...withDefaults(wantedOf(flags), null), runId: 'plan', address, chainId: CHAIN_ID }
  const position = await chain.survey({ address, stakeAmount: BigInt(request.stakeAmount), open: [] })
  const made = await planOf(request, position)
  const { maxVvv, maxFeeWei } = budgetOf(flags)
  const steps = made.transactions.length > 0 ? irreversibleSteps() : []
  const holdings = { eth: position.eth, vvv: position.vvv, sVvv: position.sVvv, allowance: position.allowance }
  const caps = { maxVvv: maxVvv?.toString() ?? null, maxFeeWei: maxFeeWei?.toString() ?? null }
  const sinks = sinksOf(sinksFor(flags, context, address)).map(({ name }) => name)
  output.result(
    { plan: made, planDigest: made.digest, holdings, caps, irreversible: steps, sinks },
    `${planText(made, steps, output)}\n${sinksText(sinks)}`,
  )
  return 0
}
