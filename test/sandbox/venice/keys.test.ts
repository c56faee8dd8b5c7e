import { describe, expect, it } from 'vitest'
import { NOON, openVenice, signedIn } from './harness.ts'

const ADMIN = { apiKeyType: 'ADMIN' }
const ADMIN_ROUTES = [
  'GET /api_keys',
  'POST /api_keys',
  'PATCH /api_keys',
  'DELETE /api_keys?id=x',
  'GET /api_keys/x',
  'GET /api_keys/rate_limits/log',
  'GET /billing/balance',
  'GET /billing/usage-history',
]

describe('the management of keys', () => {
  it.each(ADMIN_ROUTES)('rejects an INFERENCE key on %s', async (route) => {
    const { call, mintedKey, stakedWallet } = await openVenice()
    const { headers } = await mintedKey(stakedWallet())
    expect(await call(route, { headers })).toMatchObject({ status: 401, body: { error: 'Admin API key required' } })
  })

  it.each([...ADMIN_ROUTES, 'GET /api_keys/rate_limits'])(
    'answers 402, not 401, without a credential on %s',
    async (route) => {
      const { call } = await openVenice()
      const { status, headers, body } = await call(route)
      expect(status).toBe(402)
      expect(body).toMatchObject({ x402Version: 2, error: 'Authentication required', authOptions: expect.anything() })
      expect(headers.has('PAYMENT-REQUIRED')).toBe(true)
    },
  )

  it.each(ADMIN_ROUTES)('ignores a wallet on %s', async (route) => {
    const { call, stakedWallet } = await openVenice()
    const answer = await call(route, { headers: await signedIn(stakedWallet()) })
    expect(answer).toMatchObject({ status: 401, body: { error: 'Authentication failed' } })
  })

  it('treats a wrong, an expired and a revoked key alike', async () => {
    const { call, mintedKey, stakedWallet, time } = await openVenice()
    const wallet = stakedWallet()
    const admin = await mintedKey(wallet, ADMIN)
    const expiring = await mintedKey(wallet, { expiresAt: '2026-10-06' })
    const revoked = await mintedKey(wallet)
    await call(`DELETE /api_keys?id=${revoked.id}`, { headers: admin.headers })
    time.now = Date.parse('2026-10-06')
    for (const headers of [{ authorization: 'Bearer nonsense' }, expiring.headers, revoked.headers]) {
      const answer = await call('GET /api_keys/rate_limits', { headers })
      expect(answer).toMatchObject({ status: 401, body: { error: 'Authentication failed' } })
    }
  })
})

