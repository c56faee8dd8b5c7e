import { planOf } from '../../domain/plan.ts'
import type { Position } from '../../domain/position.ts'
import { sinksOf } from '../../driver/effects/sinks.ts'
import { irreversibleSteps } from '../../hosts/file/irreversible.ts'
import { withDefaults } from '../../hosts/file/wanted.ts'
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
  const request = { ...withDefaults(wantedOf(flags), null), runId: 'plan', address, chainId: CHAIN_ID }
  const { fund } = request
  const stakeAmount = BigInt(request.stakeAmount)
  const surveyed = await chain.survey({ address, stakeAmount, open: [] })
  const position =
    fund?.way === 'diem'
      ? withDiem(surveyed, await chain.surveyDiem({ address, diem: BigInt(fund.amount), open: [] }))
      : surveyed
  const made = await planOf(request, position)
  const { maxVvv, maxFeeWei } = budgetOf(flags)
  const steps = made.transactions.length > 0 || fund !== undefined ? irreversibleSteps(fund) : []
  const holdings = { eth: position.eth, vvv: position.vvv, sVvv: position.sVvv, allowance: position.allowance }
  const caps = { maxVvv: maxVvv?.toString() ?? null, maxFeeWei: maxFeeWei?.toString() ?? null }
  const sinks = sinksOf(sinksFor(flags, context, address)).map(({ name }) => name)
  output.result(
    { plan: made, planDigest: made.digest, holdings, caps, irreversible: steps, sinks },
    `${planText(made, steps, output)}\n${sinksText(sinks)}`,
  )
  return 0
}

/** What comes first is drafted; of what follows, what it takes and what it may cost is told. */
const withDiem = (surveyed: Position, { diem, drafts, feeCeiling }: Position): Position => ({
  ...surveyed,
  drafts: surveyed.drafts.length > 0 || surveyed.feeCeiling !== '0' ? surveyed.drafts : drafts,
  feeCeiling: (BigInt(surveyed.feeCeiling) + BigInt(feeCeiling)).toString(),
  ...(diem !== undefined && { diem }),
})
