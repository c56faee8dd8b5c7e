import { reclaimAction } from '../../machines/onboarding/orphans.ts'
import { explorerUrl } from '../domain/addresses.ts'
import { formatAmount, inDollars, inUsdc } from '../domain/amounts.ts'
import { formatDuration } from '../domain/duration.ts'
import type { WalletFunding } from '../domain/funding.ts'
import { LEAST_DIEM } from '../domain/funding-options.ts'
import { action, say, type Told } from '../domain/next-action.ts'
import type { Payment } from '../domain/payment.ts'
import type { Plan } from '../domain/plan.ts'
import { formatCost } from '../domain/proof.ts'
import type { FundingView, RunResult } from '../driver/result.ts'
import { failureText, type Output } from './output.ts'
import { table } from './table.ts'
import type { ShownResult } from './told.ts'
import { allWords, amountOf, eth, vvv } from './words.ts'

/**
 * The result of a run, for a person: what was done, what it cost, where the key is, what to do next.
 *
 * @param isIdle - the run had already ended, and this command read and did nothing new. Default false.
 */
export function resultText(
  result: ShownResult,
  output: Output,
  { isSandbox, isIdle = false }: { isSandbox: boolean; isIdle?: boolean },
): string {
  const { style } = output
  const parts = [
    isIdle ? style('bold', 'Nothing to do: this run has already finished.') : '',
    headline(result, output),
    transactionsText(result, { isSandbox, columns: output.columns }),
    paymentsText(result),
    skippedText(result),
    keyText(result),
  ]
  if (result.credential?.kind === 'wallet' && result.funding?.wallet) parts.push(creditText(result.funding.wallet))
  else if (result.funding !== null) parts.push(fundingText(result.funding))
  for (const warning of [...result.warnings, ...openMints(result)])
    parts.push(`${style('yellow', 'warning')}  ${output.say(warning)}`)
  if (result.nextAction !== null && result.failure === null) {
    const { command, reason, earliestAt } = result.nextAction
    const when = earliestAt === undefined ? '' : ` (from ${earliestAt})`
    const why = reason === result.funding?.reason ? '' : `\n         ${output.say(reason)}`
    parts.push(`${style('cyan', 'next')}     ${output.typed(command)}${when}${why}`)
  }
  if (result.alternative !== null) {
    const { command, reason } = result.alternative
    parts.push(`${style('cyan', 'or')}       ${output.typed(command)}\n         ${output.say(reason)}`)
  }
  return parts.filter((part) => part !== '').join('\n')
}

/** Mints that are still open, which the record does not warn about yet. */
const openMints = ({ orphans, key }: RunResult): Told[] =>
  orphans
    .filter(({ status }) => status !== 'lost')
    .map(
      ({ label }) =>
        say`A key labelled "${label}" may exist: ${action('run')} looks for it, and ${reclaimAction(key?.type ?? null)} deletes it.`,
    )

function headline({ outcome, failure, state, funding, credential, key }: RunResult, output: Output): string {
  const { style } = output
  const isWallet = credential?.kind === 'wallet'
  if (key?.isStored === false && !isWallet && (outcome === 'funded' || outcome === 'unfunded'))
    return style(['yellow', 'bold'], `The key was minted. It is not in ${key.sink} any more.`)
  switch (outcome) {
    case 'funded':
      if (isWallet) return style(['green', 'bold'], 'The wallet can pay for calls by itself. It needs no key.')
      return style(
        ['green', 'bold'],
        funding?.spendable === true
          ? 'The key is minted, stored, and can spend.'
          : 'The key is minted and stored. The wallet can pay for calls that it signs in for. The key cannot.',
      )
    case 'unfunded':
      if (isWallet) return style(['yellow', 'bold'], 'The wallet has too little credit to pay for a call.')
      return style(['green', 'bold'], 'The key is minted and stored. It cannot spend yet.')
    case 'paused':
      return style(['yellow', 'bold'], `Paused in ${state}. Everything done so far is recorded.`)
    case 'failed':
      return failure === null ? style('red', 'Stopped.') : failureText(failure, output)
  }
}

function transactionsText(
  { transactions, spent }: RunResult,
  { isSandbox, columns }: { isSandbox: boolean; columns: number },
): string {
  if (transactions.length === 0) return ''
  const rows = transactions.map(({ status, blockNumber, feeWei, hash, ...made }) => [
    allWords(made),
    status,
    blockNumber ?? '',
    feeWei === null ? '' : eth(feeWei),
    hash,
  ])
  const total = `spent    ${vvv(spent.vvv)} staked, ${eth(spent.feeWei)} in fees`
  const links = isSandbox ? [] : transactions.map(({ hash }) => `see      ${explorerUrl('tx', hash)}`)
  return [
    table(['transaction', 'status', 'block', 'fee', 'hash'], rows, { right: [2, 3], columns }),
    ...links,
    total,
  ].join('\n')
}

