import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { round } from '../accounts.ts'
import { type Reply, standardError } from '../envelopes.ts'
import { type Call, jsonBody, type Routes } from '../http.ts'
import { MODELS, type Model } from '../models.ts'
import type { Payer } from '../spending.ts'
import type { VeniceState } from '../state.ts'

/** Fields of the closed body that do not change an echo. */
const IGNORED = [
  'frequency_penalty',
  'logprobs',
  'max_temp',
  'min_p',
  'min_temp',
  'n',
  'parallel_tool_calls',
  'presence_penalty',
  'prompt_cache_key',
  'reasoning',
  'reasoning_effort',
  'repetition_penalty',
  'response_format',
  'seed',
  'stop',
  'stop_token_ids',
  'store',
  'stream_options',
  'temperature',
  'tool_choice',
  'tools',
  'top_k',
  'top_logprobs',
  'top_p',
  'user',
] as const

const chatBody = z.strictObject({
  ...Object.fromEntries(IGNORED.map((name) => [name, z.unknown().optional()])),
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string(), content: z.unknown().optional() })).min(1),
  max_tokens: z.int().positive().optional(),
  max_completion_tokens: z.int().positive().optional(),
  stream: z.literal(false, 'The sandbox does not stream').optional(),
  venice_parameters: z.looseObject({ include_venice_system_prompt: z.boolean().optional() }).optional(),
})
type ChatBody = z.infer<typeof chatBody>

/** Length of the system prompt that Venice adds unless told not to, as measured in its wallet-budget-agent notebook. */
const SYSTEM_PROMPT_TOKENS = 1700
const CHARACTERS_PER_TOKEN = 4

/** `POST /chat/completions`: repeats the last message, and charges for it. */
export function chatRoutes({ auth, accounts, spending, limits, clock }: VeniceState): Routes {
  async function complete(call: Call, payer: Payer): Promise<Reply> {
    const model = modelOf(call)
    const body = jsonBody(call, chatBody)
    if (payer.kind === 'key' && payer.key.modelPrivacy !== 'ALL' && model.privacy !== 'private') {
      throw standardError(
        403,
        `This API key is set to '${payer.key.modelPrivacy}', but \`${model.id}\` is an Anonymous model. Choose a Private, TEE, or E2EE model, or change the model privacy setting of this API key.`,
      )
    }
    const { left } = await accounts.fundsOf(payer.address)
    const pocket = await spending.admit(call, payer)
    const { content, prompt, completion } = answer(body)
    const usd = round((prompt * model.price.input + completion * model.price.output) / 1e6)
    const id = `chatcmpl-${randomUUID().replaceAll('-', '')}`
    spending.charge(payer, pocket, {
      usd,
      sku: `${model.id}-llm-tokens`,
      units: (prompt + completion) / 1e6,
      pricePerUnitUsd: round(usd / ((prompt + completion) / 1e6)),
      requestId: id,
      modelId: model.id,
      tokens: { prompt, completion },
    })
    return {
      status: 200,
      headers: {
        'x-venice-balance-usd': String(left.USD),
        'x-venice-balance-diem': String(left.DIEM),
        'x-venice-model-id': model.id,
      },
      body: {
        id,
        object: 'chat.completion',
        created: Math.floor(clock() / 1000),
        model: model.id,
        choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop', logprobs: null }],
        usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
        // Venice names this field without documenting its shape: dollars is our reading.
        cost: usd,
        venice_parameters: { include_venice_system_prompt: addsSystemPrompt(body) },
      },
    }
  }

  return {
    async 'POST /chat/completions'(call) {
      const payer = await auth.payer(call)
      if (payer.kind === 'key') return complete(call, payer)
      return limits.withinConcurrency(payer.address, () => complete(call, payer))
    },
  }
}

function modelOf(call: Call): Model {
  const { model } = jsonBody(call, z.looseObject({}))
  if (model === undefined) throw standardError(400, 'model is required')
  if (typeof model !== 'string') throw standardError(400, 'model must be a string')
  const found = MODELS.find(({ id }) => id === model)
  if (!found) throw standardError(404, `Specified model not found: ${model}`)
  return found
}

const addsSystemPrompt = (body: ChatBody): boolean => body.venice_parameters?.include_venice_system_prompt !== false

/** The same answer for the same body, with token counts. */
function answer(body: ChatBody): { content: string; prompt: number; completion: number } {
  const texts = body.messages.map(({ content }) =>
    typeof content === 'string' ? content : JSON.stringify(content ?? ''),
  )
  const full = `You said: ${texts.at(-1)}`
  const limit = body.max_completion_tokens ?? body.max_tokens ?? Number.POSITIVE_INFINITY
  const content = full.slice(0, limit * CHARACTERS_PER_TOKEN)
  return {
    content,
    prompt: tokensIn(texts.join('\n')) + (addsSystemPrompt(body) ? SYSTEM_PROMPT_TOKENS : 0),
    completion: tokensIn(content),
  }
}

const tokensIn = (text: string): number => Math.ceil(text.length / CHARACTERS_PER_TOKEN)