describe('keys', () => {
  it('lists only the account’s active keys, newest first and without secrets', async () => {
    const { venice, call, mintedKey, stakedWallet, time } = await openVenice()
    const wallet = stakedWallet()
    await mintedKey(stakedWallet())
    const { id, headers } = await mintedKey(wallet, ADMIN)
    await mintedKey(wallet, { expiresAt: '2026-10-05T12:00:30Z' })
    const { id: limited } = await mintedKey(wallet, { consumptionLimit: { usd: 5 }, description: 'run 7' })
    time.now += 60_000
    const { body } = await call('GET /api_keys', { headers })
    expect(body.object).toBe('list')
    expect(body.data.map((key: { id: string }) => key.id)).toEqual([limited, id])
    expect(body.data[0]).toEqual({
      id: limited,
      apiKeyType: 'INFERENCE',
      consumptionLimits: { usd: 5, diem: null, vcu: null },
      limitPeriod: 'EPOCH',
      modelPrivacy: 'ALL',
      createdAt: new Date(NOON).toISOString(),
      description: 'run 7',
      expiresAt: null,
      last6Chars: venice.secretOf(limited)?.slice(-6),
      lastUsedAt: null,
      usage: { trailingSevenDays: { usd: '0.0000', vcu: '0.0000', diem: '0.0000' } },
      currentPeriodUsage: { usd: '0.0000', diem: '0.0000' },
    })
    expect(body.data[1]).not.toHaveProperty('currentPeriodUsage')
    expect(body.data[1].lastUsedAt).toBe(new Date(time.now).toISOString())
  })

  it('creates a key with exactly the requested limits', async () => {
    const { call, mintedKey, stakedWallet } = await openVenice()
    const { headers } = await mintedKey(stakedWallet(), ADMIN)
    const body = {
      apiKeyType: 'ADMIN',
      description: 'x',
      consumptionLimit: { usd: 0, diem: 1 },
      limitPeriod: 'LIFETIME',
    }
    const created = await call('POST /api_keys', { headers, body })
    expect(created.body.data).toMatchObject({
      apiKey: expect.stringMatching(/^VENICE_ADMIN_KEY_/),
      consumptionLimit: { usd: 0, diem: 1, vcu: null },
      limitPeriod: 'LIFETIME',
    })
    const read = await call(`GET /api_keys/${created.body.data.id}`, { headers })
    expect(read.body.data.consumptionLimits).toEqual({ usd: 0, diem: 1, vcu: null })
  })

  it('rejects a description of more than 64 characters', async () => {
    const { call, mintedKey, stakedWallet } = await openVenice()
    const { headers } = await mintedKey(stakedWallet(), ADMIN)
    const body = { apiKeyType: 'ADMIN', description: 'x'.repeat(65) }
    expect((await call('POST /api_keys', { headers, body })).status).toBe(400)
  })

  it('changes only the sent fields, and null removes a limit or an expiry', async () => {
    const { venice, call, mintedKey, stakedWallet } = await openVenice()
    const wallet = stakedWallet()
    const { headers } = await mintedKey(wallet, ADMIN)
    const { id } = await mintedKey(wallet, { consumptionLimit: { usd: 5, diem: 2 }, expiresAt: '2027-01-01' })
    const body = { id, consumptionLimit: { usd: null }, expiresAt: null, description: 'new' }
    const { status } = await call('PATCH /api_keys', { headers, body })
    expect(status).toBe(200)
    expect(venice.keys()[1]).toMatchObject({
      limit: { usd: null, diem: 2 },
      expiresAt: null,
      description: 'new',
      limitPeriod: 'EPOCH',
    })
  })

  it.each([
    ['PATCH /api_keys', 'API key not found or expired', true],
    ['DELETE /api_keys', 'API key could not be found', true],
    ['GET /api_keys/{id}', 'API key not found', false],
  ])('knows no key of another wallet: %s', async (route, error, inBody) => {
    const { call, mintedKey, stakedWallet } = await openVenice()
    const { headers } = await mintedKey(stakedWallet(), ADMIN)
    const { id } = await mintedKey(stakedWallet())
    const answer = await call(route.replace('{id}', id), { headers, ...(inBody && { body: { id } }) })
    expect(answer).toMatchObject({ status: 400, body: { error } })
  })

  it('limits a wallet to 500 active keys, on every route that makes one', async () => {
    const { call, mint, mintBody, mintedKey, stakedWallet, time } = await openVenice()
    const wallet = stakedWallet()
    const { headers } = await mintedKey(wallet, ADMIN)
    const create = () => call('POST /api_keys', { headers, body: { apiKeyType: 'INFERENCE', description: 'x' } })
    for (let made = 1; made < 500; made += 1) {
      if (made % 20 === 0) time.now += 60_000
      expect((await create()).status).toBe(200)
    }
    time.now += 60_000
    const error = 'You have reached the maximum of 500 active API keys'
    expect(await create()).toMatchObject({ status: 400, body: { error } })
    expect(await mint(await mintBody(wallet))).toMatchObject({ status: 400, body: { error } })
  })

  it('allows 20 creations a minute and logs the excess', async () => {
    const { call, mintedKey, stakedWallet } = await openVenice()
    const { id, headers } = await mintedKey(stakedWallet(), ADMIN)
    const create = () => call('POST /api_keys', { headers, body: { apiKeyType: 'INFERENCE', description: 'x' } })
    for (let made = 0; made < 20; made += 1) await create()
    expect((await create()).status).toBe(429)
    const { body } = await call('GET /api_keys/rate_limits/log', { headers })
    expect(body).toEqual({
      object: 'list',
      data: [
        {
          apiKeyId: id,
          modelId: 'endpoint:api/v1/api_keys',
          rateLimitTier: 'paid',
          rateLimitType: 'RPM',
          timestamp: new Date(NOON).toISOString(),
        },
      ],
    })
  })
})