const paymentsText = ({ payments }: RunResult): string =>
  payments.map(({ value, to, status }) => `paid     ${inUsdc(value)} to ${to}, ${PAYMENT_WORDS[status]}`).join('\n')

const PAYMENT_WORDS = {
  open: 'pending: settlement unconfirmed',
  settled: 'settled',
  void: 'expired: Venice never took it, and nothing moved',
} as const

const skippedText = ({ skipped }: RunResult): string =>
  skipped.map(({ stage, why }) => `skipped  ${stage}: ${why}`).join('\n')

function keyText({ key }: RunResult): string {
  if (key === null) return ''
  const expiry = key.expiresAt === null ? 'never expires' : `expires ${key.expiresAt}`
  return `key      ${key.type} …${key.last6} ${key.isStored === false ? 'was put into' : 'in'} ${key.sink}, ${expiry}`
}

export function fundingText(funding: FundingView): string {
  const { spendable, cause, reason, balances, tier, nextEpochAt, next, links, wallet = null } = funding
  const amounts = [
    balances.usd === null ? null : `$${balances.usd}`,
    balances.diem === null ? null : `${balances.diem} DIEM`,
    balances.bundledCredits === null || balances.bundledCredits === 0
      ? null
      : `${balances.bundledCredits} bundled credits`,
  ].filter((amount) => amount !== null)
  const why = cause ? `${reason ?? ''} [${cause}]` : (reason ?? 'unknown')
  const head = spendable === true ? 'can spend' : why
  const details = [
    amounts.join(', '),
    tier === null ? '' : `tier ${tier}`,
    nextEpochAt === null ? '' : `next epoch ${nextEpochAt}`,
  ]
  const lines = [
    head,
    details.filter((detail) => detail !== '').join(' · '),
    proofText(funding),
    next === null ? '' : [next, ...links].join(' '),
  ]
  return [...(wallet === null ? [] : [creditText(wallet)]), paragraph('funding', lines)].join('\n')
}

const paragraph = (name: string, lines: readonly string[]): string =>
  `${name.padEnd(8)} ${lines.filter((line) => line !== '').join('\n         ')}`

const creditText = (wallet: WalletFunding): string =>
  paragraph('credit', [
    `$${formatCost(wallet.balanceUsd)} of the wallet, ${wallet.canConsume ? 'spendable' : 'not spendable yet'}`,
    'It pays for calls that the wallet signs in for (SIGN-IN-WITH-X). An API key cannot spend it.',
    proofText(wallet),
  ])

function proofText({ proof }: Pick<FundingView, 'proof'>): string {
  if (proof === null || proof === undefined) return ''
  const { model, costUsd, costDiem, basis, at } = proof
  const cost = costDiem === null ? `$${formatCost(costUsd ?? 0)}` : `${formatCost(costDiem)} DIEM`
  return `proven by a call to ${model} at ${at}, which cost ${basis === 'price' ? 'about ' : ''}${cost}`
}

/** The payment to approve, and what it does not do. */
export const paymentText = ({ from, to, value, validBefore }: Payment, { style }: Pick<Output, 'style'>): string =>
  [
    `Wallet ${from} pays ${inUsdc(value)} to ${to}, the receiver that Venice’s answer names.`,
    `${style('yellow', '!')} A USDC payment cannot be undone.`,
    `${style('yellow', '!')} It buys credit for the wallet, for calls that the wallet signs in for. An API key cannot spend it.`,
    `The signature is valid for one transfer, until ${new Date(validBefore * 1_000).toISOString()}.`,
  ].join('\n')

