import { keccak256 } from 'viem'
import { USDC_DECIMALS } from '../../domain/amounts.ts'
import { withoutEndSlashes } from '../../domain/endpoint-url.ts'
import { setting } from '../../domain/next-action.ts'
import { createRedactor, excerpt, type Redactor } from '../../domain/redact.ts'
import { RpcAccessDeniedError } from '../../errors/chain/endpoints.ts'
import { VeniceRpcCredentialError, VeniceRpcUnfundedError } from '../../errors/chain/venice-rpc.ts'
import { BudgetExceededError } from '../../errors/policy.ts'
import { SIWX_HEADER } from '../siwx.ts'
import type { PaidEndpoint } from './endpoint.ts'
import { guardedFetch } from './guarded-fetch.ts'

/** Dollars of one call of the standard tier. @see https://docs.venice.ai/api-reference/endpoint/crypto/rpc (2026-10-02) */
const USD_PER_CALL = 20 * 0.000_000_7
/** The most requests that Venice accepts in one batch. */
const BATCH_SIZE = 100

export interface VeniceRpcOptions {
  /** E.g. `https://api.venice.ai/api/v1`. */
  apiUrl: string
  /** The key that pays; read once, at the first request. */
  apiKey: () => Promise<string | null>
  /** Signs in as the wallet, which pays if there is no key or if Venice refuses payment by the key; null: no wallet. */
  signIn: (() => Promise<string>) | null
  /** The most that this process may spend, in base units of a dollar (6 decimals). Default: no limit. */
  maxUsd?: bigint | undefined
  redactor?: Redactor
}

interface Credential {
  kind: 'key' | 'wallet'
  headers: Record<string, string>
}

/**
 * Venice's paid JSON-RPC of Base as an endpoint. It sends one request at a time, because Venice accepts only one per
 * user.
 *
 * Side effects of a request: it costs a fraction of a cent; with a wallet, one signature. A transaction is sent with an
 * idempotency key made of its hash. So a repeat after a lost answer is neither billed nor sent twice.
 *
 * @throws {VeniceRpcUnfundedError} {VeniceRpcCredentialError} {RpcAccessDeniedError} nothing was forwarded.
 * @throws {BudgetExceededError} the next request might exceed `maxUsd`.
 * @throws the classes of `guardedFetch`.
 */
export function veniceEndpoint(options: VeniceRpcOptions): PaidEndpoint {
  const { apiUrl, signIn, redactor = createRedactor() } = options
  const url = `${withoutEndSlashes(apiUrl)}/crypto/rpc/base-mainnet`
  const inTurn = createQueue()
  const sends = createSends()
  const spent = { usd: 0 }
  let apiKey: Promise<string | null> | undefined

  async function* credentials(): AsyncGenerator<Credential> {
    apiKey ??= options.apiKey()
    const key = await apiKey
    if (key !== null) {
      redactor.add(key)
      yield { kind: 'key', headers: { authorization: `Bearer ${key}` } }
      // A refused key would be refused again, and Venice counts refusals against the caller.
      apiKey = Promise.resolve(null)
    }
    if (signIn === null) return
    const header = await signIn()
    redactor.add(header)
    yield { kind: 'wallet', headers: { [SIWX_HEADER]: header } }
  }

  async function ask(init: RequestInit, headers: Record<string, string> = {}): Promise<Response> {
    const refusals: string[] = []
    let isUnfunded = false
    for await (const credential of credentials()) {
      const sent = { ...(init.headers as Record<string, string>), ...credential.headers, ...headers }
      const response = await guardedFetch(url, { ...init, headers: sent })
      if (!isReplayed(response)) spent.usd += Number(response.headers.get('x-venice-rpc-cost-usd') ?? 0) || 0
      if (response.status !== 401 && response.status !== 402) return response
      isUnfunded ||= response.status === 402
      refusals.push(`${credential.kind}: ${reasonIn(redactor.scrub(await response.text()))}`)
    }
    if (isUnfunded) throw new VeniceRpcUnfundedError({ facts: refusals })
    if (refusals.length > 0) throw new RpcAccessDeniedError(`Venice does not take the ${refusals.join('; ')}`)
    throw new VeniceRpcCredentialError()
  }

  async function send(init: RequestInit, { raw, id, body }: Send): Promise<Response> {
    const hash = keccak256(raw)
    const sending = { ...init, body }
    let response = await ask(sending, { 'Idempotency-Key': sends.keyOf(hash) })
    // A repeated error answer may be old, e.g. from other fees or an empty wallet. Sending again is safe: the bytes are
    // the same, so the chain takes them once.
    if (isReplayed(response) && (await hasError(response.clone()))) response = await ask(sending)
    const { status, statusText, headers } = response
    const answer = answerIn(await response.text())
    if (answer === null) return new Response(JSON.stringify(answer), { status, statusText, headers })
    if (response.ok && !('error' in answer)) sends.succeeded(hash)
    return new Response(JSON.stringify({ ...answer, ...('jsonrpc' in answer && { id }) }), {
      status,
      statusText,
      headers,
    })
  }

  return {
    url,
    batchSize: BATCH_SIZE,
    fetch: (_, init = {}) =>
      inTurn(async () => {
        init.signal?.throwIfAborted()
        const asked = parse(init.body)
        requireDollars(Array.isArray(asked) ? asked.length : 1, spent.usd, options.maxUsd)
        const sending = sendIn(asked)
        return sending === null ? ask(init) : send(init, sending)
      }),
  }
}

