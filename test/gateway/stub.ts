import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Seen {
  method: string
  path: string
  headers: IncomingMessage['headers']
  body: string
}

/** A server that records its requests, and answers as given. */
export async function stubServer(
  answer: (seen: Seen, response: ServerResponse, request: IncomingMessage) => void | Promise<void>,
) {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method = '', url = '', headers } = request
    const one = { method, path: url, headers, body: Buffer.concat(chunks).toString() }
    seen.push(one)
    await answer(one, response, request)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

export const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

/** The content of a `SIGN-IN-WITH-X` header. */
export const signInOf = ({ headers }: Pick<Seen, 'headers'>): { address: string; message: string } =>
  JSON.parse(Buffer.from(String(headers['sign-in-with-x']), 'base64').toString())

export const lineOf = (message: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)$`, 'm').exec(message)?.[1]
