import { randomBytes } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import { z } from 'zod'
import { round } from '../accounts.ts'
import { Refusal, type Reply, standardError } from '../envelopes.ts'
import { type Call, headerOf, jsonBody, type Routes } from '../http.ts'
import type { Payer } from '../spending.ts'
import type { VeniceState } from '../state.ts'

/** Venice serves 27 networks; the sandbox has one chain, and lists only that. */
const NETWORKS = ['base-mainnet']

/** Prices in credits. @see https://docs.venice.ai/api-reference/endpoint/crypto/rpc (price of a credit as of 2026-10-02) */
const CREDITS_PER_CALL = 20
const CREDITS_PER_ERROR = 5
const USD_PER_CREDIT = 0.000_000_7

const UPSTREAM_TIMEOUT_MS = 30_000
const TURN_WAIT_MS = 500
const REPLAY_MS = 24 * 60 * 60_000

/** Venice does not publish its list. These are the standard-tier methods that a wallet needs. */
const ALLOWED = new Set(
  `eth_blockNumber eth_call eth_chainId eth_estimateGas eth_feeHistory eth_gasPrice eth_getBalance eth_getBlockByHash
   eth_getBlockByNumber eth_getBlockReceipts eth_getCode eth_getLogs eth_getProof eth_getStorageAt
   eth_getTransactionByHash eth_getTransactionCount eth_getTransactionReceipt eth_maxPriorityFeePerGas
   eth_sendRawTransaction eth_simulateV1 eth_syncing net_listening net_peerCount net_version web3_clientVersion
   web3_sha3`.split(/\s+/),
)

const rpcRequest = z.looseObject({
  method: z.string(),
  jsonrpc: z.literal('2.0').optional(),
  id: z.union([z.int(), z.string()]).optional(),
})
const rpcBody = z.union([rpcRequest, z.array(rpcRequest).min(1).max(100)])

/** `/crypto/rpc`: paid JSON-RPC, relayed to the sandbox's chain. */
export function cryptoRpcRoutes(state: VeniceState): Routes {
  const { auth, limits, clock } = state
  const inTurn = createTurns()
  const cache = new Map<string, { text: string; reply: Reply; until: number }>()

  async function serve(call: Call, payer: Payer): Promise<Reply> {
    const user = payer.address.toLowerCase()
    requireRoom(state, call, user)
    if (!NETWORKS.includes(call.params.network ?? '')) throw standardError(400, 'Unsupported RPC network')
    const items = [jsonBody(call, rpcBody)].flat()
    const refused = items.map(({ method }) => method).filter((method) => !ALLOWED.has(method))
    if (refused.length > 0) throw standardError(400, `Unsupported RPC method: ${[...new Set(refused)].join(', ')}`)

    const cacheKey = idempotencyKey(call)
    const cached = cacheKey === undefined ? undefined : cache.get(`${user} ${cacheKey}`)
    if (cached && cached.until > clock()) {
      if (cached.text !== call.text) {
        throw standardError(400, 'Idempotency-Key was already used with a different request body')
      }
      return { ...cached.reply, headers: { ...cached.reply.headers, 'Idempotent-Replayed': 'true' } }
    }
    const reply = await inTurn(user, () => relay(state, call, payer, items.length))
    if (cacheKey !== undefined) {
      cache.set(`${user} ${cacheKey}`, { text: call.text, reply, until: clock() + REPLAY_MS })
    }
    return reply
  }

  return {
    'GET /crypto/rpc/networks': () => ({ status: 200, body: { networks: NETWORKS } }),
    async 'POST /crypto/rpc/{network}'(call) {
      const payer = await auth.payer(call)
      if (payer.kind === 'key') return serve(call, payer)
      return limits.withinConcurrency(payer.address, () => serve(call, payer))
    },
  }
}

/** Forwards a request if it can be paid, and charges what Venice would. */
async function relay(state: VeniceState, call: Call, payer: Payer, count: number): Promise<Reply> {
  const { spending, rpcUrl } = state
  const pocket = await spending.admit(call, payer, round(count * CREDITS_PER_CALL * USD_PER_CREDIT))
  const { status, text } = await forward(rpcUrl, call.text)
  const credits = creditsFor(status, text, count)
  const usd = round(credits * USD_PER_CREDIT)
  const requestId = randomBytes(16).toString('hex')
  if (credits > 0) {
    spending.charge(payer, pocket, {
      usd,
      sku: `crypto-rpc-${call.params.network}`,
      units: credits,
      pricePerUnitUsd: USD_PER_CREDIT,
      requestId,
      modelId: null,
      tokens: null,
    })
  }
  const headers = {
    'Content-Type': 'application/json',
    'X-Venice-RPC-Credits': String(credits),
    'X-Venice-RPC-Cost-USD': usd.toFixed(8),
    'X-Request-ID': requestId,
  }
  return { status, headers, body: text }
}

async function forward(rpcUrl: string, body: string): Promise<{ status: number; text: string }> {
  try {
    const headers = { 'content-type': 'application/json' }
    const signal = AbortSignal.timeout(UPSTREAM_TIMEOUT_MS)
    const response = await fetch(rpcUrl, { method: 'POST', headers, body, signal })
    return { status: response.status, text: await response.text() }
  } catch {
    throw standardError(500, 'Upstream RPC request failed')
  }
}

/** Upstream 402, 429 and 5xx are free, other errors of HTTP or JSON-RPC cost 5 credits an item. */
function creditsFor(status: number, text: string, count: number): number {
  if (status === 402 || status === 429 || status >= 500) return 0
  if (status >= 400) return count * CREDITS_PER_ERROR
  const answers: { error?: unknown }[] = [JSON.parse(text)].flat()
  return answers.reduce((sum, { error }) => sum + (error === undefined ? CREDITS_PER_CALL : CREDITS_PER_ERROR), 0)
}

function requireRoom({ limits: { cryptoRpc, logBreach } }: VeniceState, call: Call, user: string) {
  if (cryptoRpc.hit(user)) return
  logBreach(call, 'RPM')
  const headers = {
    'X-RateLimit-Limit': '100',
    'X-RateLimit-Remaining': '0',
    'X-RateLimit-Reset': String(Math.ceil(cryptoRpc.resetsAt(user) / 1000)),
  }
  throw new Refusal({ status: 429, headers, body: { error: 'Rate limit exceeded' } })
}

/** A key that does not fit the pattern is ignored, as Venice ignores it. */
function idempotencyKey(call: Call): string | undefined {
  const key = headerOf(call, 'Idempotency-Key')
  return key !== undefined && /^[A-Za-z0-9_-]{1,255}$/.test(key) ? key : undefined
}

/** One request at a time per user. Another one waits half a second for its turn, and then gets 429. */
function createTurns() {
  const running = new Map<string, Promise<unknown>>()
  return async <T>(user: string, work: () => Promise<T>): Promise<T> => {
    let timeUp: Promise<'timeUp'> | undefined
    for (let current = running.get(user); current; current = running.get(user)) {
      timeUp ??= after(TURN_WAIT_MS, 'timeUp' as const, { ref: false })
      if ((await Promise.race([current, timeUp])) === 'timeUp') {
        throw standardError(429, 'Another request for this user is in flight')
      }
    }
    const mine = work()
    const settled = mine.catch(() => undefined).finally(() => running.delete(user))
    running.set(user, settled)
    return mine
  }
}
