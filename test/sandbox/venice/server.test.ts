import { describe, expect, it } from 'vitest'
import { NOON, openVenice } from './harness.ts'

const GET_CHALLENGE = 'GET /api_keys/generate_web3_key'
const POST_KEY = 'POST /api_keys/generate_web3_key'

describe('scripted faults', () => {
  it('reply: answers in place of the server, with any body and headers', async () => {
    const { venice, call } = await openVenice()
    venice.faults.add(
      {
        on: GET_CHALLENGE,
        effect: { kind: 'reply', status: 503, headers: { 'Content-Type': 'text/html' }, body: '<h1>Bad gateway</h1>' },
      },
      {
        on: GET_CHALLENGE,
        effect: { kind: 'reply', status: 429, headers: { 'Retry-After': '7' }, body: { error: 'x' } },
      },
    )
    const html = await call(GET_CHALLENGE)
    expect(html).toMatchObject({ status: 503, body: '<h1>Bad gateway</h1>' })
    expect(html.headers.get('content-type')).toBe('text/html')
    const limited = await call(GET_CHALLENGE)
    expect(limited).toMatchObject({ status: 429, body: { error: 'x' } })
    expect(limited.headers.get('retry-after')).toBe('7')
    expect((await call(GET_CHALLENGE)).status).toBe(200)
  })

  it('reply: makes no key', async () => {
    const { venice, mint, mintBody, stakedWallet } = await openVenice()
    venice.faults.add({ on: POST_KEY, effect: { kind: 'reply', status: 500, body: {} } })
    expect((await mint(await mintBody(stakedWallet()))).status).toBe(500)
    expect(venice.keys()).toHaveLength(0)
  })

  it('dropBefore: resets the connection and makes no key', async () => {
    const { venice, mint, mintBody, stakedWallet } = await openVenice()
    venice.faults.add({ on: POST_KEY, effect: { kind: 'dropBefore' } })
    await expect(mint(await mintBody(stakedWallet()))).rejects.toThrow()
    expect(venice.keys()).toHaveLength(0)
  })

  it('dropAfter: makes the key and resets the connection', async () => {
    const { venice, mint, mintBody, stakedWallet } = await openVenice()
    venice.faults.add({ on: POST_KEY, effect: { kind: 'dropAfter' } })
    await expect(mint(await mintBody(stakedWallet()))).rejects.toThrow()
    expect(venice.keys()).toHaveLength(1)
  })

  it('truncate: sends only the status and the first bytes', async () => {
    const { venice, mintBody, stakedWallet } = await openVenice()
    venice.faults.add({ on: POST_KEY, effect: { kind: 'truncate', bytes: 10 } })
    const response = await fetch(`${venice.apiUrl}/api_keys/generate_web3_key`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(await mintBody(stakedWallet())),
    })
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow()
    expect(venice.keys()).toHaveLength(1)
  })

  it('delay: handles the request later', async () => {
    const { venice, call } = await openVenice()
    venice.faults.add({ on: GET_CHALLENGE, effect: { kind: 'delay', ms: 20 } })
    const startedAt = performance.now()
    expect((await call(GET_CHALLENGE)).status).toBe(200)
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(19)
  })

  it('match a route with parameters by its documented name', async () => {
    const { venice, call } = await openVenice()
    venice.faults.add({ on: 'GET /api_keys/{id}', effect: { kind: 'reply', status: 502, body: '' } })
    expect((await call('GET /api_keys/rate_limits')).status).toBe(402)
    expect((await call('GET /api_keys/some-key')).status).toBe(502)
  })

  it('for JSON-RPC are rejected here', async () => {
    const { venice, call } = await openVenice()
    venice.faults.add({ on: GET_CHALLENGE, effect: { kind: 'forget' } })
    const body = { error: 'A fault of kind forget fits JSON-RPC only' }
    expect(await call(GET_CHALLENGE)).toMatchObject({ status: 500, body })
  })
})

