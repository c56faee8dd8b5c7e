import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { createChain } from '../../../src/adapters/chain/create-chain.ts'
import { type VeniceRpcOptions, veniceEndpoint } from '../../../src/adapters/chain/venice-rpc.ts'
import { systemClock } from '../../../src/adapters/clock.ts'
import { privateKeySigner } from '../../../src/adapters/signers/private-key.ts'
import { signInWithX } from '../../../src/gate/sign-in.ts'
import { clock, json, type Script, type SeenRequest, startServer } from '../venice/scripted-server.ts'
import { STAKE, useChain } from './lab.ts'

const KEY = 'VENICE_INFERENCE_KEY_canarycanarycanarycanarycanary'
const RAW = '0x02f870'
const HASH = 'tx-'
const wallet = privateKeyToAccount(`0x${'5a'.repeat(32)}`)
const signer = { address: wallet.address, signMessage: (message: string) => wallet.signMessage({ message }) }

const ok = (result: unknown, headers: Record<string, string> = {}): Script =>
  json(200, { jsonrpc: '2.0', id: 1, result }, headers)
const refusal = (status: number, error: string): Script => json(status, { error })

/** An endpoint in front of a server that answers as `script` says. */
async function withEndpoint(
  script: Script,
  work: (
    ask: (method: string, params?: unknown[], id?: number) => Promise<Response>,
    seen: SeenRequest[],
  ) => Promise<void>,
  options: Partial<VeniceRpcOptions> = {},
): Promise<void> {
  await using server = await startServer(script)
  let nonce = 0
  const unique = { ...clock, id: () => `nonce${String(++nonce).padStart(11, '0')}` }
  const given = {
    apiUrl: server.apiUrl,
    apiKey: async () => KEY,
    signIn: () => signInWithX(signer, unique),
    ...options,
  }
  const endpoint = veniceEndpoint(given)
  const ask = (method: string, params: unknown[] = [], id = 7) =>
    endpoint.fetch(endpoint.url, { method: 'POST', body: JSON.stringify({ jsonrpc: '2.0', id, method, params }) })
  await work(ask, server.seen)
}

const rejection = (work: Promise<unknown>): Promise<{ code?: string; message: string; facts?: readonly string[] }> =>
  work.then(
    () => ({ message: 'it did not reject' }),
    (error) => error,
  )

const idempotencyKeys = (seen: readonly SeenRequest[]) => seen.map(({ headers }) => headers['idempotency-key'])
const credentials = (seen: readonly SeenRequest[]) =>
  seen.map(({ headers }) => (headers['sign-in-with-x'] === undefined ? headers.authorization : 'wallet'))

describe('the credential for Venice RPC', () => {
  it('is the stored key, and the wallet is not asked to sign', async () => {
    await withEndpoint(ok('0x1'), async (ask, seen) => {
      await ask('eth_chainId')
      expect(seen).toMatchObject([
        { url: '/api/v1/crypto/rpc/base-mainnet', headers: { authorization: `Bearer ${KEY}` } },
      ])
      expect(credentials(seen)).toEqual([`Bearer ${KEY}`])
    })
  })

  it('of a wallet is signed again for every request', async () => {
    const none = { apiKey: async () => null }
    await withEndpoint(
      ok('0x1'),
      async (ask, seen) => {
        await Promise.all([ask('eth_chainId'), ask('eth_chainId')])
        const headers = seen.map(({ headers }) => headers['sign-in-with-x'])
        expect(new Set(headers).size).toBe(2)
        const { message, address } = JSON.parse(Buffer.from(String(headers[0]), 'base64').toString())
        expect({ address, lines: message.split('\n').slice(0, 2) }).toEqual({
          address: wallet.address,
          lines: ['api.venice.ai wants you to sign in with your Ethereum account:', wallet.address],
        })
      },
      none,
    )
  })

  it.each([
    [401, 'Authentication failed'],
    [402, 'Insufficient USD or Diem balance to complete request.'],
  ])('that is a key is replaced by the wallet on %i, permanently', async (status, error) => {
    const script: Script = (request, response) =>
      (request.headers.authorization === undefined ? ok('0x1') : refusal(status, error))(request, response)
    await withEndpoint(script, async (ask, seen) => {
      expect((await ask('eth_chainId')).status).toBe(200)
      await ask('eth_chainId')
      expect(credentials(seen)).toEqual([`Bearer ${KEY}`, 'wallet', 'wallet'])
    })
  })

  it('that cannot pay is an error of its own, with Venice’s words and without the credential', async () => {
    const script: Script = (request, response) =>
      refusal(402, `Insufficient USD or Diem balance for ${request.headers.authorization}`)(request, response)
    await withEndpoint(
      script,
      async (ask) => {
        const error = await rejection(ask('eth_chainId'))
        expect(error.code).toBe('chain/venice-rpc-unfunded')
        expect(error.facts?.join()).toContain('Insufficient USD')
        expect(JSON.stringify([error.message, error.facts])).not.toContain('canary')
      },
      { signIn: null },
    )
  })

  it('that is missing is an error of its own, and no request is made', async () => {
    await withEndpoint(
      ok('0x1'),
      async (ask, seen) => {
        expect(await rejection(ask('eth_chainId'))).toMatchObject({ code: 'chain/venice-rpc-no-credential' })
        expect(seen).toEqual([])
      },
      { signIn: null, apiKey: async () => null },
    )
  })

  it('is sent to the API only, never to the target of a redirect', async () => {
    await withEndpoint(json(307, {}, { location: 'https://example.org/' }), async (ask, seen) => {
      expect(await rejection(ask('eth_chainId'))).toMatchObject({ code: 'chain/rpc-redirect-refused' })
      expect(seen).toHaveLength(1)
    })
  })
})

