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

const MICRO = 1_000_000

/** Dollars for `tokens` at the listed price. */
const priceOf = ({ price }: TextModel, { prompt, completion }: TokenUsage): number =>
  (prompt * price.input + completion * price.output) / MICRO

/** The model that is cheapest to call once, among those a key of this privacy may use; null when there is none. */
export function cheapestModel(models: readonly TextModel[], privacy: ModelPrivacy = 'ALL'): TextModel | null {
  const usable = models.filter(({ isPrivate }) => privacy === 'ALL' || isPrivate)
  const cost = (model: TextModel) => priceOf(model, MOST_TOKENS)
  return usable.reduce<TextModel | null>((best, model) => (best && cost(best) <= cost(model) ? best : model), null)
}

/** Base units of a dollar, 6 decimals, rounded up: the most that `calls` smallest calls can cost. */
export const mostForProof = (model: TextModel, calls: number): bigint =>
  BigInt(Math.ceil(priceOf(model, MOST_TOKENS) * calls * MICRO))

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
  const fell = (name: keyof FundingBalances) => (after === null ? 0 : (before[name] ?? 0) - (after[name] ?? 0))
  const diem = round(fell('diem'))
  const usd = round(fell('usd') + fell('bundledCredits'))
  const found = { model: model.id, at }
  if (diem > 0) return { ...found, costUsd: null, costDiem: diem, basis: 'balance' }
  if (usd > 0) return { ...found, costUsd: usd, costDiem: null, basis: 'balance' }
  const price = round(priceOf(model, usage))
  const isInDiem = (before.diem ?? 0) > 0
  return { ...found, costUsd: isInDiem ? null : price, costDiem: isInDiem ? price : null, basis: 'price' }
}

/** Without the binary noise of a difference. */
const round = (amount: number): number => Math.round(amount * 1e10) / 1e10

/** Decimal text of a cost in dollars or DIEM, never with an exponent. */
export const formatCost = (amount: number): string => amount.toFixed(10).replace(/\.?0+$/, '')
