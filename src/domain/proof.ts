import { formatAmount, USDC_DECIMALS } from './amounts.ts'
import { decimalText, unitsOf } from './decimal.ts'
import type { FundingBalances, FundingProof } from './funding.ts'
import type { ModelPrivacy } from './key.ts'

/** A text model of Venice's list. Prices in dollars per million tokens. */
export interface TextModel {
  id: string
  isPrivate: boolean
  price: { input: number; output: number }
}

/** Tokens that a call was charged for. */
export interface TokenUsage {
  prompt: number
  completion: number
}

/** One word in and one token out, with room for what a model adds to them. */
const MOST_TOKENS: TokenUsage = { prompt: 200, completion: 64 }

/** Base units of a dollar, 6 decimals: without a budget, a paid test call costs at most a cent. */
export const MOST_FOR_PROOF = 10_000n

/** Decimals of prices. A price is for a million tokens, which adds 6. */
const PRICE_DECIMALS = 18
const COST_DECIMALS = PRICE_DECIMALS + 6

/** Price of `tokens` in dollars, with `COST_DECIMALS` decimals. */
const priceOf = ({ price }: TextModel, { prompt, completion }: TokenUsage): bigint =>
  BigInt(prompt) * unitsOf(price.input, PRICE_DECIMALS, 'up') +
  BigInt(completion) * unitsOf(price.output, PRICE_DECIMALS, 'up')

/** The models that a key of this privacy may use. The cheapest single call comes first. */
export function cheapestModels(models: readonly TextModel[], privacy: ModelPrivacy = 'ALL'): TextModel[] {
  const usable = models.filter(({ isPrivate }) => privacy === 'ALL' || isPrivate)
  const priced = usable.map((model) => ({ model, cost: priceOf(model, MOST_TOKENS) }))
  return priced.sort((a, b) => (a.cost < b.cost ? -1 : a.cost > b.cost ? 1 : 0)).map(({ model }) => model)
}

/** The most that `calls` smallest calls can cost, in base units of a dollar (6 decimals), rounded up. */
export function mostForProof(model: TextModel, calls: number): bigint {
  const unit = 10n ** BigInt(COST_DECIMALS - USDC_DECIMALS)
  return (priceOf(model, MOST_TOKENS) * BigInt(calls) + unit - 1n) / unit
}

/**
 * What a call cost. DIEM pays first, at a dollar each; then credits and dollars. If the balances do not show the cost,
 * the listed price is used.
 *
 * @param after - null if they could not be read again.
 */
export function proofOf(
  { model, usage, at }: { model: TextModel; usage: TokenUsage; at: string },
  before: FundingBalances,
  after: FundingBalances | null,
): FundingProof {
  const fell = (name: keyof FundingBalances) => (after === null ? 0n : balance(before[name]) - balance(after[name]))
  const diem = fell('diem')
  const usd = fell('usd') + fell('bundledCredits')
  const found = { model: model.id, at }
  if (diem > 0n) return { ...found, costUsd: null, costDiem: shown(diem), basis: 'balance' }
  if (usd > 0n) return { ...found, costUsd: shown(usd), costDiem: null, basis: 'balance' }
  const price = shown(priceOf(model, usage), COST_DECIMALS)
  const isInDiem = (before.diem ?? 0) > 0
  return { ...found, costUsd: isInDiem ? null : price, costDiem: isInDiem ? price : null, basis: 'price' }
}

/** Balances are subtracted with so many decimals. Smaller parts are noise of a server that counts in floats. */
const BALANCE_DECIMALS = 10

const balance = (amount: number | null): bigint => unitsOf(Math.max(amount ?? 0, 0), BALANCE_DECIMALS)

/** A cost as the JSON number with the same digits. */
const shown = (units: bigint, decimals: number = BALANCE_DECIMALS): number => Number(formatAmount(units, { decimals }))

/** Decimal text of a cost in dollars or DIEM, never with an exponent. */
export const formatCost = (amount: number): string => decimalText(amount)
