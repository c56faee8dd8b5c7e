import { formatAmount, inUsdc } from '../../domain/amounts.ts'
import { inOrder } from '../../domain/attempt.ts'
import { formatDuration } from '../../domain/duration.ts'
import { changesOf, factsOf } from '../model/facts.ts'
import type { About, PaymentView, Step, TransactionView, View } from '../model/step.ts'
import { copyButton, el, setAttributes, setText } from './dom.ts'
import { dateAndTime, timeOfDay } from './time.ts'

export interface Panel {
  readonly element: HTMLElement
  show(moment: { step: Step | null; before: Step | null; about: About }): void
}

/** A panel with a heading, whose body is made again only when what it shows has changed. */
function panel(
  title: string,
  keyOf: (step: Step | null, before: Step | null) => unknown,
  body: (step: Step | null, before: Step | null, about: About) => readonly Node[],
): Panel {
  const content = el('div', { class: 'content' })
  const id = `panel-${title.toLowerCase().replaceAll(' ', '-')}`
  const element = el('section', { class: `card ${id}`, 'aria-labelledby': id }, el('h2', { id }, title), content)
  let shown: unknown = Symbol('nothing yet')
  return {
    element,
    show({ step, before, about }) {
      const key = keyOf(step, before)
      if (key === shown) return
      shown = key
      content.replaceChildren(...body(step, before, about))
    },
  }
}

const empty = (text: string): HTMLElement => el('p', { class: 'empty' }, text)

const STATUS_SIGNS: Readonly<Record<string, string>> = {
  signed: '◌ signed, not sent',
  sent: '◔ sent',
  mined: '✓ mined',
  reverted: '✕ reverted',
  superseded: '⤼ replaced',
}

/** Every transaction with its status; a link where an explorer knows it. */
export const transactionsPanel = (): Panel =>
  panel(
    'Transactions',
    (step) => (step === null ? null : JSON.stringify([step.view.transactions, step.view.payments])),
    (step, _, about) => {
      const { transactions = [], payments = [] } = step?.view ?? {}
      const rows = [...transactions.map((row) => transactionRow(row, about)), ...payments.map(paymentRow)]
      return rows.length === 0 ? [empty('None signed yet.')] : rows
    },
  )

function transactionRow(row: TransactionView, { explorer }: About): HTMLElement {
  const { purpose, along, hash, nonce, status, blockNumber, feeWei, amount, sentAt, minedAfterMs } = row
  const does = inOrder({ purpose, along }).join(' and ')
  const short = `${hash.slice(0, 10)}…${hash.slice(-8)}`
  const link =
    explorer === null
      ? el('code', { title: hash }, short)
      : el('a', { href: `${explorer}${hash}`, target: '_blank', rel: 'noopener noreferrer', title: hash }, short)
  const facts = [
    amount === '0' ? '' : `${formatAmount(amount, { maxFraction: 6 })} VVV`,
    `nonce ${nonce}`,
    sentAt === null ? '' : `sent ${timeOfDay(sentAt)}`,
    blockNumber === null
      ? ''
      : `block ${blockNumber}${minedAfterMs === null ? '' : ` after ${formatDuration(minedAfterMs)}`}`,
    feeWei === null ? '' : `fee ${formatAmount(feeWei, { maxFraction: 9 })} ETH`,
  ].filter((fact) => fact !== '')
  return el(
    'div',
    { class: `transaction ${status === 'mined' ? 'good' : status === 'reverted' ? 'bad' : ''}` },
    el(
      'div',
      { class: 'head' },
      el('strong', {}, does),
      el('span', { class: 'status' }, STATUS_SIGNS[status] ?? status),
    ),
    el('div', { class: 'hash' }, link, copyButton(hash, `the hash of ${does}`)),
    el('div', { class: 'facts' }, facts.join(' · ')),
  )
}

const PAYMENT_SIGNS: Readonly<Record<string, string>> = {
  open: '◔ not settled so far',
  settled: '✓ settled',
  void: '✕ never taken',
}

/** USDC that Venice is to take, by the nonce that USDC takes once. */
function paymentRow({ to, value, nonce, status }: PaymentView): HTMLElement {
  const short = `${nonce.slice(0, 10)}…${nonce.slice(-8)}`
  return el(
    'div',
    { class: `transaction ${status === 'settled' ? 'good' : status === 'void' ? 'bad' : ''}` },
    el(
      'div',
      { class: 'head' },
      el('strong', {}, 'payment'),
      el('span', { class: 'status' }, PAYMENT_SIGNS[status] ?? status),
    ),
    el('div', { class: 'hash' }, el('code', { title: nonce }, short), copyButton(nonce, 'the nonce of the payment')),
    el('div', { class: 'facts' }, `${inUsdc(value)} · to ${to}`),
  )
}

