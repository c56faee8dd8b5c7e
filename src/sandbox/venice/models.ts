/** A model of the sandbox. Prices in dollars per million tokens. */
export interface Model {
  id: string
  name: string
  privacy: 'private' | 'anonymized'
  contextTokens: number
  price: { input: number; output: number }
  rateLimits: readonly { type: 'RPM' | 'TPM'; amount: number }[]
}

/** Limits of size classes XS and M. @see https://docs.venice.ai/api-reference/rate-limiting (2026-09-10) */
const XS = [
  { type: 'RPM', amount: 500 },
  { type: 'TPM', amount: 5_000_000 },
] as const
const M = [
  { type: 'RPM', amount: 100 },
  { type: 'TPM', amount: 2_000_000 },
] as const

/** Three models that differ in what a client may trip over: size class, price and privacy. Ids are Venice's, prices are not. */
export const MODELS: readonly Model[] = [
  {
    id: 'qwen3-4b',
    name: 'Venice Small',
    privacy: 'private',
    contextTokens: 32_768,
    price: { input: 0.05, output: 0.15 },
    rateLimits: XS,
  },
  {
    id: 'zai-org-glm-5-1',
    name: 'GLM 5.1',
    privacy: 'private',
    contextTokens: 131_072,
    price: { input: 0.85, output: 2.75 },
    rateLimits: M,
  },
  {
    id: 'claude-opus-4-6',
    name: 'Claude Opus 4.6',
    privacy: 'anonymized',
    contextTokens: 202_752,
    price: { input: 6, output: 30 },
    rateLimits: M,
  },
]
