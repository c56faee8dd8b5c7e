import { bearerSecret } from '../auth.ts'
import type { Routes } from '../http.ts'
import { MODELS, type Model } from '../models.ts'
import type { VeniceState } from '../state.ts'

/** `GET /models`: open to all; a key that is restricted to private models sees only those. */
export function modelRoutes({ keys }: VeniceState): Routes {
  return {
    'GET /models'(call) {
      const privacy = keys.bySecret(bearerSecret(call) ?? '')?.modelPrivacy ?? 'ALL'
      const visible = MODELS.filter((model) => privacy === 'ALL' || model.privacy === 'private')
      return { status: 200, body: { object: 'list', type: 'text', data: visible.map(modelView) } }
    },
  }
}

const modelView = ({ id, name, privacy, contextTokens, price }: Model) => ({
  id,
  object: 'model',
  type: 'text',
  owned_by: 'venice.ai',
  created: 1_767_225_600,
  model_spec: {
    name,
    privacy,
    availableContextTokens: contextTokens,
    pricing: {
      input: { usd: price.input, diem: price.input },
      output: { usd: price.output, diem: price.output },
    },
  },
})
