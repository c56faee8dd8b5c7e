import { describe, expect, it } from 'vitest'
import { broadcast } from '../../../src/adapters/chain/broadcast.ts'
import { type ClientOptions, createClients } from '../../../src/adapters/chain/clients.ts'
import { openEndpointNotes } from '../../../src/adapters/chain/endpoint-notes.ts'
import { readError } from '../../../src/adapters/chain/rpc-errors.ts'
import { systemClock } from '../../../src/adapters/clock.ts'
import { attempt } from '../../support/samples.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { rejection, textsOf } from '../venice/scripted-server.ts'
import { type Answer, type Asked, type Reply, refusal, result, rpcServer } from './rpc-server.ts'

const open = (rpcUrls: readonly string[], more: Partial<ClientOptions> = {}) =>
  createClients({ rpcUrls, timeoutMs: 2_000, clock: systemClock, hedgeMs: 40, ...more })

type Client = ReturnType<typeof open>['reader']['client']

/** Balances of `count` wallets, asked in one tick. */
const balances = (client: Client, count = 10): Promise<bigint[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => client.getBalance({ address: addressOf(index + 1) })))
const addressOf = (index: number) => `0x${index.toString(16).padStart(40, '0')}` as const
/** The balance of a wallet is the number in its address, which exposes a misplaced answer. */
const ownBalance = ({ params }: Asked) => result(`0x${BigInt(String(params[0])).toString(16)}`)
const TEN = Array.from({ length: 10 }, (_, index) => BigInt(index + 1))

const error = (code: number, message: string, id: unknown = null) => ({ jsonrpc: '2.0', id, error: { code, message } })
const LARGER = 'Batch of more than 3 requests are not allowed on free tier, to use this feature register paid account'

/** Refuses batches of more than `most` as some providers do. */
const refusing =
  (most: number, reply: (calls: readonly Asked[]) => Reply) =>
  (calls: readonly Asked[], isBatch: boolean): Reply | null =>
    isBatch && calls.length > most ? reply(calls) : null

const PROFILES: [string, number, (calls: readonly Asked[]) => Reply][] = [
  ['3 in HTTP 500, as drpc does,', 3, () => ({ status: 500, body: error(31, LARGER) })],
  ['3 in HTTP 500 without a body', 3, () => ({ status: 500, body: 'Internal Server Error' })],
  ['5 in HTTP 200 with -32600', 5, () => ({ body: error(-32600, 'Invalid Request') })],
  ['5 in HTTP 200 with -32600 in a list', 5, () => ({ body: [error(-32600, 'batch size exceeded')] })],
  ['5 in HTTP 413', 5, () => ({ status: 413, body: 'Payload Too Large' })],
  ['2 in HTTP 400', 2, () => ({ status: 400, body: error(-32600, 'Invalid Request') })],
  ['1 in HTTP 403', 1, () => ({ status: 403, body: 'Forbidden' })],
  ['1 in HTTP 403, even a list of one,', 0, () => ({ status: 403, body: 'Forbidden' })],
  ['4 with an error for each', 4, (calls) => ({ body: calls.map(({ id }) => error(-32600, 'Invalid Request', id)) })],
  ['4 in HTTP 429 that names the batch', 4, () => ({ status: 429, body: error(-32005, 'batch limit is 4') })],
  ['7 with one error for all of -32603', 7, () => ({ body: error(-32603, 'Internal error') })],
]

