import { describe, expect, it } from 'vitest'
import { NOON, openVenice } from './harness.ts'

const RPC = 'POST /crypto/rpc/base-mainnet'
const chainId = { jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] }

async function openFunded() {
  const sandbox = await openVenice()
  const wallet = sandbox.stakedWallet()
  const { headers } = await sandbox.mintedKey(wallet)
  sandbox.venice.credit(wallet.address, { usd: 1 })
  const send = (body: unknown, extra = {}) => sandbox.call(RPC, { headers: { ...headers, ...extra }, body })
  return { ...sandbox, wallet, headers, send }
}

describe('crypto RPC', () => {
  it('lists its networks to everyone, as a bare object', async () => {
    const { call } = await openVenice()
    expect((await call('GET /crypto/rpc/networks')).body).toEqual({ networks: ['base-mainnet'] })
  })

  it('relays a call to the chain and charges for it', async () => {
    const { venice, wallet, send } = await openFunded()
    const { status, headers, body } = await send(chainId)
    expect({ status, body }).toEqual({ status: 200, body: { jsonrpc: '2.0', id: 1, result: '0x2105' } })
    expect(headers.get('X-Venice-RPC-Credits')).toBe('20')
    expect(headers.get('X-Venice-RPC-Cost-USD')).toBe('0.00001400')
    expect(headers.get('X-Request-ID')).toMatch(/^[0-9a-f]{32}$/)
    expect(venice.accountOf(wallet.address).usd).toBe(0.999986)
  })

  it('charges a batch by item, and 5 credits for an item that fails', async () => {
    const { send } = await openFunded()
    const { headers } = await send([chainId, { ...chainId, id: 2, method: 'eth_gasPrice' }])
    expect(headers.get('X-Venice-RPC-Credits')).toBe('25')
  })

  it('passes on a node’s failure and charges nothing', async () => {
    const { venice, chain, wallet, send } = await openFunded()
    chain.state.failing = 'eth_chainId'
    const { status, headers } = await send(chainId)
    expect(status).toBe(503)
    expect(headers.get('X-Venice-RPC-Credits')).toBe('0')
    expect(venice.accountOf(wallet.address).usd).toBe(1)
  })

  it.each([
    ['Unsupported RPC method: eth_newFilter', [chainId, { ...chainId, method: 'eth_newFilter' }]],
    ['Invalid request parameters', { id: 1 }],
    ['Invalid request parameters', []],
    ['Invalid request parameters', Array(101).fill(chainId)],
  ])('rejects a whole request with %j', async (error, body) => {
    const { chain, send } = await openFunded()
    const before = chain.state.requests
    expect(await send(body)).toMatchObject({ status: 400, body: { error } })
    expect(chain.state.requests).toBe(before)
  })

  it('knows no other network', async () => {
    const { call, headers } = await openFunded()
    const answer = await call('POST /crypto/rpc/solana-mainnet', { headers, body: chainId })
    expect(answer).toMatchObject({ status: 400, body: { error: 'Unsupported RPC network' } })
  })

  it('serves no key without funds, and requires a credential', async () => {
    const { call, mintedKey, stakedWallet } = await openVenice()
    const { headers } = await mintedKey(stakedWallet())
    const poor = await call(RPC, { headers, body: chainId })
    expect(poor).toMatchObject({
      status: 402,
      body: { error: expect.stringMatching(/^Insufficient USD or Diem balance/) },
    })
    expect(await call(RPC, { body: chainId })).toMatchObject({ status: 402, body: { x402Version: 2 } })
  })

  it('replays the reply for an idempotency key, and sends and charges nothing again', async () => {
    const { venice, chain, wallet, send, time } = await openFunded()
    const key = { 'Idempotency-Key': 'send-1' }
    const first = await send(chainId, key)
    const { requests } = chain.state
    const again = await send(chainId, key)
    expect(again.body).toEqual(first.body)
    expect(again.headers.get('Idempotent-Replayed')).toBe('true')
    expect(again.headers.get('X-Request-ID')).toBe(first.headers.get('X-Request-ID'))
    expect(chain.state.requests).toBe(requests)
    expect(venice.accountOf(wallet.address).usd).toBe(0.999986)
    expect((await send({ ...chainId, id: 2 }, key)).status).toBe(400)
    time.now = NOON + 24 * 60 * 60_000
    expect((await send(chainId, key)).headers.has('Idempotent-Replayed')).toBe(false)
  })

  it('ignores an idempotency key of another format', async () => {
    const { send } = await openFunded()
    const key = { 'Idempotency-Key': 'send 1' }
    await send(chainId, key)
    expect((await send(chainId, key)).headers.has('Idempotent-Replayed')).toBe(false)
  })

  it('serves one request per user at a time', async () => {
    const { chain, send } = await openFunded()
    const open = chain.hold()
    const answers = [send(chainId), send(chainId)]
    const refused = await Promise.race(answers)
    expect(refused).toMatchObject({ status: 429, body: { error: 'Another request for this user is in flight' } })
    open()
    expect((await Promise.all(answers)).map(({ status }) => status).sort()).toEqual([200, 429])
  })

  it('allows 100 requests a minute and reports the wait in seconds above that', async () => {
    const { send, call, mintedKey, wallet } = await openFunded()
    for (let sent = 0; sent < 100; sent += 1) await send(chainId)
    const { status, headers } = await send(chainId)
    expect(status).toBe(429)
    expect(headers.get('X-RateLimit-Limit')).toBe('100')
    expect(headers.get('X-RateLimit-Remaining')).toBe('0')
    expect(headers.get('X-RateLimit-Reset')).toBe(String(NOON / 1000 + 60))
    const admin = await mintedKey(wallet, { apiKeyType: 'ADMIN' })
    const log = await call('GET /api_keys/rate_limits/log', { headers: admin.headers })
    expect(log.body.data).toMatchObject([{ modelId: 'endpoint:api/v1/crypto/rpc', rateLimitType: 'RPM' }])
  })
})
