import { parseEther } from 'viem'
import { describe, expect, it } from 'vitest'
import { chat, openVenice, signedIn } from './harness.ts'

const EMPTY =
  'Insufficient USD or Diem balance to complete request. Visit https://venice.ai/settings/api to add credits.'
const limitText = (unit: string) =>
  `API key ${unit} spend limit exceeded. Your account may still have ${unit} balance, but this API key has reached its configured ${unit} spending limit.`

const POST_CHAT = 'POST /chat/completions'
const MIDNIGHT = Date.parse('2026-10-06')

describe('a chat completion', () => {
  it('gives the same body the same answer, and states its cost', async () => {
    const { venice, call, mintedKey, stakedWallet } = await openVenice()
    const wallet = stakedWallet()
    const { headers } = await mintedKey(wallet)
    venice.credit(wallet.address, { usd: 1 })
    const answer = await call(POST_CHAT, { headers, body: chat })
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^chatcmpl-/),
      object: 'chat.completion',
      created: Date.parse('2026-10-05T12:00:00Z') / 1000,
      model: 'zai-org-glm-5-1',
      choices: [
        { index: 0, message: { role: 'assistant', content: 'You said: Hello' }, finish_reason: 'stop', logprobs: null },
      ],
      usage: { prompt_tokens: 1702, completion_tokens: 4, total_tokens: 1706 },
      cost: { usd: 0.0014577, diem: 0 },
      venice_parameters: {
        enable_e2ee: true,
        enable_web_search: 'off',
        enable_web_citations: false,
        enable_web_scraping: false,
        include_venice_system_prompt: true,
        include_search_results_in_stream: false,
        return_search_results_as_documents: false,
        strip_thinking_response: false,
        disable_thinking: false,
        web_search_citations: [],
      },
    })
    expect(answer.headers.get('x-venice-balance-usd')).toBe('1')
    expect(venice.accountOf(wallet.address).usd).toBe(0.9985423)
  })

  it('costs less without the system prompt', async () => {
    const { venice, call, mintedKey, stakedWallet } = await openVenice()
    const wallet = stakedWallet()
    const { headers } = await mintedKey(wallet)
    venice.credit(wallet.address, { usd: 1 })
    const body = { ...chat, venice_parameters: { include_venice_system_prompt: false } }
    expect((await call(POST_CHAT, { headers, body })).body.usage.prompt_tokens).toBe(2)
  })

  it.each([
    [400, 'model is required', { messages: chat.messages }],
    [400, 'model must be a string', { ...chat, model: 7 }],
    [404, 'Specified model not found: gpt-1', { ...chat, model: 'gpt-1' }],
    [400, 'Invalid request parameters', { ...chat, unknown_field: 1 }],
    [400, 'Invalid request parameters', { ...chat, stream: 'yes' }],
  ])('is refused with %i %j', async (status, error, body) => {
    const { call, mintedKey, stakedWallet } = await openVenice()
    const { headers } = await mintedKey(stakedWallet())
    expect(await call(POST_CHAT, { headers, body })).toMatchObject({ status, body: { error } })
  })

  it('hides anonymous models from a private key, and refuses them', async () => {
    const { call, mintedKey, stakedWallet } = await openVenice()
    const { headers } = await mintedKey(stakedWallet(), { modelPrivacy: 'PRIVATE_ONLY' })
    const answer = await call(POST_CHAT, { headers, body: { ...chat, model: 'claude-opus-4-6' } })
    expect(answer.status).toBe(403)
    const ids = async (init = {}) => (await call('GET /models', init)).body.data.map(({ id }: { id: string }) => id)
    expect(await ids()).toContain('claude-opus-4-6')
    expect(await ids({ headers })).not.toContain('claude-opus-4-6')
  })
})

