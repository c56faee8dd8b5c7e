import { onTestFinished } from 'vitest'
import { type SeenRequest, startServer } from '../venice/scripted-server.ts'

export interface Asked {
  id: unknown
  method: string
  params: readonly unknown[]
}

/** The answer to one call: a result, an error, or nothing special. */
export type Answer = { result: unknown } | { error: { code: number; message: string; data?: unknown } }

export interface Reply {
  status?: number
  body: unknown
  headers?: Record<string, string>
  /** Resolves when the reply may go out. */
  after?: Promise<unknown>
}

export const result = (value: unknown): Answer => ({ result: value })
export const refusal = (code: number, message: string): Answer => ({ error: { code, message } })

/**
 * An RPC endpoint on loopback: `whole` may answer a whole HTTP request, else `each` answers its calls. Ends with the test.
 *
 * @returns `asked`: the calls of each HTTP request, and whether they came as a batch.
 */
export async function rpcServer(
  each: (call: Asked) => Answer,
  whole: (calls: readonly Asked[], isBatch: boolean, request: SeenRequest) => Reply | null = () => null,
) {
  const asked: { calls: readonly Asked[]; isBatch: boolean; path: string; headers: SeenRequest['headers'] }[] = []
  const server = await startServer((request, response) => {
    const parsed = JSON.parse(request.body) as Asked | Asked[]
    const isBatch = Array.isArray(parsed)
    const calls = isBatch ? parsed : [parsed]
    asked.push({ calls, isBatch, path: request.url, headers: request.headers })
    response.removeHeader('date')
    const reply = whole(calls, isBatch, request)
    const answers = () => calls.map((call) => ({ jsonrpc: '2.0', id: call.id, ...each(call) }))
    const body = reply === null ? (isBatch ? answers() : answers()[0]) : reply.body
    const send = () =>
      response
        .writeHead(reply?.status ?? 200, { 'content-type': 'application/json', ...reply?.headers })
        .end(typeof body === 'string' ? body : JSON.stringify(body))
    if (reply?.after) reply.after.then(send)
    else send()
  })
  onTestFinished(() => server[Symbol.asyncDispose]())
  return {
    url: server.apiUrl.replace('/api/v1', ''),
    asked,
    sizes: () => asked.map(({ calls }) => calls.length),
    methods: () => asked.flatMap(({ calls }) => calls.map(({ method }) => method)),
  }
}
