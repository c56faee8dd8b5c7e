import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Hex, keccak256 } from 'viem'
import type { Responder } from './base-node.ts'
import { hashOfOperation, type RpcOperation } from './bundler.ts'
import { createLimits } from './endpoints/limits.ts'
import { asError, type EndpointProfile, type Refusal } from './endpoints/profile.ts'
import type { BatchSpoilt, FaultEffect, FaultScript } from './faults.ts'
import { type OnHead, serveWebSocket } from './heads.ts'
import { isHostile, sendHostile } from './hostile.ts'
import type { JsonRpcAnswer, JsonRpcRequest } from './node-rpc.ts'

/** The requests of clients since the start or the last `reset`. */
export interface RequestCounts {
  http: number
  /** JSON-RPC requests by method, including those in batches and those with faults. */
  methods: Record<string, number>
  reset(): void
}

/** An RPC endpoint that behaves like a public node of Base, with the faults of its script. */
export interface RpcProxy {
  url: string
  /** The same over WebSocket, which also announces blocks and logs. */
  wsUrl: string
  faults: FaultScript
  requests: RequestCounts
  close(): Promise<void>
}

export interface RpcProxyOptions {
  node: Responder
  /** More nodes, which answer HTTP requests in turn with the first. */
  replicas?: readonly Responder[]
  /**
   * Calls `listener` with the number of each new head, for WebSocket. Returns a function that stops it. Default: never.
   */
  onHead?: OnHead
  faults: FaultScript
  /** Default: no limits. */
  profile?: EndpointProfile
  /** Milliseconds every HTTP request waits before it is handled. Default 0. */
  latencyMs?: number
}

type Effect<Kind extends FaultEffect['kind']> = Extract<FaultEffect, { kind: Kind }>

/**
 * Serves nodes on a free loopback port, over HTTP and WebSocket. In a batch, faults that answer (`rpcError`,
 * `rpcResult`, `forget`) apply to their own item. The others, and an `rpcError`'s HTTP status, apply to the whole HTTP
 * request. Over WebSocket only faults that answer and `delay` apply.
 */