describe('an endpoint that refuses batches of more than', () => {
  it.each(PROFILES)('%s answers every call, and gets no such batch again', async (_, most, reply) => {
    const server = await rpcServer(ownBalance, refusing(most, reply))
    const { reader, capabilities } = open([server.url])
    expect(await balances(reader.client)).toEqual(TEN)
    const learned = Object.values(capabilities())[0]?.batchSize ?? 0
    expect(learned).toBeLessThanOrEqual(Math.max(most, 1))
    expect(learned).toBeGreaterThanOrEqual(Math.max(1, Math.floor(most / 2)))
    server.asked.length = 0
    expect(await balances(reader.client)).toEqual(TEN)
    expect(Math.max(...server.sizes())).toBeLessThanOrEqual(learned)
    expect(server.asked).toHaveLength(Math.ceil(10 / learned))
  })

  it.each(PROFILES)('%s gets no such batch from a process that knows it', async (_, most, reply) => {
    const server = await rpcServer(ownBalance, refusing(most, reply))
    const stateDir = temporaryDirectory()
    const notes = () => openEndpointNotes({ stateDir, clock: systemClock })
    await balances(open([server.url], { notes: notes() }).reader.client)
    server.asked.length = 0
    expect(await balances(open([server.url], { notes: notes() }).reader.client)).toEqual(TEN)
    expect(Math.max(...server.sizes())).toBeLessThanOrEqual(Math.max(most, 1))
  })

  it('three but processes the first three answers those, and gets the others again', async () => {
    const server = await rpcServer(ownBalance, (calls, isBatch) =>
      isBatch && calls.length > 3
        ? {
            body: calls.map((call, index) =>
              index < 3
                ? { jsonrpc: '2.0', id: call.id, ...ownBalance(call) }
                : error(-32005, 'Batch too large', call.id),
            ),
          }
        : null,
    )
    const { reader, capabilities } = open([server.url])
    expect(await balances(reader.client)).toEqual(TEN)
    expect(capabilities()).toEqual({ [server.url]: { batchSize: 3 } })
    expect(server.sizes()).toEqual([10, 3, 3, 1])
  })

  it('one at a time is not flooded', async () => {
    let open_ = 0
    let most = 0
    const server = await rpcServer(ownBalance, (calls, isBatch) => {
      if (isBatch) return { status: 403, body: 'Forbidden' }
      open_ += 1
      most = Math.max(most, open_)
      const [call] = calls as [Asked]
      const after = new Promise((resolve) => setImmediate(resolve)).then(() => {
        open_ -= 1
      })
      return { body: { jsonrpc: '2.0', id: call.id, ...ownBalance(call) }, after }
    })
    await balances(open([server.url]).reader.client, 30)
    expect(most).toBeLessThanOrEqual(4)
  })
})

