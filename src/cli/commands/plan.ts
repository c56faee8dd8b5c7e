import { createChain } from '../../adapters/chain/chain.ts'
import { systemClock } from '../../adapters/clock.ts'
import type { Address } from '../../domain/addresses.ts'
import { planOf } from '../../domain/plan.ts'
import { withDefaults } from '../../hosts/file/wanted.ts'
import { addressOf, budgetOf, CHAIN_ID, endpointsOf, wantedOf } from '../config.ts'
import type { CliContext } from '../environment.ts'
import { irreversibleSteps } from '../irreversible.ts'
import type { Flags } from '../options.ts'
import type { Output } from '../output.ts'
import { planText } from '../result-text.ts'
import { wire } from '../wiring.ts'

/** `plan`: what `run` would do. Reads only; signs nothing. */
export async function plan(flags: Flags, output: Output, context: CliContext): Promise<number> {
  const { chain, address } = await target(flags, context, output)
  const request = { ...withDefaults(wantedOf(flags), null), runId: 'plan', address, chainId: CHAIN_ID }
  const position = await chain.survey({ address, stakeAmount: BigInt(request.stakeAmount), open: [] })
  const made = await planOf(request, position)
  const { maxVvv, maxFeeWei } = budgetOf(flags)
  const steps = made.transactions.length > 0 ? irreversibleSteps() : []
  const holdings = { eth: position.eth, vvv: position.vvv, sVvv: position.sVvv, allowance: position.allowance }
  const caps = { maxVvv: maxVvv?.toString() ?? null, maxFeeWei: maxFeeWei?.toString() ?? null }
  output.result(
    { plan: made, planDigest: made.digest, holdings, caps, irreversible: steps },
    planText(made, steps, output),
  )
  return 0
}

/** The wallet by its address alone, where one is given; no key is opened then. */
async function target(
  flags: Flags,
  context: CliContext,
  output: Output,
): Promise<{ chain: ReturnType<typeof createChain>; address: Address }> {
  const address = addressOf(flags)
  if (address !== null && flags.network === 'base') {
    return { chain: createChain({ rpcUrls: endpointsOf(flags, context).rpcUrls, clock: systemClock }), address }
  }
  const { ports } = await wire(flags, context, output)
  return { chain: ports.chain, address: address ?? ports.signer.address }
}
