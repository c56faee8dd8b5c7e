import { once } from 'node:events'
import { type Hex, keccak256, numberToHex, parseEther } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import { ENDPOINT_NAMES, ENDPOINTS, type EndpointName } from '../../src/sandbox/endpoints/index.ts'
import { combine, type EndpointProfile } from '../../src/sandbox/endpoints/profile.ts'
import { type SandboxChain, startChain } from '../../src/sandbox/local-chain.ts'

let nowMs = 1_900_000_000_000
let chain: SandboxChain
beforeAll(async () => {
  chain = await startChain({ now: () => nowMs })
  await chain.setBlockTime(undefined)
})
afterAll(() => chain.close())

const item = (method: string, params: unknown[] = [], id = 1) => ({ jsonrpc: '2.0', id, method, params })

async function post(url: string, body: unknown) {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
  return { status: response.status, body: JSON.parse(await response.text()) }
}

async function open(profile: EndpointName | EndpointProfile) {
  const endpoint = await chain.openEndpoint(profile)
  const ask = async (method: string, ...params: unknown[]) => (await post(endpoint.url, item(method, params))).body
  const batch = (count: number) =>
    post(
      endpoint.url,
      Array.from({ length: count }, (_, i) => item('eth_chainId', [], i + 1)),
    )
  return { ...endpoint, ask, batch }
}

/** Sends a transaction; `later` mines it, and lets `ms` pass. */
async function send(url = chain.rpcUrl) {
  const { privateKey } = await chain.createWallet({ eth: parseEther('1') })
  await chain.settle()
  const account = privateKeyToAccount(privateKey)
  const fees = { maxFeePerGas: 10n ** 9n, maxPriorityFeePerGas: 10n ** 6n }
  const fields = { chainId: chain.chainId, nonce: 0, to: account.address, gas: 21_000n, ...fees }
  const raw = await account.signTransaction({ type: 'eip1559', ...fields })
  await post(url, item('eth_sendRawTransaction', [raw]))
  return { address: account.address, hash: keccak256(raw) }
}

const symbolCall = { to: ADDRESSES.vvv, data: '0x95d89b41' as Hex }

describe('every profile', () => {
  it.each(ENDPOINT_NAMES)('%s starts and stops', async (name) => {
    const { url, close } = await chain.openEndpoint(name)
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+/)
    await close()
  })
})

describe('batches', () => {
  it.each<[EndpointName, number, { status: number; code: number; isList: boolean }]>([
    ['drpc', 3, { status: 500, code: 31, isList: true }],
    ['public', 10, { status: 200, code: -32014, isList: false }],
    ['batch-5', 5, { status: 200, code: -32600, isList: false }],
    ['batch-5-413', 5, { status: 413, code: -32600, isList: false }],
    ['batch-2', 2, { status: 400, code: -32600, isList: false }],
    ['no-batch', 0, { status: 403, code: -32403, isList: false }],
  ])('of %s hold up to %i calls', async (name, max, refused) => {
    const { ask, batch } = await open(name)
    if (max > 0) expect(await batch(max)).toMatchObject({ status: 200, body: { length: max } })
    const { status, body } = await batch(max + 1)
    const isList = Array.isArray(body)
    expect({ status, code: (isList ? body[0] : body).error.code, isList }).toEqual(refused)
    if (isList) expect(body.map(({ id }: { id: number }) => id)).toEqual([1, 2, 3, 4])
    expect(await ask('eth_chainId')).toMatchObject({ result: '0x2105' })
  })
})

describe('a rate limit', () => {
  it('counts the items of a batch, and fails those above the limit', async () => {
    const { batch, ask } = await open('public-busy')
    const { status, body } = await batch(8)
    expect(status).toBe(200)
    expect(body.filter((answer: object) => 'error' in answer)).toHaveLength(3)
    expect(body[7]).toMatchObject({ error: { code: -32016, message: 'over rate limit' } })
    expect(await ask('eth_chainId')).toMatchObject({ error: { code: -32016 } })
  })

  it.each<['alchemy' | 'quicknode', number]>([
    ['alchemy', 429],
    ['quicknode', -32007],
  ])('of %s answers requests above it with HTTP 429', async (name, code) => {
    const { refusal } = ENDPOINTS[name].rate
    const { url, batch } = await open({ ...ENDPOINTS[name], rate: { capacity: 1, perSecond: 0, refusal } })
    await batch(1)
    expect(await post(url, item('eth_chainId'))).toMatchObject({ status: 429, body: { error: { code } } })
  })
})