describe('the account behind a key', () => {
  it('spends DIEM, then earned credits, then bundled credits, then USD, one currency per request', async () => {
    const { venice, call, chain, mintedKey, stakedWallet } = await openVenice()
    const wallet = stakedWallet()
    const { headers } = await mintedKey(wallet, { apiKeyType: 'ADMIN' })
    chain.setStakedDiem(wallet.address, parseEther('0.1'))
    venice.credit(wallet.address, { earned: 0.001, bundled: 0.001, usd: 1 })
    // Two requests at $0.0735 take the 0.1 DIEM, one each takes the credits, the next is paid in USD.
    const body = { ...chat, messages: [{ role: 'user', content: 'x'.repeat(80_000) }] }
    for (let sent = 0; sent < 5; sent += 1) expect((await call(POST_CHAT, { headers, body })).status).toBe(200)
    const history = await call('GET /billing/usage-history', { headers })
    expect(history.body.data.map(({ currency }: { currency: string }) => currency)).toEqual([
      'DIEM',
      'DIEM',
      'EARNED_CREDITS',
      'BUNDLED_CREDITS',
      'USD',
    ])
    expect(history.body.nextCursor).toBeNull()
  })

  it('cannot spend less than 0.1 staked DIEM or less than $0.10', async () => {
    const { venice, call, chain, mintedKey, stakedWallet } = await openVenice()
    const wallet = stakedWallet()
    const { headers } = await mintedKey(wallet)
    chain.setStakedDiem(wallet.address, parseEther('0.099'))
    venice.credit(wallet.address, { usd: 0.099 })
    expect(await call(POST_CHAT, { headers, body: chat })).toMatchObject({ status: 402, body: { error: EMPTY } })
    chain.setStakedDiem(wallet.address, parseEther('0.1'))
    expect((await call(POST_CHAT, { headers, body: chat })).status).toBe(200)
  })

  it('gets its DIEM again at 00:00 UTC', async () => {
    const { venice, call, chain, mintedKey, stakedWallet, time } = await openVenice()
    const wallet = stakedWallet()
    const { headers } = await mintedKey(wallet)
    chain.setStakedDiem(wallet.address, parseEther('0.1'))
    await call(POST_CHAT, { headers, body: chat })
    expect((await call(POST_CHAT, { headers, body: chat })).body).toEqual({ error: EMPTY })
    expect(venice.accountOf(wallet.address).diemSpentThisEpoch).toBe(0.0014577)
    time.now = MIDNIGHT
    expect((await call(POST_CHAT, { headers, body: chat })).status).toBe(200)
  })

  it('answers 410 with the new route where usage was', async () => {
    const { call } = await openVenice()
    const { status, headers } = await call('GET /billing/usage')
    expect(status).toBe(410)
    expect(headers.get('deprecation')).toBe('@1783555200')
    expect(headers.get('sunset')).toBe('Wed, 16 Sep 2026 00:00:00 GMT')
    expect(headers.get('link')).toBe('</api/v1/billing/usage-history>; rel="successor-version"')
  })

  it('shows its balance without a data envelope, and null for what it does not hold', async () => {
    const { venice, call, chain, mintedKey, stakedWallet } = await openVenice()
    const wallet = stakedWallet()
    const { headers } = await mintedKey(wallet, { apiKeyType: 'ADMIN' })
    expect((await call('GET /billing/balance', { headers })).body).toEqual({
      canConsume: false,
      consumptionCurrency: null,
      balances: { diem: null, usd: null, bundledCredits: null, earnedCredits: null },
      diemEpochAllocation: 0,
    })
    chain.setStakedDiem(wallet.address, parseEther('2'))
    venice.credit(wallet.address, { usd: 3, earned: 1 })
    expect((await call('GET /billing/balance', { headers })).body).toEqual({
      canConsume: true,
      consumptionCurrency: 'DIEM',
      balances: { diem: 2, usd: 3, bundledCredits: null, earnedCredits: 1 },
      diemEpochAllocation: 2,
    })
  })

  it('pages its history by a cursor sent without other parameters', async () => {
    const { venice, call, mintedKey, stakedWallet } = await openVenice()
    const wallet = stakedWallet()
    const { headers } = await mintedKey(wallet, { apiKeyType: 'ADMIN' })
    venice.credit(wallet.address, { usd: 1 })
    for (let sent = 0; sent < 11; sent += 1) await call(POST_CHAT, { headers, body: chat })
    const first = await call('GET /billing/usage-history?pageSize=10&currency=USD', { headers })
    expect(first.body.data).toHaveLength(10)
    const cursor = first.body.nextCursor
    expect(first.headers.get('x-next-cursor')).toBe(cursor)
    const second = await call(`GET /billing/usage-history?cursor=${cursor}`, { headers })
    expect(second.body).toMatchObject({ data: [expect.anything()], nextCursor: null })
    expect((await call(`GET /billing/usage-history?cursor=${cursor}&pageSize=10`, { headers })).status).toBe(400)
  })
})

