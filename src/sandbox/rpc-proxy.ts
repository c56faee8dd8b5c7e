import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Hex, keccak256 } from 'viem'
import type { Responder } from './base-node.ts'
import type { BatchSpoilt, FaultEffect, FaultScript } from './faults.ts'
import { isHostile, sendHostile } from './hostile.ts'
import type { JsonRpcAnswer, JsonRpcRequest } from './node-rpc.ts'

/** What clients have asked for since the start or the last `reset`. */
export interface RequestCounts {
  http: number
  /** JSON-RPC requests by method, those in batches and those met by faults included. */
  methods: Record<string, number>
  reset(): void
}

/** An RPC endpoint that behaves like a public node of Base, and as badly as its faults say. */
export interface RpcProxy {
  url: string
  faults: FaultScript
  requests: RequestCounts
  close(): Promise<void>
}

export interface RpcProxyOptions {
  node: Responder
  faults: FaultScript
  /** Milliseconds every HTTP request waits before it is handled. Default 0. */
  latencyMs?: number
}

type Effect<Kind extends FaultEffect['kind']> = Extract<FaultEffect, { kind: Kind }>

/**
 * Serves `node` on a free loopback port. In a batch, faults that answer (`rpcError`, `rpcResult`, `forget`) meet their own
 * item; the others meet the HTTP request as a whole, as does an `rpcError`'s HTTP status.
 */
export async function startRpcProxy({ node, faults, latencyMs = 0 }: RpcProxyOptions): Promise<RpcProxy> {
  const requests = createRequestCounts()

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = parseJson(await text(request))
    requests.http += 1
    if (body === undefined) return send(response, 200, { id: null, error: { code: -32700, message: 'parse error' } })
    const items = (Array.isArray(body) ? body : [body]) as JsonRpcRequest[]
    const effects = items.map(({ method }) => {
      requests.methods[method] = (requests.methods[method] ?? 0) + 1
      return faults.take(method)
    })

    const delays = effects.map((effect) => (effect?.kind === 'delay' ? effect.ms : 0))
    const waitMs = delays.reduce((sum, ms) => sum + ms, latencyMs)
    if (waitMs > 0) await sleep(waitMs)
    const refused = find(effects, 'dropBefore', 'reply')
    if (refused?.kind === 'dropBefore') return reset(request)
    const hostile = effects.find(isHostile)
    if (hostile) return sendHostile(response, hostile)
    if (refused?.kind === 'reply') return send(response, refused.status, refused.body, refused.headers)

    const answers: unknown[] = []
    for (const [i, item] of items.entries()) {
      const answer = answerInPlace(item, effects[i]) ?? (await node.answer(item))
      answers.push({ ...answer, jsonrpc: '2.0', id: item.id ?? null })
    }
    const batch = find(effects, 'batch')
    const payload = Array.isArray(body) ? (batch ? spoil(answers, batch.as) : answers) : answers[0]
    const spoilt = find(effects, 'dropAfter', 'truncate')
    if (spoilt?.kind === 'dropAfter') return reset(request)
    if (spoilt?.kind === 'truncate') return truncate(response, payload, spoilt.bytes)
    const error = find(effects, 'rpcError')
    send(response, error?.status ?? 200, payload, error?.headers)
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: Error) => {
      if (!response.headersSent) send(response, 502, error.message)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    requests,
    async close() {
      const closed = once(server, 'close')
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
  return undefined
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

/** The length announced is the whole body's. A polite end follows the bytes: a reset could overtake them. */
function truncate(response: ServerResponse, body: unknown, bytes: number): void {
  const whole = Buffer.from(JSON.stringify(body))
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length })
  response.write(whole.subarray(0, bytes), () => response.destroy())
}

function reset(request: IncomingMessage): void {
  request.socket.resetAndDestroy()
}