describe('state overrides', () => {
  it.each<[EndpointName, number, number]>([
    ['no-override', 200, -32602],
    ['no-override-expected', 200, -32602],
    ['no-override-internal', 200, -32603],
    ['no-override-400', 400, -32602],
    ['no-override-500', 500, -32603],
  ])('are refused by %s', async (name, status, code) => {
    const { url, ask } = await open(name)
    for (const method of ['eth_call', 'eth_estimateGas']) {
      const overridden = item(method, [symbolCall, 'latest', {}], 2)
      expect(await post(url, overridden)).toMatchObject({ status, body: { id: 2, error: { code } } })
      const { body } = await post(url, [item('eth_chainId'), overridden])
      expect(body).toMatchObject(status === 200 ? [{ result: '0x2105' }, { error: { code } }] : { error: { code } })
    }
    expect(await ask('eth_call', symbolCall, 'latest')).toHaveProperty('result')
  })
})

describe('the pending block', () => {
  const methods = ['eth_getTransactionCount', 'eth_getBlockByNumber'] as const
  const paramsOf = { eth_getTransactionCount: [ADDRESSES.vvv, 'pending'], eth_getBlockByNumber: ['pending', false] }

  it.each<[EndpointName, object]>([
    ['pending-invalid', { error: { code: -32602 } }],
    ['pending-internal', { error: { code: -32603 } }],
    ['pending-unavailable', { error: { code: -32000 } }],
    ['pending-null', { result: null }],
  ])('of %s is answered so', async (name, answer) => {
    const { ask } = await open(name)
    for (const method of methods) expect(await ask(method, ...paramsOf[method])).toMatchObject(answer)
    expect(await ask('eth_getTransactionCount', ADDRESSES.vvv, 'latest')).toMatchObject({ result: '0x0' })
  })

  it('is one block behind', async () => {
    const { address } = await send()
    const { ask } = await open('pending-behind')
    await chain.mine()
    expect(await ask('eth_getTransactionCount', address, 'latest')).toMatchObject({ result: '0x1' })
    expect(await ask('eth_getTransactionCount', address, 'pending')).toMatchObject({ result: '0x0' })
  })
})

describe('methods', () => {
  it.each<[EndpointName, string, object]>([
    ['no-priority-fee', 'eth_maxPriorityFeePerGas', { error: { code: -32601 } }],
    ['no-priority-fee-server', 'eth_maxPriorityFeePerGas', { error: { code: -32000 } }],
    ['priority-fee-null', 'eth_maxPriorityFeePerGas', { result: null }],
    ['no-fee-history', 'eth_feeHistory', { error: { code: -32601 } }],
    ['dear-tip', 'eth_maxPriorityFeePerGas', { result: '0x1d905c0' }],
    ['no-sync', 'eth_sendRawTransactionSync', { error: { code: -32601 } }],
  ])('%s: %s', async (name, method, answer) => {
    expect(await (await open(name)).ask(method)).toMatchObject(answer)
  })

  it('ankr answers nothing without a key', async () => {
    const { ask } = await open('ankr')
    expect(await ask('eth_chainId')).toMatchObject({ error: { code: -32000, message: /^Unauthorized/ } })
  })
})

