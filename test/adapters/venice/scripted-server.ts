import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SeenRequest {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}

export type Script = (request: SeenRequest, response: ServerResponse) => void

export interface ScriptedServer extends AsyncDisposable {
  apiUrl: string
  /** Every request that arrived, in order. */
  seen: SeenRequest[]
}

/** Local time of every test, and by default the server's: 2026-11-22, noon. */
export const NOW_MS = Date.UTC(2026, 10, 22, 12)

export const clock = { now: () => NOW_MS, sleepUntil: async () => {}, random: () => 0, id: () => 'marker' }

/** A real server on loopback that answers as `script` says, once the whole request is there. */
export async function startServer(script: Script): Promise<ScriptedServer> {
  const seen: SeenRequest[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const arrived = { method, url, headers, body }
      seen.push(arrived)
      response.setHeader('date', new Date(NOW_MS).toUTCString())
      script(arrived, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    apiUrl: `http://127.0.0.1:${port}/api/v1`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Script =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  }

export const raw =
  (status: number, body: string, headers: Record<string, string> = {}): Script =>
  (_, response) => {
    response.writeHead(status, headers).end(body)
  }

/** Resets the connection instead of answering. */
export const reset: Script = (_, response) => {
  response.socket?.resetAndDestroy()
}

/** Starts an answer of 100 bytes, then resets the connection. */
export const resetInBody: Script = (_, response) => {
  response.writeHead(200, { 'content-length': 100 })
  response.write('{"data":', () => response.socket?.resetAndDestroy())
}

/** Starts an answer, and never ends it. */
export const stallInBody: Script = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).write('{"data":')
}

/** Every text of an error and of its causes: what a log or a crash report might show. */
export function textsOf(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? ''
  const own = Object.getOwnPropertyNames(error)
    .filter((name) => name !== 'cause')
    .map((name) => JSON.stringify(Reflect.get(error, name)))
  return [...own, String(error), error.cause === undefined ? '' : textsOf(error.cause)].join('\n')
}

/** What `promise` rejects with. */
export const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error('It did not reject.')
    },
    (error: unknown) => error,
  )
