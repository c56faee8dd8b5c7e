import { sponsoringMachine } from '../../../machines/sponsoring/machine.ts'
import { BASE_CHAIN_ID, isSameAddress } from '../../domain/addresses.ts'
import { action } from '../../domain/next-action.ts'
import { type SponsorPlan, sponsorPlanOf } from '../../domain/sponsoring.ts'
import { sinksOf } from '../../driver/effects/sinks.ts'
import { ConfirmationNeededError } from '../../errors/policy.ts'
import { AgentIsContractError, SponsorsItselfError } from '../../errors/sponsor.ts'
import { sponsorAgent, sponsoredPorts } from '../../operations/sponsored-run.ts'
import { withDefaults } from '../../operations/wanted.ts'
import type { SponsorResult } from '../../sponsoring/result.ts'
import { isConfirmed } from '../confirm.ts'
import type { CliContext } from '../environment.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { isApproved, type Request } from '../request.ts'
import { sinksText } from '../result-text.ts'
import { pauseSignals } from '../signals.ts'
import { sinksFor } from '../sinks.ts'
import { targetOf } from '../target.ts'
import { type Wiring, wire } from '../wiring.ts'
import { sponsoredText, sponsorPlanText } from './sponsor.ts'
import { treasuryPorts } from './treasury.ts'

const IRREVERSIBLE: readonly string[] = [sponsoringMachine.states.broadcast?.meta?.irreversible ?? '']

interface Given {
  request: Request
  output: Output
  context: CliContext
  command: string
}

/** What drives the run of a wallet and shows it: that of `run`, which this is loaded by. */
type CarryOn = (wiring: Wiring, given: Given) => Promise<number>

/** `run --sponsor`: a treasury stakes for the wallet, whose run then goes on by itself. */
export async function runWithSponsor(carryOn: CarryOn, given: Given): Promise<number> {
  const { request, output, context, command } = given
  const wiring = await wire(request, context, output)
  const sponsored = await carryOutSponsor(wiring, given)
  if (sponsored === null) return carryOn(wiring, given)
  if (sponsored.outcome !== 'done') return finish(sponsored, { wiring, output, command })
  const withSponsor: Output = {
    ...output,
    result: (data, text) =>
      output.result(
        { ...data, sponsor: shown(sponsored) },
        `${sponsoredText(sponsored, { output, isSandbox: wiring.sandbox !== null })}\n${text}`.trimStart(),
      ),
  }
  const ports = sponsoredPorts(wiring.ports)
  return carryOn({ ...wiring, ports }, { ...given, output: withSponsor })
}

async function carryOutSponsor(
  { ports, stateDir, redactor }: Wiring,
  { request, output, context }: Given,
): Promise<SponsorResult | null> {
  const treasury = await treasuryPorts(request, context, redactor)
  const pause = pauseSignals(output, request.timeoutMs)
  try {
    return await sponsorAgent({
      run: { ports, chainId: BASE_CHAIN_ID, stateDir, wanted: request.wanted },
      ports: treasury,
      redactor,
      settings: {
        budget: request.budget,
        confirmations: request.confirmations,
        ...(request.planDigest !== undefined && { planDigest: request.planDigest }),
        ...(!isApproved(request) && { approve: (plan, { signal }) => ask(plan, output, signal) }),
      },
      signal: pause.signal,
      ...(request.waitForFundsMs !== undefined && { waitForFundsMs: request.waitForFundsMs }),
      onEvent(event) {
        output.event({ ...event, machine: sponsoringMachine.id })
        if (event.type === 'transition')
          output.note([`sponsor  ${event.to}`, event.failure?.message ?? []].flat().join(': '))
      },
    })
  } finally {
    pause.dispose()
  }
}

async function ask(plan: SponsorPlan, output: Output, signal: AbortSignal): Promise<boolean> {
  if (!output.mayAsk) throw new ConfirmationNeededError(plan.digest)
  output.note(`${sponsorPlanText(plan, IRREVERSIBLE, output)}\n`)
  return isConfirmed('Sign and send?', signal)
}

/** The fields of a treasury that programs see: its one agent is in the result already. */
const shown = ({ address, outcome, transactions, spent, wasFinished }: SponsorResult) => ({
  address,
  outcome,
  transactions,
  spent,
  wasFinished,
})

/** The run of the agent was not started. */
function finish(
  sponsored: SponsorResult,
  { wiring, output, command }: { wiring: Wiring; output: Output; command: string },
): number {
  const { outcome, state, failure, recoverable, runId, chainId } = sponsored
  const reason = failure?.hint ?? 'The sponsor has not finished.'
  output.result(
    {
      outcome,
      state: `sponsor.${state}`,
      runId,
      address: wiring.ports.signer.address,
      chainId,
      recoverable,
      nextAction: { command, ...action('run'), reason },
      failure,
      key: null,
      transactions: [],
      spent: { vvv: '0', feeWei: '0', usd: '0' },
      skipped: [],
      funding: null,
      warnings: [],
      sponsor: shown(sponsored),
    },
    sponsoredText(sponsored, { output, isSandbox: wiring.sandbox !== null }),
  )
  return outcome === 'paused' ? EXIT_CODES.waiting : EXIT_CODES[failure?.exit ?? 'unexpected']
}

/** `plan --sponsor`: what the treasury would do. Reads only; signs nothing. */
export async function planWithSponsor(request: Request, output: Output, context: CliContext): Promise<number> {
  const { address: agent } = await targetOf(request, context, output)
  const { createRedactor } = await import('../../domain/redact.ts')
  const { chain, signer } = await treasuryPorts(request, context, createRedactor())
  const { address } = signer
  if (isSameAddress(address, agent)) throw new SponsorsItselfError(address)
  const { stakeAmount } = withDefaults(request.wanted, null)
  const asked = { runId: 'plan', address, chainId: BASE_CHAIN_ID, agents: [{ address: agent, amount: stakeAmount }] }
  const query = { address, agents: asked.agents, unproven: [], inFlight: 1, isFirst: true }
  const walletState = await chain.surveyTreasury(query)
  if (walletState.contracts.length > 0) throw new AgentIsContractError(walletState.contracts)
  const made = await sponsorPlanOf(asked, walletState, { vvv: 0n, feeWei: 0n })
  const { maxVvv, maxFeeWei } = request.budget
  const irreversible = made.agents > 0 ? IRREVERSIBLE : []
  const holdings = { eth: walletState.eth, vvv: walletState.vvv, allowance: walletState.allowance }
  const caps = { maxVvv: maxVvv?.toString() ?? null, maxFeeWei: maxFeeWei?.toString() ?? null }
  const sinks = sinksOf(sinksFor(request, context, agent)).map(({ name }) => name)
  output.result(
    { agent, sponsor: address, plan: made, planDigest: made.digest, holdings, caps, irreversible, sinks },
    `${sponsorPlanText(made, irreversible, output)}\n${sinksText(sinks)}`,
  )
  return 0
}
