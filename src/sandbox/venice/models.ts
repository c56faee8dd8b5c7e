/** The rate limits of a model's size class. */
interface Limits {
  rateLimits: readonly { type: 'RPM' | 'TPM'; amount: number }[]
}

interface Named {
  id: string
  name: string
  privacy: 'private' | 'anonymized'
}

/** A text model of the sandbox. Prices in dollars per million tokens. */
export interface Model extends Named, Limits {
  type: 'text'
  contextTokens: number
  price: { input: number; output: number }
}

/** Prices in dollars per million tokens. */
export interface EmbeddingModel extends Named, Limits {
  type: 'embedding'
  dimensions: number
  maxInputTokens: number
  price: { input: number; output: number }
}

/** Price in dollars per image. */
export interface ImageModel extends Named, Limits {
  type: 'image'
  price: { generation: number }
}

/** Price in dollars per million characters. */
export interface SpeechModel extends Named, Limits {
  type: 'tts'
  voices: readonly string[]
  price: { input: number }
}

export type AnyModel = Model | EmbeddingModel | ImageModel | SpeechModel

/** Limits of size classes XS and M. @see https://docs.venice.ai/api-reference/rate-limiting (2026-09-10) */
const XS = [
  { type: 'RPM', amount: 500 },
  { type: 'TPM', amount: 5_000_000 },
] as const
const M = [
  { type: 'RPM', amount: 100 },
  { type: 'TPM', amount: 2_000_000 },
] as const
const REQUESTS = [{ type: 'RPM', amount: 20 }] as const

/**
 * Three models that differ where clients may have problems: size class, price and privacy. The ids are Venice's, the
 * prices are not.
 */
export const MODELS: readonly Model[] = [
  {
    type: 'text',
    id: 'qwen3-4b',
    name: 'Venice Small',
    privacy: 'private',
    contextTokens: 32_768,
    price: { input: 0.05, output: 0.15 },
    rateLimits: XS,
  },
  {
    type: 'text',
    id: 'zai-org-glm-5-1',
    name: 'GLM 5.1',
    privacy: 'private',
    contextTokens: 131_072,
    price: { input: 0.85, output: 2.75 },
    rateLimits: M,
  },
  {
    type: 'text',
    id: 'claude-opus-4-6',
    name: 'Claude Opus 4.6',
    privacy: 'anonymized',
    contextTokens: 202_752,
    price: { input: 6, output: 30 },
    rateLimits: M,
  },
]

export const EMBEDDING_MODELS: readonly EmbeddingModel[] = [
  {
    type: 'embedding',
    id: 'text-embedding-bge-m3',
    name: 'BGE-M3',
    privacy: 'private',
    dimensions: 1024,
    maxInputTokens: 8192,
    price: { input: 0.15, output: 0.6 },
    rateLimits: XS,
  },
]

export const IMAGE_MODELS: readonly ImageModel[] = [
  {
    type: 'image',
    id: 'venice-sd35',
    name: 'Venice SD35',
    privacy: 'private',
    price: { generation: 0.01 },
    rateLimits: REQUESTS,
  },
]

export const SPEECH_MODELS: readonly SpeechModel[] = [
  {
    type: 'tts',
    id: 'tts-kokoro',
    name: 'Kokoro Text to Speech',
    privacy: 'private',
    voices: ['af_sky', 'am_adam'],
    price: { input: 3.5 },
    rateLimits: REQUESTS,
  },
]

export const ALL_MODELS: readonly AnyModel[] = [...MODELS, ...EMBEDDING_MODELS, ...IMAGE_MODELS, ...SPEECH_MODELS]
