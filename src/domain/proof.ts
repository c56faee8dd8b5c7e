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

/** One word asked and one token answered, and room for what a model wraps around them. */
const MOST_TOKENS: TokenUsage = { prompt: 200, completion: 64 }

/** Base units of a dollar, 6 decimals: without a budget, a proof costs a cent at most. */
export const MOST_FOR_PROOF = 10_000n

/** Decimals that prices are counted with. A price is for a million tokens, which adds 6. */
const PRICE_DECIMALS = 18
const COST_DECIMALS = PRICE_DECIMALS + 6

/** Price of `tokens` in dollars, of `COST_DECIMALS`. */
const priceOf = ({ price }: TextModel, { prompt, completion }: TokenUsage): bigint =>
  BigInt(prompt) * unitsOf(price.input, PRICE_DECIMALS, 'up') +
  BigInt(completion) * unitsOf(price.output, PRICE_DECIMALS, 'up')

/** The models that a key of this privacy may use, cheapest to call once first. */
export function cheapestModels(models: readonly TextModel[], privacy: ModelPrivacy = 'ALL'): TextModel[] {
  const usable = models.filter(({ isPrivate }) => privacy === 'ALL' || isPrivate)
  const priced = usable.map((model) => ({ model, cost: priceOf(model, MOST_TOKENS) }))
  return priced.sort((a, b) => (a.cost < b.cost ? -1 : a.cost > b.cost ? 1 : 0)).map(({ model }) => model)
}

/** Base units of a dollar, 6 decimals, rounded up: the most that `calls` smallest calls can cost. */
export function mostForProof(model: TextModel, calls: number): bigint {
  const unit = 10n ** BigInt(COST_DECIMALS - USDC_DECIMALS)
  return (priceOf(model, MOST_TOKENS) * BigInt(calls) + unit - 1n) / unit
}

/**
 * What a call cost. DIEM pays first and at a dollar each, then credits and dollars. Where the balances do not show it,
 * the listed price does.
 *
 * @param after - null when they could not be asked again.
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

/** Decimals that balances are subtracted with: below them is the noise of a server that counts in floats. */
const BALANCE_DECIMALS = 10

const balance = (amount: number | null): bigint => unitsOf(Math.max(amount ?? 0, 0), BALANCE_DECIMALS)

/** A cost as the number of JSON that is written with its digits. */
const shown = (units: bigint, decimals: number = BALANCE_DECIMALS): number => Number(formatAmount(units, { decimals }))

/** Decimal text of a cost in dollars or DIEM, never with an exponent. */
export const formatCost = (amount: number): string => decimalText(amount)