export async function startRpcProxy(options: RpcProxyOptions): Promise<RpcProxy> {
  const { node: first, replicas = [], onHead = () => () => {}, faults, profile = {} } = options
  const { latencyMs = profile.latencyMs ?? 0 } = options
  const nodes = [first, ...replicas]
  const requests = createRequestCounts()
  const limits = createLimits(profile)
  let url = ''

  function nextNode(): Responder {
    return nodes[requests.http % nodes.length] ?? first
  }

  function take({ method }: JsonRpcRequest): FaultEffect | undefined {
    requests.methods[method] = (requests.methods[method] ?? 0) + 1
    return faults.take(method)
  }

  async function answerOne(item: JsonRpcRequest, effect: FaultEffect | undefined, node: Responder, isBatch: boolean) {
    const inPlace = answerInPlace(item, effect) ?? limits.answer(item, isBatch)
    const answer = inPlace ?? (await node.answer(item))
    return { ...(profile.echoesUrl ? echoing(answer, url) : answer), jsonrpc: '2.0', id: item.id ?? null }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = parseJson(await text(request))
    requests.http += 1
    if (body === undefined) return send(response, 200, { id: null, error: { code: -32700, message: 'parse error' } })
    const items = (Array.isArray(body) ? body : [body]) as JsonRpcRequest[]
    const effects = items.map(take)
    const node = nextNode()
    if (profile.hangs) return

    const delays = effects.map((effect) => (effect?.kind === 'delay' ? effect.ms : 0))
    const waitMs = delays.reduce((sum, ms) => sum + ms, latencyMs)
    if (waitMs > 0) await sleep(waitMs)
    const refused = find(effects, 'dropBefore', 'reply')
    if (refused?.kind === 'dropBefore') return reset(request)
    const hostile = effects.find(isHostile)
    if (hostile) return sendHostile(response, hostile)
    if (refused?.kind === 'reply') return send(response, refused.status, refused.body, refused.headers)

    const isBatch = Array.isArray(body)
    const refusal = limits.refuse(items, isBatch)
    if (refusal) return send(response, refusal.status ?? 200, bodyOf(refusal, items, isBatch), refusal.headers)

    const answers: unknown[] = []
    for (const [i, item] of items.entries()) answers.push(await answerOne(item, effects[i], node, isBatch))
    const batch = find(effects, 'batch')
    const payload = isBatch ? (batch ? spoil(answers, batch.as) : answers) : answers[0]
    const spoilt = find(effects, 'dropAfter', 'truncate')
    if (spoilt?.kind === 'dropAfter') return reset(request)
    if (spoilt?.kind === 'truncate') return truncate(response, payload, spoilt.bytes)
    const error = find(effects, 'rpcError')
    send(response, error?.status ?? 200, payload, error?.headers)
  }

  function bodyOf(refusal: Refusal, items: readonly JsonRpcRequest[], isBatch: boolean): unknown {
    const error = asError(refusal)
    const answer = profile.echoesUrl ? echoing({ error }, url) : { error }
    const all = items.map(({ id }) => ({ ...answer, jsonrpc: '2.0', id: id ?? null }))
    if (!isBatch) return all[0]
    return refusal.form === 'each' ? all : { ...answer, jsonrpc: '2.0', id: null }
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: Error) => {
      if (!response.headersSent) send(response, 502, error.message)
    })
  })
  const sockets = serveWebSocket(server, first, {
    onHead,
    async answer(item, isBatch) {
      if (profile.hangs) return new Promise<never>(() => {})
      const effect = take(item)
      const waitMs = latencyMs + (effect?.kind === 'delay' ? effect.ms : 0)
      if (waitMs > 0) await sleep(waitMs)
      const refusal = limits.refuse([item], false)
      if (refusal) return bodyOf(refusal, [item], false)
      return answerOne(item, effect, first, isBatch)
    },
    ...(profile.repeatedHeads !== undefined && { repeatedHeads: profile.repeatedHeads }),
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${profile.path ?? ''}`
  return {
    url,
    wsUrl: url.replace('http', 'ws'),
    faults,
    requests,
    async close() {
      const closed = once(server, 'close')
      sockets.close()
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function createRequestCounts(): RequestCounts {
  return {
    http: 0,
    methods: {},
    reset() {
      this.http = 0
      this.methods = {}
    },
  }
}

function answerInPlace({ method, params }: JsonRpcRequest, effect: FaultEffect | undefined): JsonRpcAnswer | undefined {
  if (effect?.kind === 'rpcResult') return { result: effect.result }
  if (effect?.kind === 'rpcError') {
    const { code, message, data } = effect
    return { error: data === undefined ? { code, message } : { code, message, data } }
  }
  if (effect?.kind === 'forget' && method === 'eth_sendRawTransaction') {
    const [raw] = params as [Hex]
    return { result: keccak256(raw) }
  }
  if (effect?.kind === 'forget' && method === 'eth_sendUserOperation')
    return { result: hashOfOperation(params as [RpcOperation, Hex]) }
  return undefined
}

function echoing(answer: JsonRpcAnswer, url: string): JsonRpcAnswer {
  if (!('error' in answer)) return answer
  return { error: { ...answer.error, message: `${answer.error.message} (POST ${url})` } }
}

function spoil(answers: readonly unknown[], as: BatchSpoilt): unknown {
  switch (as) {
    case 'reversed':
      return answers.toReversed()
    case 'short':
      return answers.slice(1)
    case 'repeated':
      return [answers[0], ...answers]
    case 'otherIds':
      return answers.map((answer) => ({ ...(answer as JsonRpcAnswer), id: 1_000_000 }))
    case 'single':
      return answers[0]
  }
}

function find<Kind extends FaultEffect['kind']>(
  effects: readonly (FaultEffect | undefined)[],
  ...kinds: readonly Kind[]
): Effect<Kind> | undefined {
  return effects.find((effect): effect is Effect<Kind> => kinds.some((kind) => kind === effect?.kind))
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

/**
 * The announced length is that of the whole body. The connection is closed normally after the bytes, because a reset
 * could overtake them.
 */
function truncate(response: ServerResponse, body: unknown, bytes: number): void {
  const whole = Buffer.from(JSON.stringify(body))
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length })
  response.write(whole.subarray(0, bytes), () => response.destroy())
}

function reset(request: IncomingMessage): void {
  request.socket.resetAndDestroy()
}
