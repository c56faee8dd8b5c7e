import OpenAI from 'openai'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { chat, openVenice, signedIn } from './harness.ts'

const wallet = privateKeyToAccount(generatePrivateKey())

async function openFunded(options: Parameters<typeof openVenice>[0] = {}) {
  const sandbox = await openVenice(options)
  sandbox.venice.credit(wallet.address, { x402: 1 })
  const post = async (route: string, body: unknown) =>
    sandbox.call(`POST ${route}`, { headers: await signedIn(wallet), body })
  const spent = () => 1 - sandbox.venice.accountOf(wallet.address).x402
  return { ...sandbox, post, spent }
}

/** The official client with a key that can pay. */
async function openClient() {
  const { venice, mintedKey, stakedWallet } = await openVenice()
  const owner = stakedWallet()
  const { headers } = await mintedKey(owner)
  venice.credit(owner.address, { usd: 1 })
  const apiKey = headers.authorization.replace('Bearer ', '')
  return { venice, owner, client: new OpenAI({ apiKey, baseURL: venice.apiUrl, maxRetries: 0 }) }
}

const eventsOf = (text: string) =>
  text
    .split('\n\n')
    .filter(Boolean)
    .map((event) => event.replace(/^(event: .*\n)?data: /, ''))

describe('a streamed completion', () => {
  it('sends events of chunks, then usage and cost in one without choices, then [DONE]', async () => {
    const { post, spent } = await openFunded()
    const { status, headers, body } = await post('/chat/completions', { ...chat, stream: true })
    expect(status).toBe(200)
    expect(headers.get('content-type')).toMatch(/^text\/event-stream/)
    const events = eventsOf(body)
    expect(events.at(-1)).toBe('[DONE]')
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event))
    expect(new Set(chunks.map(({ object }) => object))).toEqual(new Set(['chat.completion.chunk']))
    const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')
    expect(text).toBe('You said: Hello')
    expect(chunks.at(-2).choices[0].finish_reason).toBe('stop')
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 1702, completion_tokens: 4, total_tokens: 1706 },
      cost: { usd: 0.0014577, diem: 0 },
    })
    expect(spent()).toBeCloseTo(0.0014577, 9)
  })

  it('works with the official client, as a whole one does', async () => {
    const { client } = await openClient()
    const ask = { model: 'qwen3-4b', messages: [{ role: 'user', content: 'Hello there' }] } as const
    const whole = await client.chat.completions.create({ ...ask, messages: [...ask.messages] })
    expect(whole.choices[0]?.message.content).toBe('You said: Hello there')
    let text = ''
    let tokens = 0
    for await (const chunk of await client.chat.completions.create({
      ...ask,
      messages: [...ask.messages],
      stream: true,
      stream_options: { include_usage: true },
    })) {
      text += chunk.choices[0]?.delta.content ?? ''
      tokens += chunk.usage?.total_tokens ?? 0
    }
    expect([text, tokens > 0]).toEqual(['You said: Hello there', true])
  })

  it('uses one of its wallet’s five slots until it is sent', async () => {
    const { call, post } = await openFunded({ chunkPauseMs: 5 })
    const stream = { ...chat, stream: true }
    const running = Promise.all([1, 2, 3, 4, 5].map(() => post('/chat/completions', stream)))
    await expect.poll(async () => (await post('/chat/completions', chat)).status).toBe(429)
    expect((await running).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect((await call('POST /chat/completions', { headers: await signedIn(wallet), body: chat })).status).toBe(200)
  })
})

describe('the cost of a completion', () => {
  it('follows the model', async () => {
    const { post } = await openFunded()
    const costs: number[] = []
    for (const model of ['qwen3-4b', 'zai-org-glm-5-1', 'claude-opus-4-6'])
      costs.push((await post('/chat/completions', { ...chat, model })).body.cost.usd)
    expect(costs).toEqual([0.0000857, 0.0014577, 0.010332])
  })

  it('is in DIEM when DIEM pays', async () => {
    const { venice, call, mintedKey, stakedWallet } = await openVenice()
    const owner = stakedWallet()
    const { headers } = await mintedKey(owner)
    venice.credit(owner.address, { diem: 1 })
    const { body } = await call('POST /chat/completions', { headers, body: chat })
    expect(body.cost).toEqual({ usd: 0, diem: 0.0014577 })
  })

  it('is limited by max_completion_tokens, and the answer says so', async () => {
    const { post } = await openFunded()
    const { body } = await post('/chat/completions', { ...chat, max_completion_tokens: 1 })
    expect(body.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: 'You ' } })
  })
})

