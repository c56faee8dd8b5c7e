import type { Reply, Send, Source } from './exchange.ts'

/** Sends through a `fetch`: runs wherever there is one. */
export const sendByFetch =
  (fetch: typeof globalThis.fetch): Send =>
  async ({ url, ...request }) =>
    replyOf(await fetch(url, { ...request, redirect: 'manual' }))

const replyOf = (response: Response): Reply => ({
  status: response.status,
  statusText: response.statusText,
  headers: response.headers,
  hasBody: response.body !== null,
  bytes: async () => new Uint8Array(await response.arrayBuffer()),
  source: () => (response.body === null ? NOTHING : sourceOf(response.body)),
})

const NOTHING: Source = { read: () => Promise.resolve(null), cancel() {} }

function sourceOf(body: ReadableStream<Uint8Array>): Source {
  const reader = body.getReader()
  return {
    async read() {
      const { done, value } = await reader.read()
      return done ? null : value
    },
    cancel: () => void reader.cancel().catch(() => {}),
  }
}
