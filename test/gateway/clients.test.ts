import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { ChatOpenAI } from '@langchain/openai'
import { embed, generateText, streamText } from 'ai'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { veniceFetch } from '../../src/index.ts'
import { useTestSandbox } from '../library/lab.ts'

const lab = useTestSandbox()
const MODEL = 'qwen3-4b'

type Fetch = typeof globalThis.fetch

/** A wallet with only credit, and its fetch. */
async function begin(x402 = 1) {
  const { wallet, options } = await lab.begin({})
  const { apiUrl } = options.network
  if (x402 > 0) lab.sandbox.credit(wallet.address, { x402 })
  return { apiUrl, address: wallet.address, fetch: veniceFetch({ signer: wallet.privateKey, apiUrl }) }
}

/** How each client calls with a base URL and a fetch. Returns the status when it is refused. */
const CLIENTS: readonly {
  name: string
  chat(baseURL: string, fetch: Fetch, prompt: string): Promise<string>
  stream(baseURL: string, fetch: Fetch, prompt: string, signal?: AbortSignal): AsyncIterable<string>
}[] = [
  {
    name: 'openai',
    async chat(baseURL, fetch, content) {
      const client = new OpenAI({ apiKey: 'unused', baseURL, fetch, maxRetries: 0 })
      const answer = await client.chat.completions.create({ model: MODEL, messages: [{ role: 'user', content }] })
      return answer.choices[0]?.message.content ?? ''
    },
    async *stream(baseURL, fetch, content, signal) {
      const client = new OpenAI({ apiKey: 'unused', baseURL, fetch, maxRetries: 0 })
      const body = { model: MODEL, messages: [{ role: 'user' as const, content }], stream: true as const }
      for await (const chunk of await client.chat.completions.create(body, signal && { signal }))
        yield chunk.choices[0]?.delta.content ?? ''
    },
  },
  {
    name: 'ai',
    async chat(baseURL, fetch, prompt) {
      const venice = createOpenAICompatible({ name: 'venice', baseURL, fetch })
      return (await generateText({ model: venice(MODEL), prompt, maxRetries: 0 })).text
    },
    async *stream(baseURL, fetch, prompt, signal) {
      const venice = createOpenAICompatible({ name: 'venice', baseURL, fetch })
      yield* streamText({ model: venice(MODEL), prompt, maxRetries: 0, ...(signal && { abortSignal: signal }) })
        .textStream
    },
  },
  {
    name: '@langchain/openai',
    async chat(baseURL, fetch, prompt) {
      const model = new ChatOpenAI({ model: MODEL, apiKey: 'unused', configuration: { baseURL, fetch }, maxRetries: 0 })
      return (await model.invoke(prompt)).text
    },
    async *stream(baseURL, fetch, prompt, signal) {
      const model = new ChatOpenAI({ model: MODEL, apiKey: 'unused', configuration: { baseURL, fetch }, maxRetries: 0 })
      for await (const chunk of await model.stream(prompt, signal && { signal })) yield chunk.text
    },
  },
]

const statusOf = (error: unknown): unknown => {
  const { status, statusCode, cause } = error as { status?: number; statusCode?: number; cause?: unknown }
  return status ?? statusCode ?? (cause === undefined ? error : statusOf(cause))
}

describe.each(CLIENTS)('$name, paying as the wallet,', ({ chat, stream }) => {
  test('chats, and the wallet is charged', async () => {
    const { apiUrl, fetch, address } = await begin()
    expect(await chat(apiUrl, fetch, 'Hello')).toBe('You said: Hello')
    expect(await creditOf(address, fetch, apiUrl)).toBeLessThan(1)
  })

  test('streams', async () => {
    const { apiUrl, fetch } = await begin()
    const parts: string[] = []
    for await (const part of stream(apiUrl, fetch, 'Hello there you')) parts.push(part)
    expect(parts.join('')).toBe('You said: Hello there you')
    expect(parts.filter(Boolean).length).toBeGreaterThan(1)
  })

  test('can abort six times in the middle, and continues to call', async () => {
    const { apiUrl, fetch } = await begin()
    for (let aborted = 0; aborted < 6; aborted += 1) {
      const controller = new AbortController()
      try {
        for await (const part of stream(apiUrl, fetch, 'word '.repeat(2_000), controller.signal))
          if (part !== '') controller.abort()
      } catch {
        // Some clients throw, others just end.
      }
    }
    expect(await chat(apiUrl, fetch, 'Hello')).toBe('You said: Hello')
  })

  test('sees a 402 without credit', async () => {
    const { apiUrl, fetch } = await begin(0)
    expect(statusOf(await chat(apiUrl, fetch, 'Hello').catch((error: unknown) => error))).toBe(402)
  })

  test('sees a 429', async () => {
    const { apiUrl, fetch } = await begin()
    const body = { error: 'The model is currently overloaded. Please try again later.' }
    const effect = { kind: 'reply', status: 429, headers: { 'Retry-After': '30' }, body } as const
    lab.sandbox.fault({ on: 'POST /chat/completions', effect })
    expect(statusOf(await chat(apiUrl, fetch, 'Hello').catch((error: unknown) => error))).toBe(429)
  })
})

async function creditOf(address: string, fetch: Fetch, apiUrl: string): Promise<number> {
  const response = await fetch(`${apiUrl}/x402/balance/${address}`)
  const { data } = (await response.json()) as { data: { balanceUsd: number } }
  return data.balanceUsd
}

describe('through the same fetch', () => {
  test('embeddings and images are paid for', async () => {
    const { apiUrl, fetch } = await begin()
    const venice = createOpenAICompatible({ name: 'venice', baseURL: apiUrl, fetch })
    const { embedding } = await embed({ model: venice.embeddingModel('text-embedding-bge-m3'), value: 'a' })
    expect(embedding).toHaveLength(1024)
    const client = new OpenAI({ apiKey: 'unused', baseURL: apiUrl, fetch })
    expect((await client.images.generate({ model: 'venice-sd35', prompt: 'a cat' })).data).toHaveLength(1)
    expect((await client.models.list()).data.length).toBeGreaterThan(1)
  })
})
