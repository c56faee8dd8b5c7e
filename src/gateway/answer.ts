import { costIn, costReader } from './cost.ts'

/** Statuses whose answers have no body. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([101, 204, 205, 304])
/** Of the body as it came over the wire, which `fetch` has decoded. */
const OF_THE_WIRE = ['content-encoding', 'content-length', 'transfer-encoding']

/** A stream that its reader forgot is cancelled, so that it does not keep its place for ever. */
const forgotten = new FinalizationRegistry<() => void>((end) => end())

export interface Ending {
  /** Dollars, or null where Venice does not say. */
  cost: number | null
  /** The whole answer was read. */
  isWhole: boolean
}

/**
 * `response` as the client gets it. `onEnd` is called once: when all of it was read, when the client lets go of it, or when
 * the connection breaks.
 */
export async function passedOn(
  response: Response,
  { signal, onEnd }: { signal: AbortSignal; onEnd: (ending: Ending) => void },
): Promise<Response> {
  const { status, statusText } = response
  const headers = new Headers(response.headers)
  for (const name of OF_THE_WIRE) headers.delete(name)
  const type = headers.get('content-type') ?? ''
  let ended = false
  const end = (ending: Ending) => {
    if (ended) return
    ended = true
    onEnd(ending)
  }
  if (response.body === null || WITHOUT_BODY.has(status)) {
    end({ cost: null, isWhole: true })
    return at(response.url, new Response(null, { status, statusText, headers }))
  }
  // Answers that are JSON are whole before they are passed on: the place is free at once, whatever the client does.
  if (/^application\/json\b/i.test(type)) {
    try {
      const text = await response.text()
      end({ cost: costIn(text), isWhole: true })
      return at(response.url, new Response(text, { status, statusText, headers }))
    } finally {
      end({ cost: null, isWhole: false })
    }
  }
  const body = watched(response.body, { signal, end, isEvents: /^text\/event-stream\b/i.test(type) })
  return at(response.url, new Response(body, { status, statusText, headers }))
}

/** `Response` takes no URL, and some clients show it. */
const at = (url: string, response: Response): Response => Object.defineProperty(response, 'url', { value: url })

function watched(
  source: ReadableStream<Uint8Array>,
  { signal, end, isEvents }: { signal: AbortSignal; end: (ending: Ending) => void; isEvents: boolean },
): ReadableStream<Uint8Array> {
  const reader = source.getReader()
  const events = costReader()
  const cost = () => (isEvents ? events.cost() : null)
  const stop = () => {
    signal.removeEventListener('abort', stop)
    end({ cost: cost(), isWhole: false })
    reader.cancel().catch(() => {})
  }
  signal.addEventListener('abort', stop, { once: true })
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (!done) {
            if (isEvents) events.push(value)
            controller.enqueue(value)
            return
          }
          signal.removeEventListener('abort', stop)
          end({ cost: cost(), isWhole: true })
          controller.close()
        } catch (error) {
          stop()
          controller.error(signal.aborted ? signal.reason : error)
        }
      },
      cancel: stop,
    },
    { highWaterMark: 0 },
  )
  forgotten.register(stream, stop)
  return stream
}
