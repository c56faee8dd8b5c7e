import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Feed } from './feed.ts'
import { type Events, eventId, indexAfter } from './model/wire.ts'

const BEAT_MS = 10_000
/** Steps in one message, so that a long history does not become one long pause. */
const BATCH = 250
/** Milliseconds after which a browser connects again. */
const RETRY_MS = 1_000

/**
 * Streams `feed` to one viewer as server-sent events: what came before first, or, for one that comes back, what it has not
 * seen. A viewer that reads slowly is waited for; the steps are in the feed, so nothing is queued for it.
 *
 * @returns ends the stream.
 */
export function stream(feed: Feed, request: IncomingMessage, response: ServerResponse): () => void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' })
  const lastSeen = request.headers['last-event-id']
  let epoch = ''
  let sent = -1
  let sentNow: unknown = null
  let isFull = false

  const write = <Name extends keyof Events>(event: Name, data: Events[Name], id?: string) => {
    const lines = [...(id === undefined ? [] : [`id: ${id}`]), `event: ${event}`, `data: ${JSON.stringify(data)}`]
    isFull = !response.write(`${lines.join('\n')}\n\n`)
  }
  const sendMore = () => {
    if (epoch !== feed.epoch) {
      sent = epoch === '' ? indexAfter(feed.epoch, String(lastSeen), feed.count) : -1
      epoch = feed.epoch
      write('hello', { now: Date.now(), epoch, about: feed.about })
    }
    while (!isFull && sent < feed.count - 1) {
      const next = Math.min(sent + 1 + BATCH, feed.count)
      write('steps', feed.patches(sent + 1, next), eventId(epoch, next - 1))
      sent = next - 1
    }
    if (!isFull && sentNow !== feed.now) {
      sentNow = feed.now
      write('now', feed.now)
    }
    if (feed.hasEnded && !isFull) {
      write('end', null)
      response.end()
    }
  }
  response.on('drain', () => {
    isFull = false
    sendMore()
  })
  response.write(`retry: ${RETRY_MS}\n\n`)
  const timer = setInterval(() => {
    if (!isFull) write('beat', { now: Date.now() })
  }, BEAT_MS).unref()
  const stopListening = feed.listen({ onChange: sendMore, onEnd: sendMore })
  const stop = () => {
    clearInterval(timer)
    stopListening()
  }
  response.on('close', stop)
  sendMore()
  return () => {
    stop()
    response.end()
  }
}
