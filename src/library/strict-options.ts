import { z } from 'zod'
import { ADDRESS_PATTERN } from '../domain/addresses.ts'
import { parseAmount, USDC_DECIMALS } from '../domain/amounts.ts'
import { readFund } from '../domain/fund.ts'
import { hasKeyInside, isSeedPhrase } from '../domain/secret-forms.ts'
import { mostSimilar } from '../domain/similar.ts'
import { UsageError } from '../errors/cli.ts'
import type { MachineOptions, OnboardOptions, SponsorAgentsOptions, ToolOptions } from './options.ts'

/** A value of any kind, with what it must be in words: they come after "must be". */
const checked = (isRight: (value: unknown) => boolean, what: string) =>
  z.unknown().superRefine((value, context) => {
    if (!isRight(value)) context.addIssue({ code: 'custom', message: what })
  })

/** What may be left out. Present as undefined counts as left out. */
const optional = (isRight: (value: unknown) => boolean, what: string) => checked(isRight, what).optional()

const isAmount =
  (decimals?: number) =>
  (value: unknown): boolean =>
    typeof value === 'string' && parseAmount(value, decimals) !== null
const isFunction = (value: unknown): boolean => typeof value === 'function'
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const hasMethods = (value: unknown, ...names: string[]): boolean =>
  isObject(value) && names.every((name) => isFunction(Reflect.get(value, name)))
const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== ''
const isOneOf =
  (...words: string[]) =>
  (value: unknown): boolean =>
    words.includes(value as string)
const isPart = (value: unknown): boolean => isText(value) || isFunction(value) || hasMethods(value, 'probe', 'store')