describe('an error unrelated to the batch size', () => {
  const read = async (url: string, count = 10) => readError(await rejection(balances(open([url]).reader.client, count)))

  it('is a denied access that single calls get too', async () => {
    const server = await rpcServer(ownBalance, () => ({ status: 403, body: 'Forbidden' }))
    expect(await read(server.url)).toMatchObject({ code: 'chain/rpc-access-denied' })
    expect(server.asked.length).toBeLessThanOrEqual(5)
  })

  it('is an endpoint that is down', async () => {
    const server = await rpcServer(ownBalance, () => ({ status: 500, body: 'no' }))
    expect(await read(server.url)).toMatchObject({ recovery: 'retry' })
    expect(server.asked.length).toBeLessThanOrEqual(6)
  })

  it('is an endpoint that stays down: it gets one call each time, and batches again once it answers', async () => {
    let isDown = true
    const server = await rpcServer(ownBalance, (calls, isBatch) =>
      isDown || (isBatch && calls.length > 3) ? { status: 500, body: 'no' } : null,
    )
    const { reader, capabilities } = open([server.url])
    await rejection(balances(reader.client))
    server.asked.length = 0
    for (let time = 0; time < 3; time += 1) await rejection(balances(reader.client))
    expect(server.sizes()).toEqual([1, 1, 1])
    expect(new Set(server.asked.map(({ calls }) => calls[0]?.params[0])).size).toBe(3)
    isDown = false
    expect(await balances(reader.client)).toEqual(TEN)
    expect(capabilities()[server.url]?.batchSize).toBeLessThanOrEqual(3)
    server.asked.length = 0
    expect(await balances(reader.client)).toEqual(TEN)
    expect(server.asked.length).toBeLessThanOrEqual(5)
  })

  it.each([
    ['HTTP 500', { status: 500, body: 'no' }],
    ['HTTP 404', { status: 404, body: 'no' }],
    ['-32603 for all', { body: error(-32603, 'Internal error') }],
  ])('teaches nothing about single calls: %s for a while', async (_, reply) => {
    const server = await rpcServer(ownBalance, () => reply)
    const { reader, capabilities } = open([server.url])
    const { client } = reader
    const account = addressOf(1)
    const asked = [
      ...TEN.map((_balance, index) => client.getBalance({ address: addressOf(index + 1) })),
      client.getTransactionCount({ address: account, blockTag: 'pending' }),
      client.request({ method: 'eth_maxPriorityFeePerGas' }),
      client.estimateGas({ account, to: account, stateOverride: [{ address: account, stateDiff: [] }] }),
    ]
    await Promise.allSettled(asked)
    expect(capabilities()).toEqual({ [server.url]: {} })
  })

  it.each([401, 402, 404, 429, 502, 503, 504])('is HTTP %i', async (status) => {
    const server = await rpcServer(ownBalance, () => ({ status, body: 'no' }))
    await read(server.url)
    expect(server.asked).toHaveLength(1)
  })

  it.each([-32016, -32005, -32007, 429])('is a rate limit of code %i', async (code) => {
    const server = await rpcServer(ownBalance, () => ({ body: error(code, 'over rate limit') }))
    expect(await read(server.url)).toMatchObject({ code: 'chain/rpc-rate-limited' })
    expect(server.asked).toHaveLength(1)
  })

  it.each([
    ['in HTTP 500', 500],
    ['in HTTP 400', 400],
  ])('is one call that fails its batch %s', async (_, status) => {
    const isBad = ({ params }: Asked) => BigInt(String(params[0])) === 4n
    const server = await rpcServer(ownBalance, (calls) => (calls.some(isBad) ? { status, body: 'no' } : null))
    const { reader, capabilities } = open([server.url])
    const asked = TEN.map((_, index) => reader.client.getBalance({ address: addressOf(index + 1) }).catch(() => null))
    expect(await Promise.all(asked)).toEqual(TEN.map((balance) => (balance === 4n ? null : balance)))
    expect(capabilities()).toEqual({ [server.url]: {} })
  })
})

it('an answer with another id is not matched to the call', async () => {
  const server = await rpcServer(ownBalance, ([call]) => ({
    body: { jsonrpc: '2.0', id: `${call?.id}0`, result: '0x9' },
  }))
  const failed = await rejection(open([server.url]).reader.client.getBalance({ address: addressOf(1) }))
  expect(readError(failed)).toMatchObject({ code: 'chain/rpc-answer-unreadable' })
})

