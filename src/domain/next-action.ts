/** The actions on a run. A person at a command line, a model with tools, or a program can do them. */
export type ActionName =
  | 'doctor'
  | 'fleet.reclaim'
  | 'fleet.retry'
  | 'fleet.serve'
  | 'fleet.dev'
  | 'fleet.seed'
  | 'fleet.sponsor'
  | 'fleet.status'
  | 'fleet.submit'
  | 'fund.diem'
  | 'fund.options'
  | 'fund.x402'
  | 'keys.list'
  | 'keys.reclaim'
  | 'keys.revoke'
  | 'keys.rotate'
  | 'plan'
  | 'revokeAllowance'
  | 'run'
  | 'sandbox'
  | 'status'
  | 'wipe'

/** An action and its arguments, by option name in camel case. `run` without arguments repeats the same run. */
export interface Action {
  action: ActionName
  arguments: Readonly<Record<string, string | true>>
}

/** What to do next, and why. */
export interface NextAction extends Action {
  reason: Told
  /** ISO 8601: it does not help earlier. */
  earliestAt?: string
}

/** A setting of the user, by option name in camel case. */
export interface Setting {
  setting: string
  value?: string
}

type Part = string | Action | Setting

/** A sentence in which actions and settings are data. Each host writes them in the words of its readers. */
export type Told = string | readonly Part[]

/** How a host writes actions and settings. */
export interface Words {
  action(action: Action): string
  setting(setting: Setting): string
}

export const action = (name: ActionName, given: Action['arguments'] = {}): Action => ({
  action: name,
  arguments: given,
})

export const setting = (name: string, value?: string): Setting =>
  value === undefined ? { setting: name } : { setting: name, value }

/** A sentence with actions and settings in it; other values become text. */
export function say(texts: readonly string[], ...values: readonly (Action | Setting | Told | number)[]): Told {
  const parts = texts.flatMap((text, index) => [text, ...partsOf(values[index])]).filter((part) => part !== '')
  return parts.every((part) => typeof part === 'string') ? parts.join('') : parts
}

function partsOf(value: Action | Setting | Told | number | undefined): readonly Part[] {
  if (value === undefined) return []
  if (typeof value === 'number') return [String(value)]
  return isTold(value) ? [value].flat() : [value]
}

const isTold = (value: Action | Setting | Told): value is Told => typeof value === 'string' || Array.isArray(value)

/** `told` with `change` applied to its texts and to the values in its actions and settings. */
export const withTexts = (told: Told, change: (text: string) => string): Told =>
  typeof told === 'string' ? change(told) : told.map((part) => partWithTexts(part, change))

function partWithTexts(part: Part, change: (text: string) => string): Part {
  if (typeof part === 'string') return change(part)
  if ('setting' in part) return part.value === undefined ? part : { ...part, value: change(part.value) }
  const given = Object.entries(part.arguments)
  return {
    ...part,
    arguments: Object.fromEntries(given.map(([name, value]) => [name, value === true ? value : change(value)])),
  }
}

/** `told` in the words of a host. */
export const inWords = (told: Told, words: Words): string =>
  typeof told === 'string' ? told : told.map((part) => partInWords(part, words)).join('')

/** `value` with every sentence in it, at any depth, in the words of a host. Text is unchanged. */
export function allInWords<Value>(value: Value, words: Words): Rendered<Value>
export function allInWords(value: unknown, words: Words): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (!Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, allInWords(inside, words)]))
  }
  const isSentence = value.some(isReference) && value.every((part) => typeof part === 'string' || isReference(part))
  return isSentence ? inWords(value as Part[], words) : value.map((inside) => allInWords(inside, words))
}

/** The type after its sentences became text. */
export type Rendered<Value> = Value extends string | number | boolean | bigint | null | undefined
  ? Value
  : Value extends readonly (infer Inside)[]
    ? [Part] extends [Inside]
      ? string
      : readonly Rendered<Inside>[]
    : Value extends object
      ? { [Name in keyof Value]: Rendered<Value[Name]> }
      : Value

const isReference = (part: unknown): part is Action | Setting =>
  typeof part === 'object' &&
  part !== null &&
  ((Object.keys(part).length === 2 && 'action' in part && 'arguments' in part) ||
    ('setting' in part && Object.keys(part).every((name) => name === 'setting' || name === 'value')))

const partInWords = (part: Part, words: Words): string => {
  if (typeof part === 'string') return part
  return 'action' in part ? words.action(part) : words.setting(part)
}

/** Words without commands or tool names, for programs and pages. */
export const PLAIN_WORDS: Words = {
  action: ({ action }) => `“${action.replaceAll('.', ' ')}”`,
  setting: ({ setting, value }) => (value === undefined ? `“${setting}”` : `“${setting}: ${value}”`),
}
