import { z } from 'zod'
import type { Reply } from '../envelopes.ts'
import { jsonBody, type Routes } from '../http.ts'
import { echo, eventStream, paidRoute, piecesOf, sse, textOf, tokensIn } from '../inference.ts'
import { MODELS } from '../models.ts'
import type { VeniceState } from '../state.ts'

/** Venice accepts and ignores unknown fields here. */
const responsesBody = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.looseObject({ content: z.unknown().optional() })).min(1)]),
  max_output_tokens: z.int().positive().nullish(),
  stream: z.boolean().nullish(),
})

/** `POST /responses`: repeats the last item of the input, and charges for it. @see OpenAPI 20260821, skill of 2026-10-02 */
export const responsesRoutes = (state: VeniceState): Routes => ({
  'POST /responses': paidRoute(state, {
    models: MODELS,
    serve(call, model) {
      const { input, max_output_tokens, stream } = jsonBody(call, responsesBody)
      const texts = typeof input === 'string' ? [input] : input.map(({ content, output }) => textOf(content ?? output))
      const { text, isCut, tokens } = echo(texts.at(-1) ?? '', max_output_tokens ?? Number.POSITIVE_INFINITY)
      const prompt = tokensIn(texts.join('\n'))
      return {
        usd: (prompt * model.price.input + tokens * model.price.output) / 1e6,
        sku: `${model.id}-llm-tokens`,
        units: (prompt + tokens) / 1e6,
        tokens: { prompt, completion: tokens },
        reply({ id, createdAt }) {
          const usage = { input_tokens: prompt, output_tokens: tokens, total_tokens: prompt + tokens }
          const head = { id: `resp_chatcmpl-${id}`, object: 'response', created_at: createdAt, model: model.id }
          const last = {
            ...head,
            status: isCut ? 'incomplete' : 'completed',
            ...(isCut && { incomplete_details: { reason: 'max_output_tokens' } }),
            output: [messageOf(id, text, isCut)],
            usage,
          }
          return stream === true ? streamed(head, text, last) : { status: 200, body: last }
        },
      }
    },
  }),
})

const partOf = (text: string) => ({ type: 'output_text', text, annotations: [] })

const messageOf = (id: string, text: string, isCut: boolean) => ({
  type: 'message',
  id: `msg_${id}`,
  status: isCut ? 'incomplete' : 'completed',
  role: 'assistant',
  content: [partOf(text)],
})

type Item = ReturnType<typeof messageOf>

function streamed(head: object, text: string, last: { status: string; output: readonly Item[] }): Reply {
  let sequence = 0
  const event = (type: string, data: object) => {
    sequence += 1
    return sse({ type, sequence_number: sequence, ...data }, type)
  }
  const [item] = last.output
  const at = { item_id: item?.id, output_index: 0, content_index: 0 }
  return eventStream([
    event('response.created', { response: { ...head, status: 'in_progress', output: [] } }),
    event('response.output_item.added', {
      output_index: 0,
      item: { ...item, status: 'in_progress', content: [] },
    }),
    event('response.content_part.added', { ...at, part: partOf('') }),
    ...piecesOf(text).map((delta) => event('response.output_text.delta', { ...at, delta })),
    event('response.output_text.done', { ...at, text }),
    event('response.content_part.done', { ...at, part: partOf(text) }),
    event('response.output_item.done', { output_index: 0, item }),
    event(`response.${last.status}`, { response: last }),
  ])
}
