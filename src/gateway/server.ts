import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { OnboardingError } from '../errors/base.ts'
import { GatewayNotListeningError } from '../errors/gateway.ts'
import type { Answer } from './answer.ts'
import type { Call } from './caller.ts'
import { type Admitted, admit, type Refused } from './guard.ts'
import { fromVenice, type OpenAiError, openAiError } from './openai-error.ts'

/** @see https://github.com/veniceai/skills/blob/main/skills/venice-errors/SKILL.md (2026-10-02): JSON over 35 MB is refused */
const MAX_BODY_BYTES = 35 * 1024 * 1024
/** Bytes of an error that are read of Venice. */
const MAX_ERROR_BYTES = 64 * 1024
/** Connections at a time; a caller that opens more is not served. */
const MAX_CONNECTIONS = 1_024
const HEADERS_MS = 10_000

export interface GatewayOptions {
  /** Sends a request to Venice with the credential. */
  call: Call
  token: string
  host: string
  /** 0: any free one. */
  port: number
  maxBodyBytes?: number
  /** For `GET /status` and `GET /metrics`, with the number of calls under way. */
  report: (openCalls: number) => { status: object; metrics: string }
}

export interface Gateway {
  /** The base URL for clients, e.g. `http://127.0.0.1:4020/v1`. */
  readonly url: string
  readonly port: number
  /** Calls under way. */
  openCalls(): number
  /** Takes no more calls, and resolves when those under way have ended. Safe to repeat. */
  close(): Promise<void>
}

/** Of Venice's answer; the others are between Venice and us. */
const PASSED_ON = /^(?:content-type|content-disposition|retry-after|cf-ray|x-request-id|x-ratelimit-.+|x-venice-.+)$/

const HEADERS = {
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
}

/**
 * Serves OpenAI's API at `host`, over Venice. Whoever has the token can spend; nobody else gets further than a refusal. A
 * request names a path of Venice's inference API and nothing else: where it goes was settled when the gateway started.
 *
 * Side effects: a server, until `close`.
 *
 * @throws {GatewayNotListeningError}
 */