/** The plan of a run as a table, with its irreversible steps. @param hasKey - the run has its key, and mints none. */
export function planText(
  plan: Plan,
  irreversible: readonly string[],
  { style, columns, hasKey = false, depth }: Pick<Output, 'style' | 'columns'> & { hasKey?: boolean; depth?: Depth },
): string {
  const { address, chainId, transactions, stake, feeCeiling, ceilings, key, digest } = plan
  const marked = irreversible.map((text) => `${style('yellow', '!')} ${text}`)
  const digestText = `Plan digest ${digest}`
  const mints = hasKey ? '' : `, then a key of type ${key.type} is minted`
  if (plan.credential === 'wallet')
    return [...walletPlan(plan), ...(plan.fund === null ? [] : marked), digestText].join('\n')
  if (transactions.length === 0) {
    const nothing = `${address} needs no transaction: it has its stake. The run would mint a key of type ${key.type}.`
    return [nothing, ...fundPlan(plan), ...(plan.fund === null ? [] : marked)].join('\n')
  }
  const rows = transactions.map(({ purpose, along = [], to, amount, nonce, gas, feeCeiling: most }) => [
    allWords({ purpose, along: along.map((call) => call.purpose) }),
    to,
    amountOf({ purpose, amount }),
    nonce?.toString() ?? 'later',
    gas ?? 'later',
    most === null ? 'later' : eth(most),
  ])
  return [
    `Wallet ${address} on chain ${chainId}`,
    ...accountLines(plan),
    '',
    table(['transaction', 'to', 'amount', 'nonce', 'gas limit', 'costs at most'], rows, {
      right: [2, 3, 4, 5],
      columns,
    }),
    '',
    `The run stakes at most ${formatAmount(stake)} VVV${mints}.`,
    ...(plan.mintAs === null ? [] : [`It stakes for ${plan.mintAs}, which signs for the key and owns it.`]),
    `Fees are at most ${eth(feeCeiling)} at current prices, and never more than ${eth(ceilings.feeWei)}.`,
    ...depthText(depth),
    ...fundPlan(plan),
    ...marked,
    digestText,
  ].join('\n')
}

/** What makes the calls of an account that makes several together, and who pays for them. */
function accountLines({ delegate, operation, calls }: Plan): string[] {
  if (delegate !== null)
    return [`It delegates to ${delegate}, which makes the calls of a transaction together: all of them, or none.`]
  if (calls !== null)
    return [
      'It makes all of these calls together, or none.',
      calls.paymaster === null ? 'The wallet pays the gas.' : `It is asked to have ${calls.paymaster} pay the gas.`,
    ]
  if (operation === null) return []
  const { entryPoint, paymaster, factory } = operation
  return [
    `It acts through user operations of EntryPoint ${entryPoint}, whose calls are all made, or none.`,
    paymaster === null ? 'The account pays the gas.' : `The paymaster ${paymaster} pays the gas.`,
    ...(factory === null ? [] : [`The operation also deploys the account, through ${factory}.`]),
  ]
}

/** No key, and no transaction of the wallet: at most a payment, which Venice hands to the chain. */
const walletPlan = ({ address, fund }: Plan): string[] => [
  `Wallet ${address} pays for calls by itself. The run mints no key, stakes no VVV and spends no ETH.`,
  fund?.way === 'x402'
    ? `It pays the USDC that is missing for ${inDollars(fund.amount)} of credit at Venice.`
    : 'Nothing is paid: the run asks Venice what credit the wallet has.',
]

/** How many blocks a transaction needs, and how long a block takes in milliseconds. */
export interface Depth {
  confirmations: number
  blockTimeMs: number
}

const depthText = (depth: Depth | undefined): string[] =>
  depth === undefined || depth.confirmations === 1
    ? []
    : [
        `Each transaction waits for ${depth.confirmations} blocks, about ${formatDuration(depth.confirmations * depth.blockTimeMs)} on this chain.`,
      ]

/** The funding steps, one sentence each. */
function fundPlan({ fund, ceilings }: Plan): string[] {
  if (fund === null) return []
  if (fund.way === 'x402')
    return [`Then it pays USDC, until the wallet has ${inDollars(fund.amount)} of credit at Venice.`]
  const asked = `${formatAmount(fund.amount)} DIEM`
  const tooLittle =
    BigInt(fund.amount) < LEAST_DIEM
      ? [`The key can spend nothing with less than ${formatAmount(LEAST_DIEM)} DIEM.`]
      : []
  if (fund.diem === null) return [`The wallet has enough sVVV or DIEM for ${asked}.`, ...tooLittle]
  const { staked, liquid, lock } = fund.diem
  const missing = BigInt(fund.amount) - BigInt(staked)
  if (missing <= 0n) return [`The wallet has already staked ${formatAmount(staked)} DIEM. The run needs ${asked}.`]
  if (lock === '0' && BigInt(liquid) >= missing)
    return [`The run stakes ${formatAmount(missing)} DIEM of the wallet, for ${asked} in total.`, ...tooLittle]
  const now = `${formatAmount(lock, { maxFraction: 6 })} sVVV`
  const most = `at most ${formatAmount(ceilings.lock)} sVVV if the price moves`
  return [`For ${asked}, the run locks ${now} (${most}), then stakes ${formatAmount(missing)} DIEM.`, ...tooLittle]
}

/** The key sinks, in the order in which they are tried. */
export const sinksText = ([first, ...others]: readonly string[]): string =>
  `The key is stored in ${first}${others.map((name, index) => `${index === 0 ? '; if that fails, in ' : ', then in '}${name}`).join('')}.`
