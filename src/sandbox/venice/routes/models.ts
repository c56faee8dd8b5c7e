import { z } from 'zod'
import { bearerSecret } from '../auth.ts'
import { checked, type Routes } from '../http.ts'
import { ALL_MODELS, type AnyModel } from '../models.ts'
import type { VeniceState } from '../state.ts'

/** @see OpenAPI 20260821 */
const TYPES = [
  'asr',
  'embedding',
  'image',
  'music',
  'text',
  'tts',
  'upscale',
  'inpaint',
  'video',
  'all',
  'code',
] as const
const modelsQuery = z.object({ type: z.enum(TYPES).default('text') })

/** `GET /models`: open to all; a key that is restricted to private models sees only those. */
export function modelRoutes({ keys }: VeniceState): Routes {
  return {
    'GET /models'(call) {
      const { type } = checked(Object.fromEntries(call.query), modelsQuery)
      const privacy = keys.bySecret(bearerSecret(call) ?? '')?.modelPrivacy ?? 'ALL'
      const visible = ALL_MODELS.filter(
        (model) => (type === 'all' || model.type === type) && (privacy === 'ALL' || model.privacy === 'private'),
      )
      return { status: 200, body: { object: 'list', type, data: visible.map(modelView) } }
    },
  }
}

const modelView = (model: AnyModel) => ({
  id: model.id,
  object: 'model',
  type: model.type,
  owned_by: 'venice.ai',
  created: 1_767_225_600,
  model_spec: { name: model.name, privacy: model.privacy, ...specOf(model) },
})

const inBoth = (usd: number) => ({ usd, diem: usd })

function specOf(model: AnyModel): object {
  switch (model.type) {
    case 'text':
      return {
        availableContextTokens: model.contextTokens,
        pricing: { input: inBoth(model.price.input), output: inBoth(model.price.output) },
      }
    case 'embedding':
      return {
        embeddingDimensions: model.dimensions,
        maxInputTokens: model.maxInputTokens,
        pricing: { input: inBoth(model.price.input), output: inBoth(model.price.output) },
      }
    case 'image':
      return { pricing: { generation: inBoth(model.price.generation) } }
    case 'tts':
      return { voices: model.voices, pricing: { input: inBoth(model.price.input) } }
  }
}