export async function serveGateway(options: GatewayOptions): Promise<Gateway> {
  const { host, token, report } = options
  const isLoopback = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/.test(host)
  let openCalls = 0
  let isClosing = false

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const own = ownPath(request)
    const target = admit(
      own === null ? request : { ...OWN, headers: request.headers, rawHeaders: request.rawHeaders },
      { port, token, isLoopback },
    )
    if ('status' in target) return refuse(request, response, target)
    if (own === '/status') return sendJson(response, 200, report(openCalls).status)
    if (own === '/metrics') return sendText(response, report(openCalls).metrics)
    openCalls += 1
    try {
      await forward(request, response, target, options)
    } finally {
      openCalls -= 1
    }
  }

  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    if (isClosing) response.setHeader('connection', 'close')
    response.on('error', () => response.destroy())
    response.on('close', () => isClosing && setImmediate(() => server.closeIdleConnections()))
    serve(request, response).catch(() => response.destroy())
  })
  server.headersTimeout = HEADERS_MS
  server.maxConnections = MAX_CONNECTIONS
  // What is asked for in the form of a proxy, or to be upgraded, is nothing that is served.
  server.on('connect', (_, socket) => socket.destroy())
  server.on('upgrade', (_, socket) => socket.destroy())
  await listen(server, options)
  const { port } = server.address() as AddressInfo

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}/v1`,
    port,
    openCalls: () => openCalls,
    async close() {
      if (isClosing) return
      isClosing = true
      const closed = once(server, 'close')
      server.close()
      server.closeIdleConnections()
      await closed
    },
  }
}

async function listen(server: ReturnType<typeof createServer>, { host, port }: GatewayOptions): Promise<void> {
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw new GatewayNotListeningError({ host, port, reason }, { cause: error })
  }
}

/** What the gateway tells of itself. */
const ownPath = ({ url, method }: IncomingMessage): '/status' | '/metrics' | null =>
  method === 'GET' && (url === '/status' || url === '/metrics') ? url : null

/** Stands for what the gateway tells of itself: who may list models may see it. */
const OWN = { method: 'GET', url: '/v1/models' }

/** The body is not read: the connection ends with the answer. */
function refuse(request: IncomingMessage, response: ServerResponse, { status, code, message }: Refused): void {
  response.setHeader('connection', 'close')
  if (status === 401) response.setHeader('www-authenticate', 'Bearer')
  sendJson(response, status, openAiError(status, { message, code }))
  request.resume()
}

async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { method, path, query }: Admitted,
  { call, maxBodyBytes = MAX_BODY_BYTES }: GatewayOptions,
): Promise<void> {
  const body = method === 'GET' ? null : await readBody(request, maxBodyBytes)
  if (body === 'tooLarge') {
    response.setHeader('connection', 'close')
    const message = `The body has more than ${maxBodyBytes} bytes.`
    return sendJson(response, 413, openAiError(413, { message, code: 'PAYLOAD_TOO_LARGE' }))
  }
  const leaving = new AbortController()
  response.on('close', () => response.writableFinished || leaving.abort())
  try {
    const { signal } = leaving
    const answer = await call({ method, path, query, headers: headersFor(request), body, signal })
    for (const [name, value] of answer.headers) if (PASSED_ON.test(name)) response.setHeader(name, value)
    if (answer.status >= 400) {
      response.removeHeader('content-type')
      return sendJson(response, answer.status, fromVenice(answer.status, await textOf(answer)))
    }
    await pass(answer, response)
  } catch (error) {
    if (leaving.signal.aborted) return
    if (response.headersSent) return void response.destroy()
    sendJson(response, ...failureOf(error))
  }
}

/** A client of OpenAI's says what it sends and wants; whatever else it says stays here. */
const headersFor = ({ headers }: IncomingMessage): Record<string, string> => ({
  ...(headers['content-type'] !== undefined && { 'content-type': headers['content-type'] }),
  ...(headers.accept !== undefined && { accept: headers.accept }),
})

function readBody(request: IncomingMessage, max: number): Promise<Buffer<ArrayBuffer> | 'tooLarge'> {
  if (Number(request.headers['content-length'] ?? 0) > max) return Promise.resolve('tooLarge')
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= max) chunks.push(chunk)
      // What is left is not kept, and the answer must still be sent: the stream is not to be destroyed.
      else resolve('tooLarge')
    })
    request.on('end', () => resolve(Buffer.concat(chunks)))
    request.on('error', reject)
  })
}

/** As it comes, and no faster than the client takes it. */
async function pass({ status, body }: Answer, response: ServerResponse): Promise<void> {
  if (body === null || body instanceof Uint8Array) {
    response.writeHead(status, { 'content-length': body?.length ?? 0 })
    return void response.end(body ?? undefined)
  }
  response.writeHead(status)
  response.flushHeaders()
  for (let part = await body.read(); part !== null; part = await body.read()) {
    if (response.destroyed) return
    if (!response.write(part)) await Promise.race([once(response, 'drain'), once(response, 'close')])
  }
  response.end()
}

async function textOf({ body }: Answer): Promise<string> {
  if (body === null) return ''
  if (body instanceof Uint8Array) return startOf([body])
  const parts: Uint8Array[] = []
  for (let bytes = 0; bytes < MAX_ERROR_BYTES; ) {
    const part = await body.read()
    if (part === null) return startOf(parts)
    parts.push(part)
    bytes += part.length
  }
  body.cancel()
  return startOf(parts)
}

const startOf = (parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString('utf8', 0, MAX_ERROR_BYTES)

function failureOf(error: unknown): [status: number, body: OpenAiError] {
  if (error instanceof OnboardingError) {
    const { code, message, hint } = error
    return [502, openAiError(502, { message: `${message} ${hint}`, code })]
  }
  return [502, openAiError(502, { message: 'Venice could not be reached.', code: 'upstream_unreachable' })]
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body))
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length })
  response.end(bytes)
}

function sendText(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
  response.end(text)
}