/** The key's reference, and what it can spend. */
export const keyPanel = (): Panel =>
  panel(
    'Key and funding',
    (step) =>
      step === null
        ? null
        : `${JSON.stringify(step.view.key)}${JSON.stringify(step.view.funding)}${step.view.mints.length}`,
    (step) =>
      step === null || (step.view.key === null && step.view.mints.length === 0)
        ? [empty('No key yet.')]
        : keyRows(step.view),
  )

function keyRows({ key, funding, mints }: View): Node[] {
  const pending = mints
    .filter(({ status }) => status !== 'stored')
    .map(({ label, status }): [string, string] => ['mint', `${label}: ${status}`])
  const rows: [string, string][] = [...pending]
  if (key !== null) {
    rows.push(
      ['key', `${key.type} …${key.last6}`],
      ['stored in', key.sink],
      ['expires', key.expiresAt === null ? 'never' : dateAndTime(key.expiresAt)],
    )
  }
  if (funding !== null) {
    const { usd, diem, bundledCredits } = funding.balances
    const balances = [
      usd === null ? '' : `$${usd}`,
      diem === null ? '' : `${diem} DIEM`,
      bundledCredits ? `${bundledCredits} credits` : '',
    ]
    rows.push(
      ['can spend', funding.spendable === null ? 'not known' : funding.spendable ? '✓ yes' : '✕ not yet'],
      ['balances', balances.filter((text) => text !== '').join(', ') || '–'],
      ['tier', funding.tier ?? '–'],
    )
    if (funding.reason !== null) rows.push(['why', funding.reason])
    if (funding.wallet !== null) {
      const { balanceUsd, canConsume } = funding.wallet
      rows.push(['wallet credit', `$${balanceUsd}, ${canConsume ? '✓ for calls it signs in for' : '✕ not yet'}`])
    }
  }
  return [facts(rows)]
}

const facts = (rows: readonly (readonly [string, string])[]): HTMLElement =>
  el('dl', { class: 'facts' }, ...rows.flatMap(([name, text]) => [el('dt', {}, name), el('dd', {}, text)]))

/** What the step changed, and, folded, all of its context. */
export function contextPanel(): Panel {
  const all = el('details', {}, el('summary', {}, 'All of it'))
  let step: Step | null = null
  const fill = () => {
    if (!all.open) return
    const rows = step === null ? [] : factsOf(step).map(({ name, text }) => [name, text] as const)
    all.replaceChildren(all.firstElementChild ?? '', facts(rows))
  }
  all.addEventListener('toggle', fill)
  const changes = panel(
    'Context',
    (at) => at,
    (at, before) => {
      step = at
      fill()
      if (at === null) return [empty('Nothing yet.')]
      const found = changesOf(before, at)
      const head = el(
        'h3',
        {},
        found.length === 0 ? 'This step changed nothing.' : `Changed in this step (${found.length})`,
      )
      return [head, changeList(found)]
    },
  )
  changes.element.append(all)
  return changes
}

function changeList(changes: ReturnType<typeof changesOf>): HTMLElement {
  const list = el('dl', { class: 'facts changes' })
  for (const { name, text, before } of changes) {
    const value = el('dd', {})
    if (before !== null) value.append(el('del', {}, before), el('span', { class: 'to', 'aria-label': 'became' }, ' → '))
    value.append(el('ins', {}, text))
    list.append(el('dt', {}, before === null ? `+ ${name}` : name), value)
  }
  return list
}

/** Sentences for the person: what to beware of, what was skipped. */
function notesOf(step: Step | null): string[] {
  const warnings = (step?.view.warnings ?? []).map((text) => `▲ ${text}`)
  const skipped = (step?.view.skipped ?? []).map(({ stage, why }) => `↷ ${stage} was skipped: ${why}`)
  return [...warnings, ...skipped]
}

export const notesPanel = (): Panel =>
  panel(
    'Notes',
    (step) => notesOf(step).join('\n'),
    (step) => {
      const lines = notesOf(step)
      return lines.length === 0 ? [empty('No warnings, nothing skipped.')] : lines.map((line) => el('p', {}, line))
    },
  )

/** The first note, in a line that is there also when there is none: nothing moves when one comes. */
export function noteLine(): Panel {
  const element = el('p', { class: 'note-line', role: 'status' })
  return {
    element,
    show({ step }) {
      const [first = '', ...rest] = notesOf(step)
      setText(element, rest.length === 0 ? first : `${first} (and ${rest.length} more below)`)
      setAttributes(element, { title: first })
    },
  }
}
