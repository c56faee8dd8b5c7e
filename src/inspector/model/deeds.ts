import { inOrder } from '../../domain/attempt.ts'
import { formatDuration } from '../../domain/duration.ts'
import type { Step, TransactionView } from './step.ts'
import { inWords } from './words.ts'

/** What was done in one step, from its beginning until the next one began. */
export interface Deed {
  sign: string
  title: string
  detail: string
  isTrouble: boolean
}

/** What each effect has done when it is done. */
const DONE: Readonly<Record<string, string>> = {
  readWalletState: 'wallet read',
  signTransactions: 'transactions signed',
  broadcast: 'transactions sent',
  watchTransactions: 'chain asked',
  replaceTransactions: 'replacement signed',
  fetchChallenge: 'challenge fetched',
  signChallenge: 'challenge signed',
  openSink: 'key sink opened',
  mintKey: 'key minted and stored',
  recoverKey: 'searched for the lost key',
  storeKey: 'key stored',
  checkFunding: 'Venice said what the key can spend',
  proveFunding: 'paid call made',
  draftDiem: 'DIEM planned',
  offerPayment: 'payment offered',
  postPayment: 'payment sent',
  findPayment: 'searched for the payment',
  checkCredit: 'asked for credit',
  proveCredit: 'paid call made',
}

/** Whether `step` was caused by a failure. */
export const isFailure = ({ cause }: Step): boolean => cause.startsWith('xstate.error.')

/** Says what `step` did; `next` is the one after it, which holds its outcome. */
export function deedOf(step: Step, next: Step | null): Deed {
  const title = step.to.map((path) => path.replaceAll('.', ' › ')).join(' + ')
  return { title, isTrouble: false, ...outcomeOf(step, next) }
}

function outcomeOf(step: Step, next: Step | null): Omit<Deed, 'title' | 'isTrouble'> & { isTrouble?: boolean } {
  const isEnd = step.to.every((path) => !path.includes('.'))
  if (isEnd && step.failure !== null) return { sign: '✕', detail: step.failure.code, isTrouble: true }
  if (isEnd && step.view.key !== null) return { sign: '✓', detail: 'the run has ended' }
  const tookOver = step.kind === 'resumed' ? 'another process continues' : ''
  if (next === null) return { sign: step.kind === 'resumed' ? '↻' : '●', detail: tookOver }
  const took = formatDuration(Math.max(0, Date.parse(next.at) - Date.parse(step.at)))
  const said = (words: string) => [tookOver, words].filter((part) => part !== '').join(', ')
  if (next.kind === 'resumed') return { sign: 'Ⅱ', detail: said('interrupted') }
  if (next.from.length === 0) return { sign: 'Ⅱ', detail: said(`pass ${next.pass} begins after it`) }
  if (isFailure(next)) {
    const why = next.failure?.code ?? inWords(actorOf(next.cause) ?? 'it').toLowerCase()
    return { sign: '!', detail: said(`failed after ${took}: ${why}`), isTrouble: true }
  }
  if (next.cause.includes('sleepUntil')) return { sign: '◔', detail: said(`waited ${took}`) }
  const moved = transactionNews(step, next)
  const words = moved.length > 0 ? moved.join(', ') : wordsOf(next.cause)
  return { sign: '✓', detail: said(`${words} · ${took}`) }
}

/** `xstate.done.actor.mintKey` names `mintKey`. */
const actorOf = (cause: string): string | undefined =>
  /^xstate\.(?:done|error)\.(?:actor|state)\.(.+)$/.exec(cause)?.[1]?.split('.').at(-1)

function wordsOf(cause: string): string {
  const actor = actorOf(cause)
  if (actor === undefined) return cause === 'record' ? 'read from the record' : cause
  return Object.hasOwn(DONE, actor) ? (DONE[actor] ?? actor) : `${inWords(actor).toLowerCase()} done`
}

/** What a transaction became, e.g. `stake in block 123 after 210 ms`. */
function transactionNews({ view: before }: Step, { view: after }: Step): string[] {
  const old = new Map(before.transactions.map(({ hash, status }) => [hash, status]))
  return after.transactions.filter(({ hash, status }) => old.get(hash) !== status).map(transactionWords)
}

function transactionWords({ purpose, along, status, blockNumber, minedAfterMs }: TransactionView): string {
  const where = status === 'mined' && blockNumber !== null ? `in block ${blockNumber}` : status
  return `${inOrder({ purpose, along }).join(' and ')} ${where}${minedAfterMs === null ? '' : ` after ${formatDuration(minedAfterMs)}`}`
}
