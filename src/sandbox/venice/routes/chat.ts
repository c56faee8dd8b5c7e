import { z } from 'zod'
import type { Reply } from '../envelopes.ts'
import { jsonBody, type Routes } from '../http.ts'
import { type Cost, echo, eventStream, paidRoute, piecesOf, sse, textOf, tokensIn } from '../inference.ts'
import { MODELS } from '../models.ts'
import type { VeniceState } from '../state.ts'

/** Fields of the strict body that do not change the echo. */
const IGNORED = [
  'anon_user_id',
  'fallbacks',
  'frequency_penalty',
  'include',
  'logprobs',
  'max_temp',
  'metadata',
  'min_p',
  'min_temp',
  'n',
  'parallel_tool_calls',
  'presence_penalty',
  'prompt_cache_key',
  'prompt_cache_retention',
  'reasoning',
  'reasoning_effort',
  'repetition_penalty',
  'response_format',
  'seed',
  'stop',
  'stop_token_ids',
  'store',
  'temperature',
  'text',
  'tool_choice',
  'tools',
  'top_k',
  'top_logprobs',
  'top_p',
  'user',
  'verbosity',
] as const

const flag = z.boolean().default(false)

/** @see https://docs.venice.ai/api-reference/endpoint/chat/completions (OpenAPI 20260821): names and defaults */
const veniceParameters = z.object({
  character_slug: z.string().optional(),
  enable_e2ee: z.boolean().default(true),
  enable_web_search: z.enum(['auto', 'off', 'on']).default('off'),
  enable_web_citations: flag,
  enable_web_scraping: flag,
  include_venice_system_prompt: z.boolean().default(true),
  include_search_results_in_stream: flag,
  return_search_results_as_documents: flag,
  strip_thinking_response: flag,
  disable_thinking: flag,
})

const chatBody = z.strictObject({
  ...Object.fromEntries(IGNORED.map((name) => [name, z.unknown().optional()])),
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string(), content: z.unknown().optional() })).min(1),
  max_tokens: z.int().optional(),
  max_completion_tokens: z.int().positive().optional(),
  stream: z.boolean().optional(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  venice_parameters: veniceParameters.prefault({}),
})
type ChatBody = z.infer<typeof chatBody>

/** Length of the system prompt that Venice adds unless told not to, as measured in its wallet-budget-agent notebook. */
const SYSTEM_PROMPT_TOKENS = 1700

/** `POST /chat/completions`: repeats the last message, and charges for it. */
export const chatRoutes = (state: VeniceState): Routes => ({
  'POST /chat/completions': paidRoute(state, {
    models: MODELS,
    serve(call, model) {
      const body = jsonBody(call, chatBody)
      const { content, isCut, prompt, completion } = answer(body)
      const usage = { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion }
      return {
        usd: (prompt * model.price.input + completion * model.price.output) / 1e6,
        sku: `${model.id}-llm-tokens`,
        units: (prompt + completion) / 1e6,
        tokens: { prompt, completion },
        reply({ id, createdAt, cost }) {
          const head = { id: `chatcmpl-${id}`, created: createdAt, model: model.id }
          const finish = isCut ? 'length' : 'stop'
          return body.stream === true
            ? streamed(head, content, { finish, usage, cost })
            : whole(head, content, { finish, usage, cost, veniceParameters: body.venice_parameters })
        },
      }
    },
  }),
})

interface Head {
  id: string
  created: number
  model: string
}

interface Ending {
  finish: 'stop' | 'length'
  usage: object
  cost: Cost
}

const whole = (
  head: Head,
  content: string,
  { finish, usage, cost, veniceParameters }: Ending & { veniceParameters: object },
): Reply => ({
  status: 200,
  body: {
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: finish, logprobs: null }],
    usage,
    ...(cost && { cost }),
    venice_parameters: { ...veniceParameters, web_search_citations: [] },
  },
})

/** Venice sends usage and cost in a last chunk without choices, whether `include_usage` asks for it or not. */
function streamed(head: Head, content: string, { finish, usage, cost }: Ending): Reply {
  const chunk = (choices: readonly object[], rest: object = {}) =>
    sse({ ...head, object: 'chat.completion.chunk', choices, ...rest })
  const choice = (delta: object, reason: string | null = null) =>
    chunk([{ index: 0, delta, finish_reason: reason, logprobs: null }])
  return eventStream([
    choice({ role: 'assistant', content: '' }),
    ...piecesOf(content).map((piece) => choice({ content: piece })),
    choice({}, finish),
    chunk([], { usage, ...(cost && { cost }) }),
  ])
}

/** The same answer for the same body, with token counts. */
function answer({ messages, max_tokens, max_completion_tokens, venice_parameters }: ChatBody) {
  const texts = messages.map(({ content }) => textOf(content))
  // Venice ignores a `max_tokens` that is not above 0.
  const asked = max_completion_tokens ?? max_tokens ?? 0
  const { text, isCut, tokens } = echo(texts.at(-1) ?? '', asked > 0 ? asked : Number.POSITIVE_INFINITY)
  const system = venice_parameters.include_venice_system_prompt ? SYSTEM_PROMPT_TOKENS : 0
  return { content: text, isCut, prompt: tokensIn(texts.join('\n')) + system, completion: tokens }
}
