import { z } from 'zod'
import { jsonBody, type Routes } from '../http.ts'
import { paidRoute } from '../inference.ts'
import { IMAGE_MODELS, SPEECH_MODELS } from '../models.ts'
import type { VeniceState } from '../state.ts'

/** A transparent PNG of one pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** @see OpenAPI 20260821: closed bodies of both routes */
const imageBody = z.strictObject({
  model: z.string().optional(),
  prompt: z.string().min(1).max(1500),
  n: z.literal(1).nullish(),
  response_format: z.enum(['b64_json', 'url']).nullish(),
  size: z
    .enum(['auto', '256x256', '512x512', '1024x1024', '1536x1024', '1024x1536', '1792x1024', '1024x1792'])
    .nullish(),
  quality: z.enum(['auto', 'high', 'medium', 'low', 'hd', 'standard']).nullish(),
  output_format: z.enum(['jpeg', 'png', 'webp']).optional(),
  output_compression: z.int().min(0).max(100).nullish(),
  background: z.enum(['transparent', 'opaque', 'auto']).nullish(),
  moderation: z.enum(['low', 'auto']).nullish(),
  style: z.enum(['vivid', 'natural']).nullish(),
  user: z.string().optional(),
})

const TYPES = {
  mp3: 'audio/mpeg',
  opus: 'audio/opus',
  aac: 'audio/aac',
  flac: 'audio/flac',
  wav: 'audio/wav',
  pcm: 'audio/pcm',
} as const

const speechBody = z.strictObject({
  model: z.string().optional(),
  input: z.string().min(1).max(4096),
  voice: z.string().max(512).optional(),
  response_format: z.enum(['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm']).default('mp3'),
  speed: z.number().min(0.25).max(4).optional(),
  streaming: z.boolean().optional(),
  language: z.string().min(2).max(32).optional(),
  prompt: z.string().max(500).optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
})

/** `POST /images/generations` and `POST /audio/speech`: the same pixel and the same silence for everything. */
export const mediaRoutes = (state: VeniceState): Routes => ({
  'POST /images/generations': paidRoute(state, {
    models: IMAGE_MODELS,
    fallback: 'default',
    // Venice uses its default model for unknown names.
    aliases: { default: 'venice-sd35', 'dall-e-3': 'venice-sd35', 'gpt-image-1': 'venice-sd35' },
    serve(call, model) {
      const { response_format } = jsonBody(call, imageBody)
      const image = response_format === 'url' ? { url: `data:image/png;base64,${PIXEL}` } : { b64_json: PIXEL }
      return {
        usd: model.price.generation,
        sku: `${model.id}-image-unit`,
        units: 1,
        tokens: null,
        reply: ({ createdAt }) => ({ status: 200, body: { created: createdAt, data: [image] } }),
      }
    },
  }),
  'POST /audio/speech': paidRoute(state, {
    models: SPEECH_MODELS,
    fallback: 'tts-kokoro',
    serve(call, model) {
      const { input, response_format } = jsonBody(call, speechBody)
      return {
        usd: (input.length * model.price.input) / 1e6,
        sku: `${model.id}-tts-characters`,
        units: input.length / 1e6,
        tokens: null,
        reply: () => ({
          status: 200,
          headers: { 'content-type': TYPES[response_format] },
          body: Buffer.alloc(64 * input.length),
        }),
      }
    },
  }),
})