const amountText = 'a decimal amount as text, such as "1" or "0.5"'
const yesOrNo = optional((value) => typeof value === 'boolean', 'true or false')
const milliseconds = optional(
  (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0,
  'a number of milliseconds from 0',
)
const callback = optional(isFunction, 'a function')
/** A cap that is present as undefined was meant as one. */
const cap = (decimals?: number) => checked(isAmount(decimals), amountText).exactOptional()

const budget = z.strictObject({ maxVvv: cap(), maxGasEth: cap(), maxUsd: cap(USDC_DECIMALS) }).optional()

const network = z.strictObject({
  rpcUrl: checked((value) => [value].flat().every(isText), 'a URL, or a list of URLs'),
  apiUrl: optional(isText, 'a URL'),
  allowInsecureHttp: yesOrNo,
})

/** Venice takes a JSON number up to here. @see https://docs.venice.ai/api-reference/api-spec (2026-08-21) */
const MAX_LIMIT = 9_999_999_999
const limit = optional(
  (value) => typeof value === 'number' && value >= 0 && value <= MAX_LIMIT,
  `a number from 0 to ${MAX_LIMIT}`,
)
const key = z
  .strictObject({
    type: optional(isOneOf('INFERENCE', 'ADMIN'), '"INFERENCE" or "ADMIN"'),
    description: optional((value) => typeof value === 'string', 'a text'),
    expiresAt: optional(isText, 'a text such as "2027-01-31" or "2027-01-31T12:00:00Z"'),
    consumptionLimit: z.strictObject({ usd: limit, diem: limit }).optional(),
    limitPeriod: optional(isOneOf('EPOCH', 'MONTH', 'LIFETIME'), '"EPOCH", "MONTH" or "LIFETIME"'),
    modelPrivacy: optional(isOneOf('ALL', 'PRIVATE_TEXT', 'PRIVATE_ONLY'), '"ALL", "PRIVATE_TEXT" or "PRIVATE_ONLY"'),
  })
  .optional()

const stake = optional((value) => isAmount()(value) && parseAmount(value as string) !== 0n, `${amountText}, above 0`)
const planDigest = optional(
  (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
  'the 64 hex digits of a plan',
)

const signing = {
  signer: z.unknown().optional(),
  network,
  stateDir: optional(isText, 'the path of a directory'),
  budget,
  acceptImplementation: optional((value) => typeof value === 'string' && ADDRESS_PATTERN.test(value), 'an address'),
  approve: callback,
  confirmations: optional((value) => Number.isSafeInteger(value) && (value as number) > 0, 'a whole number from 1'),
  env: optional(isObject, 'an object of variables'),
}
const wallet = {
  ...signing,
  mintAs: z.unknown().optional(),
  runStore: optional((value) => hasMethods(value, 'open'), 'a run store with open'),
  lock: callback,
  clock: optional((value) => hasMethods(value, 'now', 'sleepUntil'), 'a clock with now and sleepUntil'),
  replaceKey: yesOrNo,
  sink: checked(
    (value) => [value].flat().every(isPart),
    'a place such as "env-file:.env", a function, a sink with probe and store, or a list of these',
  ),
}
const request = {
  stake,
  key,
  credential: optional(isOneOf('key', 'wallet'), '"key" or "wallet"'),
  fund: optional((value) => readFund(value) !== null, '"none", "x402:5", "diem:0.1", { x402: "5" } or { diem: "0.1" }'),
}
const running = {
  planDigest,
  waitForFundsMs: milliseconds,
  signal: optional(
    (value) => hasMethods(value, 'addEventListener', 'throwIfAborted'),
    'the signal of an AbortController',
  ),
  onEvent: callback,
}

type Shape<Options> = { readonly [Name in keyof Options]-?: z.ZodType }

const ONBOARD = {
  ...wallet,
  ...request,
  ...running,
  mustBeFunded: yesOrNo,
  sponsored: yesOrNo,
  prove: yesOrNo,
  logger: optional(
    (value) => hasMethods(value, 'debug', 'info', 'warn', 'error'),
    'a logger with debug, info, warn and error',
  ),
} satisfies Shape<OnboardOptions>

const MACHINE = { ...wallet, ...request, planDigest } satisfies Shape<MachineOptions>

const TOOLS = {
  ...wallet,
  allowAdminKeys: yesOrNo,
  confirm: callback,
  planDigest,
  autoApprove: yesOrNo,
  questionTimeoutMs: milliseconds,
} satisfies Shape<ToolOptions>

const SPONSOR = {
  ...signing,
  ...running,
  sink: wallet.sink.optional(),
  agents: z.array(z.strictObject({ address: checked(isText, 'an address'), stake })),
  again: yesOrNo,
} satisfies Shape<SponsorAgentsOptions>

/** Of `veniceFetch`. */
const VENICE_FETCH = {
  signer: z.unknown().optional(),
  apiUrl: optional(isText, 'a URL'),
  allowInsecureHttp: yesOrNo,
  refill: z
    .strictObject({
      to: checked(isAmount(USDC_DECIMALS), amountText),
      below: optional(isAmount(USDC_DECIMALS), amountText),
      rpcUrl: network.shape.rpcUrl,
      sink: wallet.sink.optional(),
      stateDir: signing.stateDir,
      acceptImplementation: signing.acceptImplementation,
    })
    .optional(),
  budget: z.strictObject({ maxUsd: cap(USDC_DECIMALS), maxUsdPerDay: cap(USDC_DECIMALS) }).optional(),
  approve: callback,
  onCall: callback,
  onRefill: callback,
  fetch: callback,
}

const REGISTER = { questionTimeoutMs: milliseconds, tasks: yesOrNo }

/** Reads options strictly: what does not exist, or is of another kind, is an error before anything is done. */
const reader = (shape: z.ZodRawShape) => {
  const schema = z.strictObject(shape)
  const known = namesIn(schema)
  return (given: unknown): void => {
    const { error } = schema.safeParse(given)
    // A name that does not exist says more than the one that is missing for it.
    const issue = error?.issues.find(({ code }) => code === 'unrecognized_keys') ?? error?.issues[0]
    if (issue !== undefined) throw refusal(given, issue, known)
  }
}

/** Each throws a {@link UsageError} that names the first option that is wrong; values are not shown. */
export const requireOnboardOptions = reader(ONBOARD)
export const requireMachineOptions = reader(MACHINE)
export const requireToolOptions = reader(TOOLS)
export const requireSponsorOptions = reader(SPONSOR)
export const requireVeniceFetchOptions = reader(VENICE_FETCH)
export const requireRegisterOptions = reader(REGISTER)

/** Dotted names of all options. */
function namesIn(schema: z.ZodType, prefix = ''): string[] {
  const inner = schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional ? schema.unwrap() : schema
  const item = inner instanceof z.ZodArray ? inner.element : inner
  if (!(item instanceof z.ZodObject)) return []
  return Object.entries(item.shape as Record<string, z.ZodType>).flatMap(([name, field]) => [
    `${prefix}${name}`,
    ...namesIn(field, `${prefix}${name}.`),
  ])
}

function refusal(given: unknown, issue: z.core.$ZodIssue, known: readonly string[]): UsageError {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') return unknownOption([...path, issue.keys[0] ?? ''], known)
  if (path.length === 0) return new UsageError('The options are not an object.', 'Give them as { signer, network, … }.')
  const name = path.join('.')
  const what = issue.code === 'custom' ? issue.message : kindOf(issue)
  const fault = isMissing(given, path) ? 'is missing' : 'has the wrong type'
  return new UsageError(`The option ${name} ${fault}.`, `It must be ${what}.`)
}

function unknownOption(path: readonly string[], known: readonly string[]): UsageError {
  const name = path.join('.')
  const place = path.slice(0, -1).filter((part) => !/^\d+$/.test(part))
  const word = path.at(-1) ?? ''
  const siblings = known.filter((option) => option.split('.').slice(0, -1).join('.') === place.join('.'))
  const last = (option: string) => option.split('.').at(-1) ?? ''
  const near = mostSimilar(word, siblings.map(last)) ?? mostSimilar(word, known.map(last))
  const meant = siblings.find((option) => last(option) === near) ?? known.find((option) => last(option) === near)
  const shown = isShowable(word) ? `The option ${name}` : 'An option whose name looks like a secret'
  return new UsageError(
    `${shown} does not exist.`,
    meant === undefined ? `There are: ${siblings.join(', ')}.` : `Did you mean ${meant}?`,
  )
}

const isShowable = (word: string): boolean => word.length <= 40 && !hasKeyInside(word) && !isSeedPhrase(word)

const kindOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'invalid_type' && issue.expected === 'array' ? 'a list' : 'an object with options of its own'

function isMissing(given: unknown, path: readonly string[]): boolean {
  const value = path.reduce<unknown>((at, part) => (isObject(at) ? Reflect.get(at, part) : undefined), given)
  return value === undefined
}
