import { reclaimCommand } from '../../machines/onboarding/orphans.ts'
import { explorerUrl } from '../domain/addresses.ts'
import { formatAmount, USDC_DECIMALS } from '../domain/amounts.ts'
import { formatDuration } from '../domain/duration.ts'
import type { WalletFunding } from '../domain/funding.ts'
import { LEAST_DIEM } from '../domain/funding-options.ts'
import type { Payment } from '../domain/payment.ts'
import type { Plan } from '../domain/plan.ts'
import { formatCost } from '../domain/proof.ts'
import type { FundingView, RunResult } from '../driver/result.ts'
import { failureText, type Output } from './output.ts'
import { table } from './table.ts'
import { amountOf, eth, purposeWords, usdc, vvv } from './words.ts'

/**
 * How a run ended, for a person: what was done, what it cost, where the key is, what next.
 *
 * @param isIdle - it had ended before, and nothing was looked at or done since. Default false.
 */
export function resultText(
  result: RunResult,
  output: Output,
  { isSandbox, isIdle = false }: { isSandbox: boolean; isIdle?: boolean },
): string {
  const { style } = output
  const parts = [
    isIdle ? style('bold', 'Nothing left to do: this run had finished.') : '',
    headline(result, output),
    transactionsText(result, { isSandbox, columns: output.columns }),
    paymentsText(result),
    skippedText(result),
    keyText(result),
  ]
  if (result.credential?.kind === 'wallet' && result.funding?.wallet) parts.push(creditText(result.funding.wallet))
  else if (result.funding !== null) parts.push(fundingText(result.funding))
  for (const warning of [...result.warnings, ...openMints(result)])
    parts.push(`${style('yellow', 'warning')}  ${warning}`)
  if (result.nextAction !== null && result.failure === null) {
    const { command, reason, earliestAt } = result.nextAction
    const when = earliestAt === undefined ? '' : ` (from ${earliestAt})`
    const why = reason === result.funding?.reason ? '' : `\n         ${reason}`
    parts.push(`${style('cyan', 'next')}     ${command}${when}${why}`)
  }
  return parts.filter((part) => part !== '').join('\n')
}

