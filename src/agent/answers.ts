import type { z } from 'zod'
import { formatAmount, USDC_DECIMALS } from '../domain/amounts.ts'
import type { FundRequest } from '../domain/fund.ts'
import { allInWords, inWords, type NextAction } from '../domain/next-action.ts'
import type { Plan } from '../domain/plan.ts'
import { sinksOf } from '../driver/effects/sinks.ts'
import { irreversibleSteps } from '../operations/irreversible-steps.ts'
import type { PlannedRun } from '../operations/plan-run.ts'
import type { planOutput, runOutput } from './schemas.ts'
import type { RunView, SessionWallet } from './session.ts'
import type { Answer } from './tool.ts'
import { startedBy, TOOL_WORDS } from './words.ts'

/** How a run stands, and which tool is next. */
export function runAnswer(view: RunView): Answer<z.input<typeof runOutput>> {
  const { revision, phase } = view
  const result = allInWords(view.result, TOOL_WORDS)
  const { failure, key, credential, funding, spent } = result
  const data = {
    runId: result.runId,
    phase,
    outcome: result.outcome,
    state: result.state,
    revision,
    address: result.address,
    chainId: result.chainId,
    recoverable: result.recoverable,
    failure: failure && {
      code: failure.code,
      message: failure.message,
      hint: failure.hint,
      facts: [...failure.facts],
    },
    alternative: alternativeOf(view.result.alternative),
    key,
    credential: credential && {
      kind: credential.kind,
      creditUsd: credential.kind === 'wallet' ? credential.creditUsd : null,
      canSpend: credential.kind === 'wallet' ? credential.canSpend : (funding?.spendable ?? null),
    },
    transactions: result.transactions.map((transaction) => ({ ...transaction })),
    spent: { vvv: formatAmount(spent.vvv), feeEth: formatAmount(spent.feeWei), usd: spent.usd },
    skipped: result.skipped.map(({ stage, why }) => ({ stage, why })),
    funding: funding && {
      spendable: funding.spendable,
      cause: funding.cause ?? null,
      reason: funding.reason,
      next: funding.next,
      links: [...funding.links],
    },
    warnings: [...result.warnings],
  }
  return { data, next: nextOf(view) }
}

/** What another tool can do instead, with its arguments. */
const alternativeOf = (other: NextAction | null) => {
  const tool = other && startedBy(other)
  return tool && { ...tool, reason: inWords(other.reason, TOOL_WORDS) }
}

const GOES_ON = 'The run continues by itself.'

function nextOf({ result: { nextAction, ...result }, phase, awaits }: RunView): Answer<unknown>['next'] {
  const { outcome, failure, funding } = result
  const why = nextAction && inWords(nextAction.reason, TOOL_WORDS)
  const earliestAt = nextAction?.earliestAt ?? null
  if (phase !== 'idle') {
    const isAsking = awaits === 'signer'
    const own = isAsking ? 'The run waits until the wallet has signed, or its person has answered.' : GOES_ON
    const reason = phase === 'running' ? own : 'Another process is running it.'
    return { tool: 'venice_status', reason, earliestAt }
  }
  switch (outcome) {
    case 'funded':
      return nextAction === null ? undefined : { tool: 'venice_keys_rotate', reason: why ?? '' }
    case 'unfunded':
      return { tool: 'venice_fund_options', reason: funding?.reason ?? 'The key cannot spend yet.' }
    case 'paused':
      return { tool: 'venice_resume', reason: why ?? 'The run is not finished.', earliestAt }
    case 'failed': {
      const needsPlan = failure?.code === 'policy/approval-needed' || failure?.code === 'policy/plan-changed'
      const tool = needsPlan ? 'venice_plan' : result.recoverable ? 'venice_resume' : null
      return { tool, reason: why || 'The run has failed.', earliestAt }
    }
  }
}

/** A plan in words and numbers, with what limits it. */
export function planAnswer(
  { plan, holdings: { eth, vvv, sVvv, usdc } }: Pick<PlannedRun, 'plan' | 'holdings'>,
  { settings: { budget = {} }, ports }: SessionWallet,
): Answer<z.input<typeof planOutput>> {
  const cap = (units: bigint | undefined, decimals?: number) =>
    units === undefined ? null : formatAmount(units, decimals === undefined ? {} : { decimals })
  const irreversible = irreversibleSteps(plan.fund, plan.credential)
  const sinks = sinksOf(ports).map(({ name }) => name)
  const data = {
    planDigest: plan.digest,
    summary: summaryOf(plan, sinks),
    address: plan.address,
    chainId: plan.chainId,
    stakeVvv: formatAmount(plan.stake),
    maxFeeEth: formatAmount(plan.feeCeiling),
    transactions: plan.transactions.map(({ purpose, to, call, feeCeiling }) => ({
      purpose,
      to,
      call,
      maxFeeEth: feeCeiling === null ? null : formatAmount(feeCeiling),
    })),
    credential: plan.credential,
    keyType: plan.key.type,
    fund: plan.fund && { way: plan.fund.way, amount: fundAmount(plan.fund) },
    holdings: {
      eth: formatAmount(eth),
      vvv: formatAmount(vvv),
      sVvv: formatAmount(sVvv),
      usdc: usdc === null ? null : formatAmount(usdc, { decimals: USDC_DECIMALS }),
    },
    caps: {
      maxVvv: cap(budget.maxVvv),
      maxGasEth: cap(budget.maxFeeWei),
      maxUsd: cap(budget.maxUsd, USDC_DECIMALS),
    },
    sinks,
    irreversible,
  }
  return {
    data,
    next: { tool: 'venice_start', reason: 'Show the summary to the person. Start the run once they agree.' },
  }
}

const fundAmount = ({ way, amount }: FundRequest): string =>
  formatAmount(amount, way === 'x402' ? { decimals: USDC_DECIMALS } : {})

/** What a person says yes to. */
function summaryOf(plan: Plan, sinks: readonly string[]): string {
  const { address, stake, feeCeiling, transactions, key, fund } = plan
  if (plan.credential === 'wallet')
    return [`Lets ${address} pay for calls by itself. Mints no key, and stakes nothing.`, ...paysOf(fund)].join(' ')
  const names = transactions.map(({ purpose }) => purpose).join(', then ')
  const fees = `Fees: at most ${formatAmount(feeCeiling, { maxFraction: 9 })} ETH.`
  const begins =
    BigInt(stake) === 0n ? `Sends from ${address} on Base` : `Stakes ${formatAmount(stake)} VVV of ${address} on Base`
  const sends =
    transactions.length === 0
      ? 'The wallet has its stake, so the run stakes no VVV.'
      : `${begins}, by ${transactions.length} transaction(s): ${names}. ${fees}`
  return [
    sends,
    `Mints one key of type ${key.type} and stores it in ${sinks[0] ?? 'its place'}.`,
    ...paysOf(fund),
  ].join(' ')
}

/** What is to be paid, a sentence each. */
function paysOf(fund: Plan['fund']): string[] {
  if (fund === null) return []
  if (fund.way === 'x402') return [`Then pays USDC to Venice, so that the wallet has $${fundAmount(fund)} of credit.`]
  const asked = `${fundAmount(fund)} DIEM`
  const lock = fund.diem?.lock ?? null
  if (lock === '0') return [`Then stakes DIEM, so that ${asked} are staked.`]
  const amount = lock === null ? 'sVVV' : `${formatAmount(lock)} sVVV`
  return [`Then locks ${amount} for DIEM and stakes that, so that ${asked} are staked.`]
}
