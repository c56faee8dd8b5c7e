import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/** A server in front of `target` that records the time of each request, also of each in a batch. */
export async function startCountingProxy(target: string): Promise<{ url: string; cameAtMs: number[] }> {
  const cameAtMs: number[] = []
  const server = createServer((incoming, response) => {
    const atMs = performance.now()
    const pass = async () => {
      const sent = await text(incoming)
      const batch: unknown = sent.startsWith('[') ? JSON.parse(sent) : null
      for (let left = Array.isArray(batch) ? batch.length : 1; left > 0; left -= 1) cameAtMs.push(atMs)
      const { host: _, connection: __, ...headers } = incoming.headers
      const onward = request(new URL(incoming.url ?? '/', target), { method: incoming.method, headers })
      onward.end(sent)
      const [answer] = await once(onward, 'response')
      response.writeHead(answer.statusCode, { 'content-type': answer.headers['content-type'] ?? '' })
      response.end(await text(answer))
    }
    pass().catch(() => incoming.socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${new URL(target).pathname}`, cameAtMs }
}

/** The maximum within any one second. */
export function mostInASecond(cameAtMs: readonly number[]): number {
  const sorted = [...cameAtMs].sort((a, b) => a - b)
  return Math.max(0, ...sorted.map((from) => sorted.filter((at) => at >= from && at < from + 1_000).length))
}
