/** Plain data of any shape, as it travels in JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** What a page may know of one moment of a run. An allow-list: what is not named here never reaches a page or a report. */
export interface Step {
  /** Of the record; several steps of different kinds may share one. */
  revision: number
  pass: number
  /** ISO 8601. */
  at: string
  kind: 'transition' | 'resumed'
  /** Dotted paths of the states left; empty at the start of a pass. */
  from: readonly string[]
  /** Dotted paths of the states the machine is in; several in parallel regions. */
  to: readonly string[]
  /** The event that caused it, e.g. `xstate.done.actor.mintKey`. */
  cause: string
  failure: { code: string; message: string; hint: string } | null
  view: View
}

export interface View {
  counters: Readonly<Record<string, number>>
  walletState: WalletStateView | null
  transactions: readonly TransactionView[]
  /** USDC for credit of the wallet. */
  payments: readonly PaymentView[]
  challenge: { form: string; expiresAt: string } | null
  /** ISO 8601: end of the wait under way. */
  wakeAt: string | null
  mints: readonly { label: string; at: string; status: string; sink: string }[]
  key: { id: string | null; last6: string; type: string; sink: string; expiresAt: string | null; label: string } | null
  funding: FundingView | null
  skipped: readonly { stage: string; why: string }[]
  warnings: readonly string[]
  /** What an embedder chose to show of a machine of its own. */
  data: Json
}

/** Amounts are base units as decimal strings. */
interface WalletStateView {
  readAt: string
  blockNumber: string
  /** Its kind, what it acts through and who pays the gas, in words. */
  account: string
  /** Absent: the wallet stakes for itself. */
  stakesFor?: string
  eth: string
  vvv: string
  sVvv: string
  allowance: string
}

export interface TransactionView {
  purpose: string
  /** What it does along with that. */
  along: readonly string[]
  hash: string
  nonce: number
  status: string
  amount: string
  signedAt: string
  /** ISO 8601: when it was first handed out. */
  sentAt: string | null
  /** Milliseconds from then until it was seen in a block. */
  minedAfterMs: number | null
  blockNumber: string | null
  gasUsed: string | null
  feeWei: string | null
}

/** `value` in base units of USDC. */
export interface PaymentView {
  to: string
  value: string
  nonce: string
  status: string
  paymentId: string | null
  drawnUpAt: string
}

interface FundingView {
  spendable: boolean | null
  reason: string | null
  tier: string | null
  balances: { usd: number | null; diem: number | null; bundledCredits: number | null }
  nextEpochAt: string | null
  checkedAt: string
  /** Credit of the wallet, which the key cannot spend. */
  wallet: { balanceUsd: number; canConsume: boolean; checkedAt: string } | null
}

/** What is awaited this very moment. Known only in the process of the run. */
export interface Awaiting {
  at: string
  effect: string
  awaits: string
  block: string | null
  /** ISO 8601: when the wait ends at the latest, or is looked at again. */
  until: string | null
}

/** What is known of a run apart from its steps. */
export interface About {
  /** Shown as the page's title. */
  title: string
  /** The onboarding, or a machine of somebody else, which has no transactions, key or challenge. */
  machine: 'onboarding' | 'other'
  runId: string | null
  address: string | null
  chainId: number | null
  /** Start of a transaction's address at an explorer; null where no explorer knows it. */
  explorer: string | null
  /** live: of the process that serves. record: of files that another process may go on writing. report: closed. */
  source: 'live' | 'record' | 'report'
  /** What a person types to continue the run, with the options that say which one it is; null when nobody can say. */
  command: string | null
  /** How often each of the counters may turn before the run stops. */
  limits: Readonly<Record<string, number>>
}

/** Whether somebody drives the run. unknown: a journal from elsewhere. ended: it was the process that serves, and it is done. */
export type Driver = 'running' | 'idle' | 'ended' | 'unknown'

/** What a person types next, and why. */
export interface NextAction {
  command: string
  /** The tool that a model calls for it; null where there is none. */
  tool: string | null
  reason: string
  /** What leads to much the same without what is missing now. Absent: nothing. */
  alternative?: { command: string; reason: string }
}

/** What changes without being history. */
export interface Now {
  driver: Driver
  awaiting: Awaiting | null
  /** What is to be done as the run stands, when no process continues it. */
  next: NextAction | null
  /** Older steps were dropped, because there were too many to show. */
  isCut: boolean
}

export const EMPTY_VIEW: View = {
  counters: {},
  walletState: null,
  transactions: [],
  payments: [],
  challenge: null,
  wakeAt: null,
  mints: [],
  key: null,
  funding: null,
  skipped: [],
  warnings: [],
  data: null,
}
