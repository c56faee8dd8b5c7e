import { reclaimCommand } from '../../machines/onboarding/orphans.ts'
import { formatAmount } from '../domain/amounts.ts'
import type { WalletFunding } from '../domain/funding.ts'
import type { Payment } from '../domain/payment.ts'
import type { Plan } from '../domain/plan.ts'
import { formatCost } from '../domain/proof.ts'
import type { FundingView, RunResult } from '../driver/result.ts'
import { failureText, type Output } from './output.ts'
import { table } from './table.ts'
import { eth, transactionLink, usdc, vvv } from './words.ts'

/** How a run ended, for a person: what was done, what it cost, where the key is, what next. */
export function resultText(result: RunResult, output: Output, { isSandbox }: { isSandbox: boolean }): string {
  const { style } = output
  const parts = [
    result.wasFinished ? style('bold', 'Nothing left to do: this run had finished.') : '',
    headline(result, output),
    transactionsText(result, isSandbox),
    paymentsText(result),
    skippedText(result),
    keyText(result),
  ]
  if (result.funding !== null) parts.push(fundingText(result.funding))
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

function headline({ outcome, failure, state, funding }: RunResult, output: Output): string {
  const { style } = output
  switch (outcome) {
    case 'funded':
      return style(
        ['green', 'bold'],
        funding?.spendable === true
          ? 'The key is minted, stored, and can spend.'
          : 'The key is minted and stored. The wallet can pay for calls that it signs in for; the key cannot.',
      )
    case 'unfunded':
      return style(['green', 'bold'], 'The key is minted and stored. It cannot spend yet.')
    case 'paused':
      return style(['yellow', 'bold'], `Paused in ${state}. Everything done so far is recorded.`)
    case 'failed':
      return failure === null ? style('red', 'Stopped.') : failureText(failure, output)
  }
}

function transactionsText({ transactions, spent }: RunResult, isSandbox: boolean): string {
  if (transactions.length === 0) return ''
  const rows = transactions.map(({ purpose, status, blockNumber, feeWei, hash }) => [
    purpose,
    status,
    blockNumber ?? '',
    feeWei === null ? '' : eth(feeWei),
    transactionLink(hash, isSandbox),
  ])
  const total = `spent    ${vvv(spent.vvv)} staked, ${eth(spent.feeWei)} in fees`
  return `${table(['transaction', 'status', 'block', 'fee', isSandbox ? 'hash' : 'see'], rows, { right: [2, 3] })}\n${total}`
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
  return `key      ${key.type} …${key.last6} in ${key.sink}, ${expiry}`
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

/** What a run would do, as a table, with what cannot be taken back. */
export function planText(plan: Plan, irreversible: readonly string[], { style }: Pick<Output, 'style'>): string {
  if (plan.transactions.length === 0) {
    return `Nothing is to be sent for ${plan.address}: the stake is there. A key of type ${plan.key.type} would be minted.`
  }
  const rows = plan.transactions.map(({ purpose, to, amount, nonce, gas, feeCeiling }) => [
    purpose,
    to,
    vvv(amount),
    nonce?.toString() ?? 'later',
    gas ?? 'later',
    feeCeiling === null ? 'later' : eth(feeCeiling),
  ])
  return [
    `Wallet ${plan.address} on chain ${plan.chainId}`,
    '',
    table(['transaction', 'to', 'amount', 'nonce', 'gas limit', 'costs at most'], rows, { right: [2, 3, 4, 5] }),
    '',
    `At most ${formatAmount(plan.stake)} VVV staked and ${eth(plan.feeCeiling)} in fees; then a key of type ${plan.key.type} is minted.`,
    ...irreversible.map((text) => `${style('yellow', '!')} ${text}`),
    `Plan digest ${plan.digest}`,
  ].join('\n')
}

/** Where the key goes, in the order in which the places are tried. */
export const sinksText = ([first, ...others]: readonly string[]): string =>
  `The key goes to ${first}${others.map((name, index) => `${index === 0 ? '; if that fails, to ' : ', then to '}${name}`).join('')}.`