describe('a state override', () => {
  const OVERRIDE = [{ address: addressOf(9), stateDiff: [] }]
  const estimate = (client: Client) =>
    client.estimateGas({ account: addressOf(1), to: addressOf(2), data: '0x', stateOverride: OVERRIDE })
  const overrides = ({ params }: Asked) => typeof params[2] === 'object'

  it.each<[string, () => Reply]>([
    ['-32602', () => ({ body: error(-32602, 'too many arguments, want at most 2') })],
    ['-32603', () => ({ body: error(-32603, 'Internal error') })],
    ['-32000', () => ({ body: error(-32000, 'state override is not supported') })],
    ['HTTP 400 for the whole batch', () => ({ status: 400, body: 'Bad Request' })],
    ['HTTP 500 for the whole batch', () => ({ status: 500, body: 'Internal Server Error' })],
  ])('refused with %s is not tried again, and does not reduce the batch size', async (_, reply) => {
    const server = await rpcServer(
      ({ method, ...call }) => (method === 'eth_estimateGas' ? result('0x5208') : ownBalance({ method, ...call })),
      (calls) => (calls.some(overrides) ? reply() : null),
    )
    const { reader, capabilities } = open([server.url])
    const [failed, ...others] = await Promise.all([rejection(estimate(reader.client)), balances(reader.client)])
    expect(readError(failed)).toMatchObject({ code: 'chain/rpc-refused' })
    expect(others).toEqual([TEN])
    expect(capabilities()).toEqual({ [server.url]: { stateOverride: false } })
    server.asked.length = 0
    await rejection(estimate(reader.client))
    expect(server.asked).toEqual([])
  })

  it('under which the call reverts counts as supported', async () => {
    const server = await rpcServer(() => refusal(3, 'execution reverted'))
    const { reader, capabilities } = open([server.url])
    await rejection(estimate(reader.client))
    expect(capabilities()[server.url]?.stateOverride).toBeUndefined()
  })

  it.each([
    ['rate limit', refusal(-32016, 'over rate limit')],
    ['node that is behind', refusal(-32000, 'header not found')],
  ])('is not given up because of a %s', async (_, answer) => {
    const server = await rpcServer(() => answer)
    const { reader, capabilities } = open([server.url])
    await rejection(estimate(reader.client))
    expect(capabilities()).toEqual({ [server.url]: {} })
  })
})

