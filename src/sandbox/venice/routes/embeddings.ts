import { createHash } from 'node:crypto'
import { z } from 'zod'
import { jsonBody, type Routes } from '../http.ts'
import { paidRoute, tokensIn } from '../inference.ts'
import { EMBEDDING_MODELS } from '../models.ts'
import type { VeniceState } from '../state.ts'

/** @see OpenAPI 20260821: a closed body; arrays of tokens are refused */
const embeddingsBody = z.strictObject({
  model: z.string(),
  input: z.union([z.string().min(1), z.array(z.string()).min(1).max(2048)]),
  encoding_format: z.enum(['float', 'base64']).default('float'),
  dimensions: z.int().min(1).optional(),
  user: z.string().optional(),
})

/** `POST /embeddings`: a vector computed from the text, without meaning. */
export const embeddingRoutes = (state: VeniceState): Routes => ({
  'POST /embeddings': paidRoute(state, {
    models: EMBEDDING_MODELS,
    aliases: { 'text-embedding-ada-002': 'text-embedding-bge-m3' },
    serve(call, model) {
      const { input, encoding_format } = jsonBody(call, embeddingsBody)
      const texts = [input].flat()
      const prompt = texts.reduce((sum, text) => sum + tokensIn(text), 0)
      return {
        usd: (prompt * model.price.input) / 1e6,
        sku: `${model.id}-embedding-tokens`,
        units: Math.max(prompt, 1) / 1e6,
        tokens: { prompt, completion: 0 },
        reply: () => ({
          status: 200,
          body: {
            object: 'list',
            model: model.id,
            data: texts.map((text, index) => {
              const vector = vectorOf(text, model.dimensions)
              return { object: 'embedding', index, embedding: encoding_format === 'base64' ? packed(vector) : vector }
            }),
            usage: { prompt_tokens: prompt, total_tokens: prompt },
          },
        }),
      }
    },
  }),
})

/** Numbers from -1 to 1. */
const vectorOf = (text: string, dimensions: number): number[] => {
  const digest = createHash('sha256').update(text).digest()
  return Array.from({ length: dimensions }, (_, i) => ((digest[i % digest.length] ?? 0) - 127.5) / 127.5)
}

/** The encoding of OpenAI: little-endian 32-bit floats. */
function packed(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [i, value] of vector.entries()) bytes.writeFloatLE(value, i * 4)
  return bytes.toString('base64')
}