describe('a transaction', () => {
  it('has the same idempotency key and body when it is sent again after a lost answer', async () => {
    let times = 0
    const script: Script = (request, response) => {
      times += 1
      if (times === 1) response.destroy()
      else ok('0xhash')(request, response)
    }
    await withEndpoint(script, async (ask, seen) => {
      await rejection(ask('eth_sendRawTransaction', [RAW], 3))
      const answer = await (await ask('eth_sendRawTransaction', [RAW], 9)).json()
      expect(answer).toMatchObject({ id: 9, result: '0xhash' })
      expect(seen[0]?.body).toBe(seen[1]?.body)
      const [first, second] = idempotencyKeys(seen)
      expect(first).toMatch(/^tx-[0-9a-f]{64}$/)
      expect(second).toBe(first)
    })
  })

  it('that was accepted is forwarded again when it is broadcast again', async () => {
    await withEndpoint(ok('0xhash'), async (ask, seen) => {
      await ask('eth_sendRawTransaction', [RAW])
      await ask('eth_sendRawTransaction', [RAW])
      const [first, second] = idempotencyKeys(seen)
      expect(second).toBe(`${first}-1`)
    })
  })

  it('whose earlier refusal is replayed is forwarded again', async () => {
    const script: Script = (request, response) => {
      const refused = { jsonrpc: '2.0', id: 1, error: { code: -32000, message: 'insufficient funds' } }
      const isKeyed = request.headers['idempotency-key'] !== undefined
      const reply = isKeyed ? json(200, refused, { 'Idempotent-Replayed': 'true' }) : ok('0xhash')
      reply(request, response)
    }
    await withEndpoint(script, async (ask, seen) => {
      expect(await (await ask('eth_sendRawTransaction', [RAW])).json()).toMatchObject({ id: 7, result: '0xhash' })
      expect(idempotencyKeys(seen)).toEqual([expect.stringContaining(HASH), undefined])
    })
  })

  it('is the only request with an idempotency key', async () => {
    await withEndpoint(ok('0x1'), async (ask, seen) => {
      await ask('eth_call', [{}])
      expect(idempotencyKeys(seen)).toEqual([undefined])
    })
  })
})

describe('requests', () => {
  it('are sent one after another', async () => {
    let open = 0
    let most = 0
    const script: Script = (request, response) => {
      open += 1
      most = Math.max(most, open)
      setImmediate(() => {
        open -= 1
        ok('0x1')(request, response)
      })
    }
    await withEndpoint(script, async (ask) => {
      await Promise.all([1, 2, 3, 4].map((id) => ask('eth_chainId', [], id)))
      expect(most).toBe(1)
    })
  })

  it('stop before they cost more than is allowed', async () => {
    const paid = ok('0x1', { 'X-Venice-RPC-Cost-USD': '0.00001400' })
    await withEndpoint(
      paid,
      async (ask, seen) => {
        await ask('eth_chainId')
        await ask('eth_chainId')
        expect(await rejection(ask('eth_chainId'))).toMatchObject({ code: 'policy/budget-exceeded' })
        expect(seen).toHaveLength(2)
      },
      { maxUsd: 28n },
    )
  })
})

describe('the sandbox’s route', () => {
  const { lab, open } = useChain()

  const openVenice = async (x402: number) => {
    const under = await open()
    lab.sandbox.venice.credit(under.address, { x402 })
    const own = privateKeySigner(under.wallet.privateKey, 'a test')
    const endpoint = veniceEndpoint({
      apiUrl: lab.sandbox.apiUrl,
      apiKey: async () => null,
      signIn: () => signInWithX(own, systemClock),
    })
    return { ...under, venice: createChain({ rpcUrls: [endpoint], clock: systemClock }) }
  }

  it('reads a wallet state and sends a transaction, which is mined once however often it is sent', async () => {
    const { venice, signed, mine, address } = await openVenice(1)
    expect(await venice.survey({ address, ...STAKE })).toMatchObject({ sVvv: '0' })
    const [approve] = await signed()
    if (approve === undefined) throw new Error('There is nothing to send.')
    await venice.broadcast(approve)
    await venice.broadcast(approve)
    await mine()
    const report = await venice.report(address, [approve])
    expect(report.attempts).toMatchObject([{ status: 'mined' }])
  })

  it('refuses a wallet without credit', async () => {
    const { venice, address, signed } = await openVenice(0)
    const [approve] = await signed()
    if (approve === undefined) throw new Error('There is nothing to send.')
    expect(await rejection(venice.survey({ address, ...STAKE }))).toMatchObject({ code: 'chain/venice-rpc-unfunded' })
    expect(await rejection(venice.broadcast(approve))).toMatchObject({ code: 'chain/venice-rpc-unfunded' })
  })
})
