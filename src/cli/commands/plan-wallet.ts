import { BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { inUsdc, max } from '../../domain/amounts.ts'
import { irreversibleSteps } from '../../operations/irreversible-steps.ts'
import { planRun } from '../../operations/plan-run.ts'
import type { CliContext } from '../environment.ts'
import type { Output } from '../output.ts'
import type { Request } from '../request.ts'
import { planText } from '../result-text.ts'
import { targetOf } from '../target.ts'

/**
 * `plan --credential wallet`: what a run would pay whose wallet is to pay for calls by itself. Reads only; signs nothing, so
 * the credit that the wallet has is not known yet: it may make the payment smaller.
 */
export async function planForWallet(request: Request, output: Output, context: CliContext): Promise<number> {
  const { chain, address, end } = await targetOf(request, context, output)
  const { plan, holdings } = await planRun({ chain, address, chainId: BASE_CHAIN_ID }, request.wanted, null).finally(
    end,
  )
  const usdc = holdings.usdc ?? 0n
  const asked = plan.fund?.way === 'x402' ? BigInt(plan.fund.amount) : 0n
  const missing = max(asked - usdc, 0n)
  const { maxUsd } = request.budget
  const steps = irreversibleSteps(plan.fund, plan.credential)
  output.result(
    {
      plan,
      planDigest: plan.digest,
      holdings: { usdc: usdc.toString() },
      missing: { usdc: missing.toString() },
      caps: { maxUsd: maxUsd?.toString() ?? null },
      irreversible: steps,
    },
    [
      planText(plan, steps, output),
      `wallet   holds ${inUsdc(usdc)}`,
      ...(missing === 0n ? [] : [`missing  ${inUsdc(missing)}, unless the wallet has credit: then less`]),
    ].join('\n'),
  )
  return 0
}
