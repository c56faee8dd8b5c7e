import { STAGES, type Stage } from '../../machines/onboarding/context.ts'
import { explorerUrl } from '../domain/addresses.ts'
import { formatAmount } from '../domain/amounts.ts'
import { type AttemptSummary, inOrder, type Purpose } from '../domain/attempt.ts'
import { formatDuration } from '../domain/duration.ts'
import type { Progress } from '../driver/effects/io.ts'

/** The name of each stage on a terminal. */
export const STAGE_WORDS: Readonly<Record<Stage, string>> = {
  checkBalance: 'Read the wallet',
  approve: 'Approve VVV',
  stake: 'Stake VVV',
  awaitConfirmation: 'Wait for the block',
  fetchToken: 'Fetch the challenge',
  sign: 'Sign the challenge',
  mint: 'Mint the API key',
  fundingCheck: 'Check what the key can spend',
}

/** States that are not stages: the stage that each belongs to, and what happens there. */
const SIDE_STATES: Readonly<Record<string, { stage: Stage; words: string }>> = {
  mintDiem: { stage: 'fundingCheck', words: 'staking DIEM' },
  topUp: { stage: 'fundingCheck', words: 'buying credit' },
}

const stateOf = (path: string): string => path.split('.')[0] ?? path

/** Stage of a dotted state path, or null for a final state. */
export const stageOf = (path: string): Stage | null =>
  STAGES.find((stage) => stage === stateOf(path)) ?? SIDE_STATES[stateOf(path)]?.stage ?? null

/** What happens in a state that is not a stage, or null. */
export const sideWords = (path: string): string | null => SIDE_STATES[stateOf(path)]?.words ?? null

/** What is being waited for, in a few words. A wait of less than a second is not counted down. */
export function awaitsWords({ awaits, block, until, transactions = [] }: Progress, nowMs: number): string {
  const leftMs = until === undefined ? 0 : Date.parse(until) - nowMs
  const left = leftMs < 1_000 ? '' : `, next try in ${formatDuration(leftMs)}`
  switch (awaits) {
    case 'rpc':
      return 'calling the RPC endpoint'
    case 'signer':
      return 'signing'
    case 'block':
      return [...waitingWords(transactions, nowMs), blockWords(block)].join(', ')
    case 'venice':
      return 'calling Venice'
    case 'clock':
      return `backing off${left}`
    case 'funds':
      return `waiting for funds${left}`
    case 'disk':
      return 'writing the record'
  }
}

const blockWords = (block: string | undefined): string =>
  block === undefined ? 'waiting for the chain' : `chain at block ${block}`

/** `approve and stake sent 3 s ago`: the transactions that no block has included yet, and the age of the oldest. */
function waitingWords(transactions: readonly AttemptSummary[], nowMs: number): string[] {
  const waiting = transactions.flatMap(({ status, sentAt, ...made }) =>
    status === 'sent' && sentAt !== undefined ? [{ name: allWords(made), sentMs: Date.parse(sentAt) }] : [],
  )
  if (waiting.length === 0) return []
  const names = waiting.map(({ name }) => name).join(' and ')
  const ageMs = nowMs - Math.min(...waiting.map(({ sentMs }) => sentMs))
  return [`${names} sent ${formatDuration(ageMs)} ago`]
}

type Fate = Pick<AttemptSummary, 'purpose' | 'along' | 'status' | 'blockNumber' | 'minedAfterMs' | 'sentAt'>

/** The block of a transaction and how long it took to be mined, or how long ago it was sent. */
export function fateWords({ status, blockNumber, minedAfterMs, sentAt, ...made }: Fate, nowMs: number): string {
  const name = allWords(made)
  if (blockNumber !== null) {
    const after = minedAfterMs === undefined ? '' : ` after ${formatDuration(minedAfterMs)}`
    return `${name} ${status === 'reverted' ? 'reverted in' : 'in'} block ${blockNumber}${after}`
  }
  if (sentAt === undefined) return `${name} ${status}`
  return `${name} sent ${formatDuration(Math.max(0, nowMs - Date.parse(sentAt)))} ago`
}

/** The name of each transaction, and the coin of its amount. */
const TRANSACTIONS: Readonly<Record<Purpose, { words: string; coin: string }>> = {
  approve: { words: 'approve', coin: 'VVV' },
  stake: { words: 'stake', coin: 'VVV' },
  sponsor: { words: 'stake for the agent', coin: 'VVV' },
  revoke: { words: 'revoke', coin: 'VVV' },
  fillNonce: { words: 'fill the nonce', coin: 'VVV' },
  mintDiem: { words: 'lock for DIEM', coin: 'sVVV' },
  stakeDiem: { words: 'stake DIEM', coin: 'DIEM' },
}

export const purposeWords = (purpose: Purpose): string => TRANSACTIONS[purpose].words

/** `approve and stake`: all that a transaction does. */
export const allWords = ({ purpose, along = [] }: Pick<AttemptSummary, 'purpose' | 'along'>): string =>
  inOrder({ purpose, along }).map(purposeWords).join(' and ')

/** The amount of a transaction. @param units - base units, 18 decimals. */
export const amountOf = ({ purpose, amount: units }: { purpose: Purpose; amount: string }): string =>
  `${formatAmount(units, { maxFraction: 6 })} ${TRANSACTIONS[purpose].coin}`

export const vvv = (units: string): string => `${formatAmount(units, { maxFraction: 6 })} VVV`

/** ETH with enough digits for a fee on Base. */
export const eth = (wei: string): string => `${formatAmount(wei, { maxFraction: 9 })} ETH`

/** How a person finds a transaction: a link on Base, the bare hash in a sandbox. */
export const transactionLink = (hash: string, isSandbox: boolean): string =>
  isSandbox ? hash : explorerUrl('tx', hash)
