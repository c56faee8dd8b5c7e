import { extname } from 'node:path'
import { ADDRESS_PATTERN, type Address, BASE_CHAIN_ID } from '../domain/addresses.ts'
import { parseAmount } from '../domain/amounts.ts'
import { type CreditFund, parseCreditFund } from '../domain/fund.ts'
import { parseLimit } from '../domain/key-limit.ts'
import type { CredentialKind } from '../domain/request.ts'
import { expiryProblem } from '../domain/rfc3339.ts'
import { FleetRowsInvalidError } from '../errors/fleet.ts'
import type { Order } from './order.ts'

/** What is asked for one wallet: an order without its pass. */
export type Row = Omit<Order, 'pass'>

/** What a list says of one wallet. What it leaves out, the options say. */
export interface ListedRow extends Omit<Row, 'credential' | 'fund'> {
  credential?: CredentialKind
  fund?: CreditFund | 'none'
}

/** Columns of a list. Spelled as options are, or as JSON names are. */
const COLUMNS = [
  'address',
  'index',
  'stake',
  'keyType',
  'description',
  'expiresAt',
  'limit',
  'limitPeriod',
  'modelPrivacy',
  'credential',
  'fund',
]

/** A line of a list, with where it is, for messages. */
interface RawRow {
  line: number
  fields: Readonly<Record<string, string>>
}

/**
 * The wallets of a list: CSV with a header, or a JSON object a line. JSON lines by the name of the source, or where the text begins
 * with a brace. Every row is checked before any is given back. Pure.
 *
 * @param source - name of the list, for messages.
 * @throws {FleetRowsInvalidError} with what is wrong in every line.
 */
export function parseRows(content: string, source: string): ListedRow[] {
  const isJson = /^\.(jsonl|ndjson|json)$/.test(extname(source)) || /^\s*\{/.test(content)
  const problems: string[] = []
  const raw = isJson ? jsonLines(content, problems) : csv(content, problems)
  const seen = new Map<string, number>()
  const rows = raw.flatMap(({ line, fields }) => {
    const { row, wrong } = rowOf(fields)
    const earlier = row && seen.get(row.address.toLowerCase())
    if (row) seen.set(row.address.toLowerCase(), line)
    if (earlier !== undefined && earlier !== null) wrong.push(`the wallet of line ${earlier} again`)
    problems.push(...wrong.map((what) => `line ${line}: ${what}`))
    return row === null ? [] : [row]
  })
  if (problems.length === 0 && rows.length === 0) problems.push('it names no wallet')
  if (problems.length > 0) throw new FleetRowsInvalidError(source, problems)
  return rows
}

function rowOf(fields: Readonly<Record<string, string>>): { row: ListedRow | null; wrong: string[] } {
  const wrong: string[] = []
  const value = <T>(name: string, parse: (text: string) => T | null, what: string): T | undefined => {
    const given = fields[name]?.trim() ?? ''
    if (given === '') return undefined
    const parsed = parse(given)
    if (parsed === null) wrong.push(`${name} must be ${what}`)
    return parsed ?? undefined
  }
  const oneOf =
    <T extends string>(...names: T[]) =>
    (text: string) =>
      names.find((name) => name === text) ?? null
  for (const name of Object.keys(fields))
    if (!COLUMNS.includes(name)) wrong.push(`there is no column ${name.slice(0, 40)}`)

  const address = value(
    'address',
    (text) => (ADDRESS_PATTERN.test(text) ? (text as Address) : null),
    '0x and 40 hex digits',
  )
  if (address === undefined && wrong.length === 0) wrong.push('address is missing')
  const index = value('index', (text) => (/^\d{1,10}$/.test(text) ? Number(text) : null), 'a whole number')
  const stake = value('stake', (text) => parseAmount(text) || null, 'a decimal amount above 0')
  const key = stripped({
    type: value('keyType', oneOf('INFERENCE', 'ADMIN'), 'INFERENCE or ADMIN'),
    description: value('description', (text) => (text.length <= 48 ? text : null), 'at most 48 characters'),
    expiresAt: value(
      'expiresAt',
      (text) => (expiryProblem(text, Date.now()) === null ? text : null),
      'a future time: YYYY-MM-DD, or YYYY-MM-DDTHH:mm:ssZ',
    ),
    consumptionLimit: value('limit', parseLimit, 'such as usd=5,diem=1'),
    limitPeriod: value('limitPeriod', oneOf('EPOCH', 'MONTH', 'LIFETIME'), 'EPOCH, MONTH or LIFETIME'),
    modelPrivacy: value(
      'modelPrivacy',
      oneOf('ALL', 'PRIVATE_TEXT', 'PRIVATE_ONLY'),
      'ALL, PRIVATE_TEXT or PRIVATE_ONLY',
    ),
  })
  const credential = value('credential', oneOf('key', 'wallet'), 'key or wallet')
  const fund = value('fund', parseCreditFund, 'none, or credit in dollars such as x402:5')
  const row =
    address === undefined
      ? null
      : stripped({
          chainId: BASE_CHAIN_ID,
          address,
          index,
          stakeAmount: stake?.toString(),
          key: Object.keys(key).length > 0 ? key : undefined,
          credential,
          fund,
        })
  return { row: row as ListedRow | null, wrong }
}

const stripped = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T

/** `key-type`, `key_type` and `keyType` are one name. */
const nameOf = (header: string): string =>
  header.trim().replaceAll(/[-_ ]{1,9}(\w)/g, (_, letter: string) => letter.toUpperCase())

function jsonLines(content: string, problems: string[]): RawRow[] {
  return content.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    try {
      const parsed: unknown = JSON.parse(line)
      if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new Error('not an object')
      const fields = Object.entries(parsed).map(([name, value]) => [nameOf(name), textOf(value)] as const)
      return [{ line: index + 1, fields: Object.fromEntries(fields) }]
    } catch {
      problems.push(`line ${index + 1}: it is not a JSON object`)
      return []
    }
  })
}

/** Limits may be written as an object. */
const textOf = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? Object.entries(value)
        .map(([name, amount]) => `${name}=${amount}`)
        .join(',')
    : String(value ?? '')

/** RFC 4180, as far as one line holds one row: quotes, doubled quotes, commas in quotes. */
function csv(content: string, problems: string[]): RawRow[] {
  const [head = '', ...lines] = content.replace(/^\uFEFF/, '').split(/\r?\n/)
  const names = cells(head)?.map(nameOf) ?? []
  if (!names.includes('address')) problems.push('line 1: the header names no column address')
  if (problems.length > 0) return []
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return []
    const values = cells(line)
    if (values === null || values.length > names.length) {
      problems.push(
        `line ${index + 2}: it has ${values === null ? 'a quote that does not end' : 'more cells than the header'}`,
      )
      return []
    }
    return [{ line: index + 2, fields: Object.fromEntries(values.map((value, at) => [names[at] ?? '', value])) }]
  })
}

/** The cells of a line, or null where a quote does not end. */
function cells(line: string): string[] | null {
  const found: string[] = []
  const cell = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y
  for (;;) {
    const match = cell.exec(line)
    if (match === null) return null
    found.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
    if (match[3] === '') return found
  }
}
