import { formatAmount } from '../../domain/amounts.ts'
import type { Json, Step } from './step.ts'

/** One value of a run's context, as a line. */
export interface Fact {
  /** Dotted path. */
  name: string
  text: string
}

export interface Change extends Fact {
  /** Null: it was not there. */
  before: string | null
}

/** Values in base units of 18 decimals. */
const UNITS = /\.(eth|vvv|sVvv|allowance|amount|feeWei)$/

/** All values of a step's context, in order. */
export function factsOf({ view, failure, pass }: Pick<Step, 'view' | 'failure' | 'pass'>): Fact[] {
  const { data, ...rest } = view
  return [
    ...flat('', rest as unknown as Json),
    ...flat('data', data),
    ...flat('failure', failure),
    ...(pass > 1 ? [{ name: 'pass', text: String(pass) }] : []),
  ]
}

/** What a step changed. One that took a value away says so. */
export function changesOf(before: Step | null, after: Step): Change[] {
  const old = new Map(before === null ? [] : factsOf(before).map(({ name, text }) => [name, text]))
  const now = new Map(factsOf(after).map(({ name, text }) => [name, text]))
  const changed = [...now].flatMap(([name, text]) =>
    old.get(name) === text ? [] : [{ name, text, before: old.get(name) ?? null }],
  )
  const gone = [...old].flatMap(([name, text]) => (now.has(name) ? [] : [{ name, text: '–', before: text }]))
  return [...changed, ...gone]
}

function flat(name: string, value: Json): Fact[] {
  if (value === null) return []
  if (typeof value !== 'object') return [{ name, text: textOf(name, value) }]
  return Object.entries(value).flatMap(([key, item]) => flat(name === '' ? key : `${name}.${key}`, item))
}

function textOf(name: string, value: boolean | number | string): string {
  if (typeof value !== 'string' || !UNITS.test(name) || !/^\d+$/.test(value)) return String(value)
  return formatAmount(value, { maxFraction: 12 })
}