describe('replicas', () => {
  const head = (ask: (method: string) => Promise<{ result: Hex }>) =>
    ask('eth_blockNumber').then(({ result }) => result)

  it('state-later has the head at once, and its state 300 ms later', async () => {
    const { ask } = await open('state-later')
    await chain.settle()
    await chain.mine()
    const number = await head(ask)
    expect(await ask('eth_getBlockByNumber', 'latest', false)).toMatchObject({ result: { number } })
    expect(await ask('eth_call', symbolCall, number)).toMatchObject({
      error: { code: -32000, message: 'header not found' },
    })
    const { hash: blockHash } = (await ask('eth_getBlockByNumber', number, false)).result
    expect(await ask('eth_call', symbolCall, { blockHash })).toMatchObject({ error: { code: -32000 } })
    expect(await ask('eth_call', symbolCall, numberToHex(Number(number) - 1))).toHaveProperty('result')
    nowMs += 300
    expect(await ask('eth_call', symbolCall, number)).toHaveProperty('result')
    expect(await ask('eth_call', symbolCall, { blockHash })).toHaveProperty('result')
  })

  it.each<[EndpointName, number]>([
    ['lagging', 3_000],
    ['lagging-5s', 5_000],
    ['lagging-10s', 10_000],
  ])('%s has heads and receipts at once, and state %i ms later', async (name, ms) => {
    const { address, hash } = await send()
    const { ask } = await open(name)
    await chain.mine()
    const nonce = () => ask('eth_getTransactionCount', address, 'latest').then(({ result }) => result)
    expect(await ask('eth_getTransactionReceipt', hash)).toMatchObject({ result: { transactionHash: hash } })
    nowMs += ms - 1
    expect(await nonce()).toBe('0x0')
    nowMs += 1
    expect(await nonce()).toBe('0x1')
  })

  it('balanced answers alternately from the front and from behind', async () => {
    const { address } = await send()
    const { ask } = await open('balanced')
    await chain.mine()
    const nonces = [1, 2].map(() => ask('eth_getTransactionCount', address, 'latest'))
    expect((await Promise.all(nonces)).map(({ result }) => result).sort()).toEqual(['0x0', '0x1'])
  })

  it('stale is two hours behind and says so', async () => {
    const { address } = await send()
    const { ask } = await open('stale')
    const front = await chain.public.getBlock()
    const { result } = await ask('eth_getBlockByNumber', 'latest', false)
    expect(Number(front.timestamp) - Number(result.timestamp)).toBeGreaterThanOrEqual(7_200)
    expect(await ask('eth_getBalance', address, 'latest')).toMatchObject({ result: '0x0' })
    expect(await ask('eth_getBlockByNumber', numberToHex(front.number), false)).toMatchObject({ result: null })
    expect(await ask('eth_call', { to: ADDRESSES.staking, data: '0x35269315' }, 'latest')).toMatchObject({
      result: numberToHex(7 * 86_400, { size: 32 }),
    })
  })

  it('know a wallet’s holdings after settle, however far they are behind', async () => {
    const { address } = await chain.createWallet({ eth: 7n })
    await chain.settle()
    const { ask } = await open('lagging-10s')
    expect(await ask('eth_getBalance', address, 'latest')).toMatchObject({ result: '0x7' })
  })
})

describe('failing endpoints', () => {
  it('hanging never answers', async () => {
    const { url, requests } = await open('hanging')
    const caller = new AbortController()
    const body = JSON.stringify(item('eth_chainId'))
    const answered = fetch(url, { method: 'POST', body, signal: caller.signal })
    await vi.waitFor(() => expect(requests.http).toBe(1), { timeout: 30_000 })
    caller.abort()
    await expect(answered).rejects.toThrow()
  })

  it('latency applies to each HTTP request', async () => {
    expect(ENDPOINTS.slow.latencyMs).toBe(8_000)
    const { ask } = await open({ latencyMs: 40 })
    const began = performance.now()
    await ask('eth_chainId')
    expect(performance.now() - began).toBeGreaterThanOrEqual(39)
  })

  it('flooding repeats a head over WebSocket', async () => {
    const { wsUrl } = await open('flooding')
    const socket = new WebSocket(wsUrl)
    onTestFinished(() => socket.close())
    const heads: string[] = []
    socket.on('message', (data) => {
      const { params } = JSON.parse(String(data))
      if (params) heads.push(params.result.hash)
    })
    await once(socket, 'open')
    socket.send(JSON.stringify(item('eth_subscribe', ['newHeads'])))
    await once(socket, 'message')
    await chain.mine()
    await expect.poll(() => heads.length).toBeGreaterThan(5)
    expect(new Set(heads).size).toBe(1)
  })

  it('echoing names the URL with its key in each error', async () => {
    const { url, ask } = await open('echoing')
    expect(url).toContain('sandbox-secret-key')
    expect(await ask('eth_chainId')).toMatchObject({ result: '0x2105' })
    expect((await ask('eth_call', { to: ADDRESSES.staking, data: '0x0ea94341' }, 'latest')).error.message).toContain(
      url,
    )
    const refused = await open('unauthorized')
    const { status, body } = await post(refused.url, item('eth_chainId'))
    expect(status).toBe(401)
    expect(body.error.message).toContain(refused.url)
  })
})

it('profiles can be combined, and the later part counts', async () => {
  const profile = combine(ENDPOINTS.drpc, ENDPOINTS['no-override'], ENDPOINTS['no-fee-history'], ENDPOINTS['batch-2'])
  const { ask, batch } = await open(profile)
  expect(await ask('eth_feeHistory')).toMatchObject({ error: { code: -32601 } })
  expect(await ask('eth_sendRawTransactionSync')).toMatchObject({ error: { code: -32601 } })
  expect(await ask('eth_call', symbolCall, 'latest', {})).toMatchObject({ error: { code: -32602 } })
  expect(await batch(3)).toMatchObject({ status: 400 })
})