/** Mints that are not given up, of which the record does not warn yet. */
const openMints = ({ orphans, key }: RunResult): string[] =>
  orphans
    .filter(({ status }) => status !== 'lost')
    .map(
      ({ label }) =>
        `A key labelled "${label}" may exist: \`venice-onboard run\` looks for it, ` +
        `and \`${reclaimCommand(key?.type ?? null)}\` deletes it.`,
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
          : 'The key is minted and stored. The wallet can pay for calls that it signs in for; the key cannot.',
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
  const rows = transactions.map(({ purpose, status, blockNumber, feeWei, hash }) => [
    purposeWords(purpose),
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
  payments.map(({ value, to, status }) => `paid     ${usdc(value)} to ${to}, ${PAYMENT_WORDS[status]}`).join('\n')

const PAYMENT_WORDS = {
  open: 'perhaps: whether it moved is not known yet',
  settled: 'settled',
  void: 'never taken: its time is over, and nothing moved',
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
  const why = cause ? `${reason ?? ''} [${cause}]` : (reason ?? 'not known')
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
    `$${formatCost(wallet.balanceUsd)} of the wallet, ${wallet.canConsume ? 'can be spent' : 'cannot be spent yet'}`,
    'It pays for calls that the wallet signs in for (SIGN-IN-WITH-X). The key cannot spend it.',
    proofText(wallet),
  ])

function proofText({ proof }: Pick<FundingView, 'proof'>): string {
  if (proof === null || proof === undefined) return ''
  const { model, costUsd, costDiem, basis, at } = proof
  const cost = costDiem === null ? `$${formatCost(costUsd ?? 0)}` : `${formatCost(costDiem)} DIEM`
  return `proven by a call of ${model} at ${at}, which cost ${basis === 'price' ? 'about ' : ''}${cost}`
}

/** What is about to be paid, and what that does not do. */
export const paymentText = ({ from, to, value, validBefore }: Payment, { style }: Pick<Output, 'style'>): string =>
  [
    `Wallet ${from} pays ${usdc(value)} to ${to}, which is Venice’s receiver as its answer names it.`,
    `${style('yellow', '!')} USDC that was paid does not come back.`,
    `${style('yellow', '!')} It is credit of the wallet, for calls that the wallet signs in for. The key cannot spend it.`,
    `The signature is good for one transfer, until ${new Date(validBefore * 1_000).toISOString()}.`,
  ].join('\n')

/** What a run would do, as a table, with what cannot be taken back. @param hasKey - none is minted any more. */
export function planText(
  plan: Plan,
  irreversible: readonly string[],
  { style, columns, hasKey = false, depth }: Pick<Output, 'style' | 'columns'> & { hasKey?: boolean; depth?: Depth },
): string {
  const { address, chainId, transactions, stake, feeCeiling, ceilings, key, digest } = plan
  const marked = irreversible.map((text) => `${style('yellow', '!')} ${text}`)
  const digestText = `Plan digest ${digest}`
  const mints = hasKey ? '' : `; then a key of type ${key.type} is minted`
  if (plan.credential === 'wallet')
    return [...walletPlan(plan), ...(plan.fund === null ? [] : marked), digestText].join('\n')
  if (transactions.length === 0) {
    const nothing = `Nothing is to be sent for ${address}: the stake is there. A key of type ${key.type} would be minted.`
    return [nothing, ...fundPlan(plan), ...(plan.fund === null ? [] : marked)].join('\n')
  }
  const rows = transactions.map(({ purpose, to, amount, nonce, gas, feeCeiling: most }) => [
    purposeWords(purpose),
    to,
    amountOf({ purpose, amount }),
    nonce?.toString() ?? 'later',
    gas ?? 'later',
    most === null ? 'later' : eth(most),
  ])
  return [
    `Wallet ${address} on chain ${chainId}`,
    '',
    table(['transaction', 'to', 'amount', 'nonce', 'gas limit', 'costs at most'], rows, {
      right: [2, 3, 4, 5],
      columns,
    }),
    '',
    `At most ${formatAmount(stake)} VVV are staked${mints}.`,
    `Fees are ${eth(feeCeiling)} at most as things are, and never more than ${eth(ceilings.feeWei)}.`,
    ...depthText(depth),
    ...fundPlan(plan),
    ...marked,
    digestText,
  ].join('\n')
}

/** No key, and no transaction of the wallet: at most a payment, which Venice hands to the chain. */
const walletPlan = ({ address, fund }: Plan): string[] => [
  `Wallet ${address} pays for calls by itself. No key is minted, no VVV is staked, and no ETH is spent.`,
  fund?.way === 'x402'
    ? `USDC is paid where it is missing, so that the wallet has ${dollars(fund.amount)} of credit at Venice.`
    : 'Nothing is paid: the run asks Venice what credit the wallet has.',
]

/** How deep transactions shall be, and the milliseconds that a block takes. */
export interface Depth {
  confirmations: number
  blockTimeMs: number
}

const depthText = (depth: Depth | undefined): string[] =>
  depth === undefined || depth.confirmations === 1
    ? []
    : [
        `Each is waited for until ${depth.confirmations} blocks have it: ${formatDuration(depth.confirmations * depth.blockTimeMs)} at this chain's pace.`,
      ]

/** What is to be done for money, a sentence each. */
function fundPlan({ fund, ceilings }: Plan): string[] {
  if (fund === null) return []
  if (fund.way === 'x402')
    return [`Then USDC is paid, so that the wallet has ${dollars(fund.amount)} of credit at Venice.`]
  const asked = `${formatAmount(fund.amount)} DIEM`
  const tooLittle =
    BigInt(fund.amount) < LEAST_DIEM ? [`Under ${formatAmount(LEAST_DIEM)} DIEM none can be spent.`] : []
  if (fund.diem === null) return [`The wallet holds the sVVV for ${asked}, or the DIEM.`, ...tooLittle]
  const { staked, liquid, lock } = fund.diem
  const missing = BigInt(fund.amount) - BigInt(staked)
  if (missing <= 0n) return [`${formatAmount(staked)} DIEM are staked already; ${asked} are asked for.`]
  if (lock === '0' && BigInt(liquid) >= missing)
    return [`${formatAmount(missing)} DIEM of the wallet are staked, so that it is ${asked}.`, ...tooLittle]
  const now = `${formatAmount(lock, { maxFraction: 6 })} sVVV are locked`
  const most = `at most ${formatAmount(ceilings.lock)} sVVV if the price moves`
  return [`For ${asked}, ${now}, ${most}. Then ${formatAmount(missing)} DIEM are staked.`, ...tooLittle]
}

const dollars = (units: string): string => `$${formatAmount(units, { decimals: USDC_DECIMALS })}`

/** Where the key goes, in the order in which the places are tried. */
export const sinksText = ([first, ...others]: readonly string[]): string =>
  `The key goes to ${first}${others.map((name, index) => `${index === 0 ? '; if that fails, to ' : ', then to '}${name}`).join('')}.`
