import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { round } from './accounts.ts'
import { type Reply, standardError } from './envelopes.ts'
import { type Call, jsonBody } from './http.ts'
import type { AnyModel } from './models.ts'
import type { Payer } from './spending.ts'
import type { VeniceState } from './state.ts'

/** Dollars and DIEM: the cost of a call, in the currency that paid. Undefined if Venice omits it. */
export type Cost = { usd: number; diem: number } | undefined

/** The charge and the content of an answer. */
export interface Served {
  /** Dollars. */
  usd: number
  sku: string
  units: number
  tokens: { prompt: number; completion: number } | null
  reply(facts: { id: string; createdAt: number; cost: Cost }): Reply
}

/** Answers one route from `models`. Throws a `Refusal` for a body that Venice would refuse. */
export interface Endpoint<M extends AnyModel> {
  models: readonly M[]
  /** Names that Venice accepts in place of a model's id. */
  aliases?: Readonly<Record<string, string>>
  /** The default model. */
  fallback?: string
  serve(call: Call, model: M): Served
}

/**
 * The route of a paid endpoint: finds the payer and the model, admits the call, charges, and answers.
 *
 * It charges before it answers, while Venice charges after. A test that reads the balance after the answer sees the
 * same.
 */
export const paidRoute =
  <M extends AnyModel>({ auth, accounts, spending, limits, clock }: VeniceState, endpoint: Endpoint<M>) =>
  async (call: Call): Promise<Reply> => {
    async function answer(payer: Payer): Promise<Reply> {
      const model = modelOf(call, endpoint)
      const { reply, ...served } = endpoint.serve(call, model)
      requirePrivacy(payer, model)
      const { left } = await accounts.fundsOf(payer.address)
      const pocket = await spending.admit(call, payer)
      const id = randomUUID().replaceAll('-', '')
      const usd = round(served.usd)
      spending.charge(payer, pocket, {
        ...served,
        usd,
        pricePerUnitUsd: round(usd / served.units),
        requestId: `chatcmpl-${id}`,
        modelId: model.id,
      })
      const { headers, ...rest } = reply({ id, createdAt: Math.floor(clock() / 1000), cost: costIn(pocket, usd) })
      return {
        ...rest,
        headers: {
          'x-venice-balance-usd': String(left.USD),
          'x-venice-balance-diem': String(left.DIEM),
          'x-venice-model-id': model.id,
          ...headers,
        },
      }
    }
    const payer = await auth.payer(call)
    return payer.kind === 'key' ? answer(payer) : limits.withinConcurrency(payer.address, () => answer(payer))
  }

/** @see https://github.com/veniceai/skills/blob/main/skills/venice-chat/SKILL.md (2026-10-02): none for earned credits */
function costIn(pocket: ReturnType<VeniceState['spending']['charge']>['currency'], usd: number): Cost {
  if (pocket === 'EARNED_CREDITS') return undefined
  return pocket === 'DIEM' ? { usd: 0, diem: usd } : { usd, diem: 0 }
}

function modelOf<M extends AnyModel>(call: Call, { models, aliases = {}, fallback }: Endpoint<M>): M {
  const { model = fallback } = jsonBody(call, z.looseObject({}))
  if (model === undefined) throw standardError(400, 'model is required')
  if (typeof model !== 'string') throw standardError(400, 'model must be a string')
  const found = models.find(({ id }) => id === (aliases[model] ?? model))
  if (!found) throw standardError(404, `Specified model not found: ${model}`)
  return found
}

function requirePrivacy(payer: Payer, model: AnyModel): void {
  if (payer.kind === 'wallet' || payer.key.modelPrivacy === 'ALL' || model.privacy === 'private') return
  throw standardError(
    403,
    `This API key is set to '${payer.key.modelPrivacy}', but \`${model.id}\` is an Anonymous model. Choose a Private, TEE, or E2EE model, or change the model privacy setting of this API key.`,
  )
}

const CHARACTERS_PER_TOKEN = 4

export const tokensIn = (text: string): number => Math.ceil(text.length / CHARACTERS_PER_TOKEN)

/** The text of a message or an input item: a string, or the text of its parts. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return JSON.stringify(content ?? '')
  return content
    .map((part: { text?: unknown }) => (typeof part?.text === 'string' ? part.text : JSON.stringify(part)))
    .join(' ')
}

/** The same text for the same input, cut at the token limit. */
export function echo(said: string, maxTokens: number): { text: string; isCut: boolean; tokens: number } {
  const full = `You said: ${said}`
  const text = full.slice(0, maxTokens * CHARACTERS_PER_TOKEN)
  return { text, isCut: text !== full, tokens: tokensIn(text) }
}

/** Pieces of a text as a model streams it: one word each. */
export const piecesOf = (text: string): string[] => text.split(' ').map((word, i) => (i === 0 ? word : ` ${word}`))

/** One server-sent event. @param name - of the event, if it has one. */
export const sse = (data: unknown, name?: string): string =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`

/** A reply of server-sent events, ended as OpenAI ends one. */
export const eventStream = (events: readonly string[]): Reply => ({
  status: 200,
  headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
  body: null,
  chunks: [...events, sse('[DONE]')],
})