interface Send {
  raw: `0x${string}`
  /** The id that viem counts. The body uses another, because otherwise each repeat would be a different request. */
  id: unknown
  body: string
}

function sendIn(asked: unknown): Send | null {
  if (typeof asked !== 'object' || asked === null || Array.isArray(asked)) return null
  const { id, method, params } = asked as { id?: unknown; method?: unknown; params?: unknown }
  const raw: unknown = Array.isArray(params) ? params[0] : undefined
  if (method !== 'eth_sendRawTransaction' || typeof raw !== 'string') return null
  return { raw: raw as Send['raw'], id, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: [raw] }) }
}

/**
 * Idempotency keys by transaction. If an accepted transaction is sent again, the nodes have dropped it. It then gets a
 * new key, so that Venice forwards it and does not return the first answer.
 */
function createSends() {
  const taken = new Map<string, number>()
  return {
    keyOf(hash: string): string {
      const times = taken.get(hash) ?? 0
      return `tx-${hash.slice(2)}${times === 0 ? '' : `-${times}`}`
    },
    succeeded: (hash: string) => void taken.set(hash, (taken.get(hash) ?? 0) + 1),
  }
}

/** Runs one piece of work after another, even if the one before failed. */
function createQueue() {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work)
    last = mine.catch(() => {})
    return mine
  }
}

function requireDollars(calls: number, spentUsd: number, maxUsd: bigint | undefined): void {
  if (maxUsd === undefined) return
  const limit = Number(maxUsd) / 10 ** USDC_DECIMALS
  const needed = spentUsd + calls * USD_PER_CALL
  if (needed <= limit) return
  throw new BudgetExceededError({ cap: setting('maxUsd'), limit: `$${limit}`, needed: `$${needed.toFixed(6)}` })
}

const isReplayed = ({ headers }: Response): boolean => headers.get('idempotent-replayed') === 'true'

const hasError = async (response: Response): Promise<boolean> => {
  const answer = answerIn(await response.text())
  return answer === null || 'error' in answer
}

function answerIn(text: string): object | null {
  const answer = parse(text)
  return typeof answer === 'object' && answer !== null ? answer : null
}

/** Venice's own text, from any of its error bodies. */
function reasonIn(text: string): string {
  const { error, message, reason } = (answerIn(text) ?? {}) as { error?: unknown; message?: unknown; reason?: unknown }
  const words = [error, message, reason].filter((part) => typeof part === 'string')
  return excerpt(words.length > 0 ? words.join(', ') : text)
}

function parse(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined
  } catch {
    return undefined
  }
}
