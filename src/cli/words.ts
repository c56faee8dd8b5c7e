import { STAGES, type Stage } from '../../machines/onboarding/context.ts'
import { explorerUrl } from '../domain/addresses.ts'
import { formatAmount, USDC_DECIMALS } from '../domain/amounts.ts'
import type { AttemptSummary, Purpose } from '../domain/attempt.ts'
import { formatDuration } from '../domain/duration.ts'
import type { Progress } from '../driver/effects/io.ts'

/** What each stage is called on a terminal. */
export const STAGE_WORDS: Readonly<Record<Stage, string>> = {
  checkBalance: 'Look at the wallet',
  approve: 'Approve VVV',
  stake: 'Stake VVV',
  awaitConfirmation: 'Wait for the block',
  fetchToken: 'Fetch the challenge',
  sign: 'Sign it',
  mint: 'Mint the API key',
  fundingCheck: 'Ask what it can spend',
}

/** States beside the stages: the stage that each belongs to, and what is done there. */
const SIDE_STATES: Readonly<Record<string, { stage: Stage; words: string }>> = {
  mintDiem: { stage: 'fundingCheck', words: 'getting DIEM staked' },
  topUp: { stage: 'fundingCheck', words: 'buying credit' },
}

const stateOf = (path: string): string => path.split('.')[0] ?? path

/** Stage of a dotted state path, or null for a final state. */
export const stageOf = (path: string): Stage | null =>
  STAGES.find((stage) => stage === stateOf(path)) ?? SIDE_STATES[stateOf(path)]?.stage ?? null

/** What is done in a state that is none of the stages, or null. */
export const sideWords = (path: string): string | null => SIDE_STATES[stateOf(path)]?.words ?? null

/** What is being waited for, in a few words. A wait of less than a second is not counted down. */
export function awaitsWords({ awaits, block, until, transactions = [] }: Progress, nowMs: number): string {
  const leftMs = until === undefined ? 0 : Date.parse(until) - nowMs
  const left = leftMs < 1_000 ? '' : `, next try in ${formatDuration(leftMs)}`
  switch (awaits) {
    case 'rpc':
      return 'asking the RPC'
    case 'signer':
      return 'signing'
    case 'block':
      return [...waitingWords(transactions, nowMs), blockWords(block)].join(', ')
    case 'venice':
      return 'asking Venice'
    case 'clock':
      return `backing off${left}`
    case 'funds':
      return `waiting for funds${left}`
    case 'disk':
      return 'writing'
  }
}

const blockWords = (block: string | undefined): string =>
  block === undefined ? 'waiting for the chain' : `chain at block ${block}`

/** `approve and stake sent 3 s ago`: those that no block has taken so far, by the first of them. */
function waitingWords(transactions: readonly AttemptSummary[], nowMs: number): string[] {
  const waiting = transactions.flatMap(({ purpose, status, sentAt }) =>
    status === 'sent' && sentAt !== undefined ? [{ purpose, sentMs: Date.parse(sentAt) }] : [],
  )
  if (waiting.length === 0) return []
  const names = waiting.map(({ purpose }) => purposeWords(purpose)).join(' and ')
  const ageMs = nowMs - Math.min(...waiting.map(({ sentMs }) => sentMs))
  return [`${names} sent ${formatDuration(ageMs)} ago`]
}

type Fate = Pick<AttemptSummary, 'purpose' | 'status' | 'blockNumber' | 'minedAfterMs' | 'sentAt'>

/** Where a transaction is: in which block and after how long, or how long ago it was sent. */
export function fateWords({ purpose, status, blockNumber, minedAfterMs, sentAt }: Fate, nowMs: number): string {
  const name = purposeWords(purpose)
  if (blockNumber !== null) {
    const after = minedAfterMs === undefined ? '' : ` after ${formatDuration(minedAfterMs)}`
    return `${name} ${status === 'reverted' ? 'reverted in' : 'in'} block ${blockNumber}${after}`
  }
  if (sentAt === undefined) return `${name} ${status}`
  return `${name} sent ${formatDuration(Math.max(0, nowMs - Date.parse(sentAt)))} ago`
}

/** What each transaction is called, and what coin its amount is of. */
const TRANSACTIONS: Readonly<Record<Purpose, { words: string; coin: string }>> = {
  approve: { words: 'approve', coin: 'VVV' },
  stake: { words: 'stake', coin: 'VVV' },
  sponsor: { words: 'stake for the agent', coin: 'VVV' },
  revoke: { words: 'revoke', coin: 'VVV' },
  fill: { words: 'fill', coin: 'VVV' },
  mintDiem: { words: 'lock for DIEM', coin: 'sVVV' },
  stakeDiem: { words: 'stake DIEM', coin: 'DIEM' },
}

export const purposeWords = (purpose: Purpose): string => TRANSACTIONS[purpose].words

/** The amount of a transaction. @param units - base units, 18 decimals. */
export const amountOf = ({ purpose, amount: units }: { purpose: Purpose; amount: string }): string =>
  `${formatAmount(units, { maxFraction: 6 })} ${TRANSACTIONS[purpose].coin}`

export const vvv = (units: string): string => `${formatAmount(units, { maxFraction: 6 })} VVV`

export const usdc = (units: string): string => `${formatAmount(units, { decimals: USDC_DECIMALS })} USDC`

/** ETH with enough digits for a fee on Base. */
export const eth = (wei: string): string => `${formatAmount(wei, { maxFraction: 9 })} ETH`

/** A transaction as a person finds it: a link on Base, the bare hash in a sandbox. */
export const transactionLink = (hash: string, isSandbox: boolean): string =>
  isSandbox ? hash : explorerUrl('tx', hash)