describe('the control routes', () => {
  const control = (apiUrl: string, path: string, init: RequestInit) =>
    fetch(new URL(path, apiUrl), { headers: { 'content-type': 'application/json' }, ...init })

  it('add faults, one or several, and clear them', async () => {
    const { venice, call } = await openVenice()
    const fault = { on: GET_CHALLENGE, times: 2, effect: { kind: 'reply', status: 500, body: 'down' } }
    const post = (body: unknown) =>
      control(venice.apiUrl, '/sandbox/faults', { method: 'POST', body: JSON.stringify(body) })
    expect(await (await post(fault)).json()).toEqual({ added: 1 })
    expect(await (await post([fault, fault])).json()).toEqual({ added: 2 })
    expect((await call(GET_CHALLENGE)).status).toBe(500)
    await control(venice.apiUrl, '/sandbox/faults', { method: 'DELETE' })
    expect((await call(GET_CHALLENGE)).status).toBe(200)
  })

  it.each([{ on: 'x', effect: { kind: 'explode' } }, { effect: { kind: 'forget' } }, []])(
    'reject an invalid fault: %j',
    async (body) => {
      const { venice } = await openVenice()
      const init = { method: 'POST', body: JSON.stringify(Array.isArray(body) ? [{}] : body) }
      expect((await control(venice.apiUrl, '/sandbox/faults', init)).status).toBe(400)
    },
  )

  it('credit an account', async () => {
    const { venice, stakedWallet } = await openVenice()
    const { address } = stakedWallet()
    const init = { method: 'POST', body: JSON.stringify({ address, usd: 5, diem: 1 }) }
    const response = await control(venice.apiUrl, '/sandbox/credit', init)
    expect(await response.json()).toMatchObject({ usd: 5, diem: 1, opened: true })
    expect(venice.accountOf(address).usd).toBe(5)
  })
})

describe('the server', () => {
  it('counts requests by route', async () => {
    const { venice, call } = await openVenice()
    await call(GET_CHALLENGE)
    await call(`${GET_CHALLENGE}?address=0x&unknown=1`)
    await call('GET /api_keys/some-key')
    expect(venice.requests.count(GET_CHALLENGE)).toBe(2)
    expect(venice.requests.byRoute()).toEqual({ [GET_CHALLENGE]: 2, 'GET /api_keys/{id}': 1 })
    venice.requests.reset()
    expect(venice.requests.count(GET_CHALLENGE)).toBe(0)
  })

  it('reports its own time', async () => {
    const { call } = await openVenice()
    expect((await call('GET /models')).headers.get('date')).toBe(new Date(NOON).toUTCString())
  })

  it('has no other routes, and never redirects', async () => {
    const { venice, call } = await openVenice()
    expect((await call('GET /api_keys/')).status).toBe(404)
    expect((await call('PUT /models')).status).toBe(404)
    expect((await fetch(new URL('/', venice.apiUrl), { redirect: 'error' })).status).toBe(404)
  })

  it('rejects other content types, broken JSON and bodies over 35 MB', async () => {
    const { mint, call } = await openVenice()
    const typed = await call(POST_KEY, { headers: { 'content-type': 'text/plain' }, body: '{}' })
    expect(typed).toMatchObject({ status: 400, body: { error: "'Content-Type' must be 'application/json'" } })
    expect(await mint('{')).toMatchObject({ status: 400, body: { error: 'Invalid JSON request' } })
    expect(await mint(`"${'x'.repeat(35 * 1024 * 1024)}"`)).toMatchObject({
      status: 413,
      body: { code: 'PAYLOAD_TOO_LARGE' },
    })
  })

  it('blocks a key after more than 50 client errors in 30 seconds', async () => {
    const { call, mintedKey, stakedWallet, time } = await openVenice()
    const { headers } = await mintedKey(stakedWallet())
    const other = await mintedKey(stakedWallet())
    const fail = () => call('GET /api_keys', { headers })
    for (let sent = 0; sent < 51; sent += 1) expect((await fail()).status).toBe(401)
    const shut = await call('GET /api_keys/rate_limits', { headers })
    expect(shut.status).toBe(429)
    expect(shut.body.error).toMatch(/^Too many failed attempts \(> 50\)/)
    expect(shut.headers.get('x-ratelimit-remaining')).toBe('0')
    expect(shut.headers.get('x-ratelimit-resets')).toBe(String(NOON + 30_000))
    expect((await call('GET /api_keys/rate_limits', { headers: other.headers })).status).toBe(200)
    time.now += 30_000
    expect((await call('GET /api_keys/rate_limits', { headers })).status).toBe(200)
  })

  it('does not count requests without a credential, nor unreadable ones', async () => {
    const { call, mintedKey, stakedWallet } = await openVenice()
    const { headers } = await mintedKey(stakedWallet(), { apiKeyType: 'ADMIN' })
    for (let sent = 0; sent < 15; sent += 1) {
      await call('POST /api_keys', { headers, body: '{' })
      await call('GET /api_keys')
    }
    const { headers: after } = await call('GET /api_keys', { headers })
    expect(after.get('x-ratelimit-remaining')).toBe('50')
  })
})