describe('the limits of a key', () => {
  it.each([
    ['USD', { usd: 5 }, { usd: 0 }],
    ['USD', { bundled: 5 }, { usd: 0.001 }],
    ['USD', { earned: 5 }, { usd: 0.001 }],
    ['DIEM', { diem: 5 }, { diem: 0.001 }],
  ])('block it when the %s limit is used up, whatever the account holds: %j %j', async (unit, credit, limit) => {
    const { venice, call, mintedKey, stakedWallet } = await openVenice()
    const wallet = stakedWallet()
    const { headers } = await mintedKey(wallet, { consumptionLimit: limit })
    venice.credit(wallet.address, credit)
    if (Object.values(limit)[0] !== 0) expect((await call(POST_CHAT, { headers, body: chat })).status).toBe(200)
    const stopped = await call(POST_CHAT, { headers, body: chat })
    expect(stopped).toMatchObject({ status: 402, body: { error: limitText(unit) } })
    expect(stopped.body).not.toHaveProperty('code')
    const { body } = await call('GET /api_keys/rate_limits', { headers })
    expect(body.data.accessPermitted).toBe(false)
  })

  it.each([
    ['EPOCH', '2026-10-06', 200],
    ['MONTH', '2026-10-31', 402],
    ['MONTH', '2026-11-01', 200],
    ['LIFETIME', '2027-11-01', 402],
  ])('apply per %s at %s: %i', async (limitPeriod, date, status) => {
    const { venice, call, mintedKey, stakedWallet, time } = await openVenice()
    const wallet = stakedWallet()
    const { headers } = await mintedKey(wallet, { limitPeriod, consumptionLimit: { usd: 0.001 } })
    venice.credit(wallet.address, { usd: 5 })
    await call(POST_CHAT, { headers, body: chat })
    time.now = Date.parse(date)
    expect((await call(POST_CHAT, { headers, body: chat })).status).toBe(status)
  })

  it('show in rate_limits what the key can spend', async () => {
    const { venice, call, mintedKey, stakedWallet } = await openVenice()
    const wallet = stakedWallet()
    const { headers } = await mintedKey(wallet, { consumptionLimit: { usd: 2 }, expiresAt: '2026-12-31' })
    const read = async () => (await call('GET /api_keys/rate_limits', { headers })).body.data
    expect(await read()).toMatchObject({ accessPermitted: false, balances: { USD: 0, DIEM: 0, BUNDLED_CREDITS: 0 } })
    venice.credit(wallet.address, { usd: 5, diem: 3, bundled: 1, earned: 9 })
    expect(await read()).toEqual({
      accessPermitted: true,
      apiTier: { id: 'paid', isCharged: true },
      balances: { USD: 2, DIEM: 3, BUNDLED_CREDITS: 1 },
      keyExpiration: '2026-12-31T00:00:00.000Z',
      nextEpochBegins: '2026-10-06T00:00:00.000Z',
      rateLimits: expect.arrayContaining([
        {
          apiModelId: 'zai-org-glm-5-1',
          rateLimits: [
            { type: 'RPM', amount: 100 },
            { type: 'TPM', amount: 2_000_000 },
          ],
        },
      ]),
    })
  })
})

describe('a wallet that signs in', () => {
  it('spends its credit, and takes precedence over a key sent with it', async () => {
    const { venice, call, mintedKey, stakedWallet } = await openVenice()
    const wallet = stakedWallet()
    const key = await mintedKey(stakedWallet())
    venice.credit(wallet.address, { x402: 1 })
    const headers = { ...key.headers, ...(await signedIn(wallet)) }
    expect((await call(POST_CHAT, { headers, body: chat })).status).toBe(200)
    expect(venice.accountOf(wallet.address).x402).toBe(0.9985423)
  })

  it('gets the balance document below $0.10, with the x402 object in the header', async () => {
    const { venice, call, stakedWallet } = await openVenice()
    const wallet = stakedWallet()
    venice.credit(wallet.address, { x402: 0.04 })
    const { status, headers, body } = await call(POST_CHAT, { headers: await signedIn(wallet), body: chat })
    expect(status).toBe(402)
    expect(body).toMatchObject({
      error: 'Payment required',
      code: 'PAYMENT_REQUIRED',
      reason: 'insufficient_balance',
      currentBalanceUsd: 0.04,
      minimumBalanceUsd: 0.1,
      topUpInstructions: { network: 'eip155:8453', tokenDecimals: 6, minimumAmountUsd: 5 },
      siwxChallenge: { info: { domain: 'api.venice.ai' } },
    })
    expect(body).not.toHaveProperty('x402Version')
    const required = JSON.parse(Buffer.from(headers.get('PAYMENT-REQUIRED') ?? '', 'base64').toString())
    expect(required).toMatchObject({ x402Version: 2, accepts: [{ amount: '10000000' }, { network: 'solana' }] })
  })

  it('spends the DIEM of its account first', async () => {
    const { venice, call, mintedKey, stakedWallet } = await openVenice()
    const wallet = stakedWallet()
    await mintedKey(wallet)
    venice.credit(wallet.address, { diem: 1, x402: 1 })
    await call(POST_CHAT, { headers: await signedIn(wallet), body: chat })
    expect(venice.accountOf(wallet.address)).toMatchObject({ x402: 1, diemSpentThisEpoch: 0.0014577 })
  })

  it('is never charged below zero', async () => {
    const { venice, call, stakedWallet } = await openVenice()
    const wallet = stakedWallet()
    venice.credit(wallet.address, { x402: 0.1 })
    const body = { ...chat, messages: [{ role: 'user', content: 'x'.repeat(800_000) }] }
    expect((await call(POST_CHAT, { headers: await signedIn(wallet), body })).status).toBe(200)
    expect(venice.accountOf(wallet.address).x402).toBe(0)
  })

  it('has at most five requests in flight', async () => {
    const { venice, call, chain, stakedWallet } = await openVenice()
    const wallet = stakedWallet()
    venice.credit(wallet.address, { x402: 1, usd: 0 })
    const open = chain.hold()
    const send = async () => call(POST_CHAT, { headers: await signedIn(wallet), body: chat })
    const running = Promise.all([1, 2, 3, 4, 5, 6].map(send))
    await expect.poll(() => chain.state.requests).toBe(5)
    open()
    const answers = await running
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5)
    expect(answers.find(({ status }) => status === 429)?.body).toEqual({
      error: 'Too many concurrent requests',
      code: 'X402_CONCURRENCY_LIMIT',
    })
  })
})