describe('with two endpoints', () => {
  const never = new Promise(() => {})
  const raw = '0x02' as const
  const signed = attempt('stake', 0, { raw })

  it('a first one that hangs is not waited for, and no longer asked first', async () => {
    const hanging = await rpcServer(ownBalance, () => ({ body: '', after: never }))
    const good = await rpcServer(ownBalance)
    const { reader } = open([hanging.url, good.url])
    expect(await balances(reader.client)).toEqual(TEN)
    expect(await balances(reader.client)).toEqual(TEN)
    expect([hanging.asked.length, good.asked.length]).toEqual([1, 2])
  })

  it('a transaction goes to both when the first one hangs', async () => {
    const hanging = await rpcServer(ownBalance, () => ({ body: '', after: never }))
    const good = await rpcServer(() => result(`0x${'1'.repeat(64)}`))
    // As long as a busy machine may take to send the first request.
    const { pool } = open([hanging.url, good.url], { hedgeMs: 500 })
    await broadcast(pool, signed)
    await broadcast(pool, signed)
    expect([hanging.methods(), good.methods()]).toEqual([
      ['eth_sendRawTransaction'],
      ['eth_sendRawTransaction', 'eth_sendRawTransaction'],
    ])
  })

  describe('a transaction whose receipt is waited for', () => {
    const SYNC = 'eth_sendRawTransactionSync'
    const PLAIN = 'eth_sendRawTransaction'
    const receipt = { transactionHash: signed.hash, blockNumber: '0x10', status: '0x1' }
    const sending = async (...answers: readonly Answer[]) => {
      const left = [...answers]
      const server = await rpcServer(({ method }) =>
        method === SYNC ? (left.shift() ?? result(receipt)) : result(signed.hash),
      )
      const { pool } = open([server.url])
      const mined: string[] = []
      const send = () => broadcast(pool, signed, { waitMs: 1_000, onMined: () => mined.push(signed.hash) })
      return { ...server, pool, mined, send }
    }

    it('takes one request where the endpoint answers with it, and is known to be in a block', async () => {
      const { send, methods, mined } = await sending()
      await send()
      expect([methods(), mined]).toEqual([[SYNC], [signed.hash]])
    })

    it.each([
      ['EIP-7966', 4, 'The transaction was added to the mempool but was not processed within the timeout'],
      ['reth', -32_002, `Transaction ${signed.hash} was added to the mempool but wasn't confirmed within 2000ms.`],
    ])('counts as sent after a time-out in the words of %s', async (_, code, message) => {
      const { send, methods, mined } = await sending(refusal(code, message))
      await send()
      expect([methods(), mined]).toEqual([[SYNC], []])
    })

    it.each<[string, Answer]>([
      ['does not have the method', refusal(-32_601, 'the method does not exist/is not available')],
      ['says so under another code', refusal(-32_000, 'Unsupported method')],
      ['takes no such parameters', refusal(-32_602, 'too many arguments')],
    ])('is sent plainly at once where the endpoint %s, which is asked once', async (_, answer) => {
      const { send, methods } = await sending(answer)
      await send()
      await send()
      expect(methods()).toEqual([SYNC, PLAIN, PLAIN])
    })

    it.each<[string, Answer]>([
      ['an unknown answer', result(null)],
      ['the receipt of another', result({ ...receipt, transactionHash: `0x${'9'.repeat(64)}` })],
      ['a refusal of the transaction', refusal(-32_000, 'nonce too low')],
      ['a limit', refusal(-32_005, 'rate limit exceeded')],
      ['a code of time-outs for something else', refusal(-32_002, 'resource unavailable')],
    ])('is sent plainly after %s, and nothing is taken for mined', async (_, answer) => {
      const { send, methods, mined } = await sending(answer)
      await send()
      expect([methods(), mined]).toEqual([[SYNC, PLAIN], []])
    })

    it('is sent plainly by the next endpoint where the first one hangs', async () => {
      const hanging = await rpcServer(ownBalance, () => ({ body: '', after: never }))
      const good = await rpcServer(() => result(signed.hash))
      const { pool } = open([hanging.url, good.url])
      await broadcast(pool, signed, { waitMs: 1 })
      expect([hanging.methods(), good.methods()]).toEqual([[SYNC], [PLAIN]])
    })
  })

  it('a first one that is slow while its limits are learned does not count as hanging', async () => {
    const small = await rpcServer(
      ownBalance,
      refusing(1, () => ({ status: 403, body: 'Forbidden' })),
    )
    const other = await rpcServer(ownBalance)
    const { reader } = open([small.url, other.url], { hedgeMs: 5_000 })
    expect(await balances(reader.client)).toEqual(TEN)
    expect(other.asked).toEqual([])
  })

  it('the second answers what the first fails', async () => {
    const failing = await rpcServer(() => refusal(-32016, 'over rate limit'))
    const good = await rpcServer(ownBalance)
    expect(await balances(open([failing.url, good.url]).reader.client)).toEqual(TEN)
  })

  it('a revert from the first is an answer', async () => {
    const first = await rpcServer(() => refusal(3, 'execution reverted: no'))
    const second = await rpcServer(ownBalance)
    await rejection(open([first.url, second.url]).reader.client.call({ to: addressOf(1), data: '0x' }))
    expect(second.asked).toEqual([])
  })

  it('a refusal from one is not final while the other may still answer', async () => {
    const denied = await rpcServer(ownBalance, () => ({ status: 401, body: 'no key' }))
    const busy = await rpcServer(ownBalance, () => ({ status: 503, body: 'busy' }))
    for (const urls of [
      [denied.url, busy.url],
      [busy.url, denied.url],
    ]) {
      const failed = await rejection(balances(open(urls).reader.client))
      expect(readError(failed)).toMatchObject({ recovery: 'retry' })
    }
  })
})

