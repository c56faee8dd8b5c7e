import { z } from 'zod'
import type { TextModel } from '../../domain/proof.ts'
import { excerpt } from '../../domain/redact.ts'
import { decimal } from './answer.ts'

const price = z.object({ usd: decimal.refine((usd) => usd >= 0) })

/**
 * One of Venice's models, with the fields that matter for its price. @see https://docs.venice.ai/api-reference/api-spec
 * (2026-08-21)
 */
const ModelEntry = z.object({
  id: z.string().refine((id) => id !== '' && excerpt(id) === id),
  type: z.literal('text'),
  model_spec: z.object({
    privacy: z.string().optional(),
    offline: z.boolean().optional(),
    pricing: z.object({ input: price, output: price }),
  }),
})

/** Entries are checked one by one, so that one model in another form does not hide the others. */
export const ModelsAnswer = z.object({ data: z.array(z.unknown()) })

/** Text models that can be called and cost something. A free one would prove nothing. */
export const paidTextModels = ({ data }: z.infer<typeof ModelsAnswer>): TextModel[] =>
  data.flatMap((entry) => {
    const parsed = ModelEntry.safeParse(entry)
    if (!parsed.success) return []
    const { id, model_spec: spec } = parsed.data
    const { input, output } = spec.pricing
    const isUsable = spec.offline !== true && input.usd + output.usd > 0
    return isUsable
      ? [{ id, isPrivate: spec.privacy === 'private', price: { input: input.usd, output: output.usd } }]
      : []
  })

/** Venice's own prompt would cost about 1,700 tokens more. */
export const smallestCompletion = (model: string) => ({
  model,
  messages: [{ role: 'user', content: '1' }],
  max_tokens: 1,
  venice_parameters: { include_venice_system_prompt: false },
})

const tokens = z.number().int().nonnegative().catch(0)

/** A completion was made and charged; its text does not matter. */
export const CompletionAnswer = z.object({
  id: z.string(),
  usage: z
    .object({ prompt_tokens: tokens, completion_tokens: tokens })
    .catch({ prompt_tokens: 0, completion_tokens: 0 }),
})