describe('/responses', () => {
  it('answers the official client, whole and streamed', async () => {
    const { client } = await openClient()
    const whole = await client.responses.create({ model: 'qwen3-4b', input: 'Hello' })
    expect([whole.status, whole.output_text]).toEqual(['completed', 'You said: Hello'])
    const stream = await client.responses.create({ model: 'qwen3-4b', input: 'Hello', stream: true })
    const types: string[] = []
    let text = ''
    for await (const event of stream) {
      types.push(event.type)
      if (event.type === 'response.output_text.delta') text += event.delta
    }
    expect(text).toBe('You said: Hello')
    expect([types[0], types.at(-1)]).toEqual(['response.created', 'response.completed'])
  })

  it('is charged by the model, and has no cost field', async () => {
    const { post, spent } = await openFunded()
    const { body } = await post('/responses', { model: 'zai-org-glm-5-1', input: [{ role: 'user', content: 'Hello' }] })
    expect(body).toMatchObject({ object: 'response', usage: { input_tokens: 2, output_tokens: 4, total_tokens: 6 } })
    expect(body).not.toHaveProperty('cost')
    expect(spent()).toBeCloseTo(0.0000127, 9)
  })
})

describe('embeddings, images and speech', () => {
  it('answer the official client and are charged', async () => {
    const { client, venice, owner } = await openClient()
    const embedded = await client.embeddings.create({ model: 'text-embedding-ada-002', input: ['a', 'b'] })
    expect(embedded.model).toBe('text-embedding-bge-m3')
    expect(embedded.data.map(({ index, embedding }) => [index, embedding.length])).toEqual([
      [0, 1024],
      [1, 1024],
    ])
    const drawn = await client.images.generate({ model: 'venice-sd35', prompt: 'a cat' })
    expect(drawn.data?.[0]?.b64_json).toMatch(/^iVBOR/)
    const spoken = await client.audio.speech.create({ model: 'tts-kokoro', voice: 'af_sky', input: 'Hello' })
    expect(spoken.headers.get('content-type')).toBe('audio/mpeg')
    expect((await spoken.arrayBuffer()).byteLength).toBeGreaterThan(0)
    expect(venice.accountOf(owner.address).usd).toBeCloseTo(1 - 0.01 - (5 * 3.5) / 1e6 - (2 * 0.15) / 1e6, 9)
  })

  it.each([
    ['/embeddings', { model: 'text-embedding-bge-m3', input: [1, 2] }],
    ['/embeddings', { model: 'text-embedding-bge-m3', input: '' }],
    ['/embeddings', { model: 'text-embedding-bge-m3', input: 'a', task: 'x' }],
    ['/images/generations', { prompt: 'x', n: 2 }],
    ['/images/generations', { prompt: '' }],
    ['/audio/speech', { input: 'x', response_format: 'ogg' }],
    ['/responses', { model: 'qwen3-4b' }],
  ])('reject at %s what the OpenAPI document rejects: %j', async (route, body) => {
    const { post, spent } = await openFunded()
    expect(await post(route, body)).toMatchObject({ status: 400, body: { error: 'Invalid request parameters' } })
    expect(spent()).toBe(0)
  })

  it('are listed by type', async () => {
    const { call } = await openVenice()
    const ids = async (type: string) =>
      (await call(`GET /models?type=${type}`)).body.data.map(({ id }: { id: string }) => id)
    expect(await ids('embedding')).toEqual(['text-embedding-bge-m3'])
    expect(await ids('video')).toEqual([])
    expect(await ids('all')).toHaveLength(6)
    expect((await call('GET /models?type=bogus')).status).toBe(400)
  })
})