describe('a node with an old newest block', () => {
  const blockOf = (ageMs: number) => ({
    number: '0x10',
    hash: `0x${'1'.repeat(64)}`,
    timestamp: `0x${Math.floor((Date.now() - ageMs) / 1000).toString(16)}`,
    transactions: [],
  })
  const node = (ageMs: number, headers: Record<string, string> = {}) =>
    rpcServer(
      (call) => (call.method === 'eth_getBlockByNumber' ? result(blockOf(ageMs)) : ownBalance(call)),
      (calls) => ({
        headers,
        body: calls.map((call) => ({
          jsonrpc: '2.0',
          id: call.id,
          ...(call.method === 'eth_getBlockByNumber' ? result(blockOf(ageMs)) : ownBalance(call)),
        })),
      }),
    )
  const look = (client: Client) =>
    Promise.all([
      client.getBlock({ blockTag: 'latest' }),
      ...[1, 2].map((index) => client.getBalance({ address: addressOf(index) })),
    ])
  const HOUR = 3_600_000

  it('of two hours is not trusted, nor are its other answers, when another node is there', async () => {
    const behind = await node(2 * HOUR)
    const good = await node(0)
    const { reader } = open([behind.url, good.url])
    await look(reader.client)
    await look(reader.client)
    expect([behind.asked.length, good.asked.length]).toEqual([1, 2])
  })

  it.each([
    ['two hours', 2 * HOUR],
    ['ten minutes', HOUR / 6],
  ])('of %s that is alone is a temporary failure, and the error says so', async (_, ageMs) => {
    const failed = await rejection(look(open([(await node(ageMs)).url]).reader.client))
    expect(readError(failed)).toMatchObject({ code: 'chain/node-behind', recovery: 'retry', exit: 'transient' })
  })

  it('of a minute belongs to a stalled chain', async () => {
    await look(open([(await node(60_000)).url]).reader.client)
  })

  it('only according to our wrong clock is trusted', async () => {
    const server = await node(2 * HOUR, { date: new Date(Date.now() - 2 * HOUR).toUTCString() })
    await look(open([server.url]).reader.client)
  })
})

describe('a secret in a URL', () => {
  const SECRETS = ['canary-user', 'canary-password', 'canarypathkey', 'canaryquerykey']
  const withSecrets = (url: string) =>
    url.replace('http://', 'http://canary-user:canary-password@').concat('/v2/canarypathkey?dkey=canaryquerykey')

  it.each<[string, (path: string) => Reply]>([
    [
      'echoes it in an error',
      (path) => ({ body: error(-32603, `no such route: ${path} canary-user:canary-password`) }),
    ],
    [
      'echoes it in a refusal',
      (path) => ({ status: 403, body: `Forbidden: http://canary-user:canary-password@host${path}` }),
    ],
    [
      'echoes it in the data of an error',
      (path) => ({ body: { id: null, error: { code: -32000, message: 'no', data: path } } }),
    ],
    ['redirects', (path) => ({ status: 302, body: '', headers: { location: path } })],
    ['answers with a web page', (path) => ({ body: `<html>${path}</html>` })],
    ['pads it', (path) => ({ status: 502, body: `${'x'.repeat(180)}${path}` })],
  ])('is in no error when the endpoint %s', async (_, reply) => {
    const server = await rpcServer(ownBalance, (_calls, _isBatch, { url }) => reply(url))
    const failed = await rejection(open([withSecrets(server.url)]).reader.client.getBalance({ address: addressOf(1) }))
    for (const secret of SECRETS) expect(textsOf(failed) + textsOf(readError(failed))).not.toContain(secret)
  })

  it('is in no error when nothing listens', async () => {
    const { reader, capabilities } = open([withSecrets('http://127.0.0.1:1')])
    const failed = await rejection(reader.client.getBalance({ address: addressOf(1) }))
    const shown = textsOf(failed) + textsOf(readError(failed)) + JSON.stringify(capabilities())
    for (const secret of SECRETS) expect(shown).not.toContain(secret)
  })

  it('reaches the endpoint, with user and password as an HTTP header', async () => {
    const server = await rpcServer(ownBalance)
    expect(await open([withSecrets(server.url)]).reader.client.getBalance({ address: addressOf(1) })).toBe(1n)
    const [asked] = server.asked
    expect(asked?.path).toBe('/v2/canarypathkey?dkey=canaryquerykey')
    expect(asked?.headers.authorization).toBe(`Basic ${btoa('canary-user:canary-password')}`)
  })
})
