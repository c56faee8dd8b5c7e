import { costIn, costReader } from './cost.ts'
import type { Bytes, Reply, Source } from './exchange.ts'

/** What comes of a call. */
export interface Answer extends Pick<Reply, 'status' | 'statusText' | 'headers'> {
  /** Whole, or as it comes; null: there is none. */
  body: Bytes | Source | null
}

export interface Ending {
  /** Dollars, or null where Venice does not say. */
  cost: number | null
  /** The whole answer was read. */
  isWhole: boolean
}

/**
 * `reply` as the client gets it. `onEnd` is called once: when all of it was read, when the client lets go of it, or when
 * the connection breaks.
 */
export async function passedOn(
  reply: Reply,
  { signal, onEnd }: { signal: AbortSignal; onEnd: (ending: Ending) => void },
): Promise<Answer> {
  const { status, statusText, headers } = reply
  const type = headers.get('content-type') ?? ''
  let ended = false
  const end = (ending: Ending) => {
    if (ended) return
    ended = true
    onEnd(ending)
  }
  if (!reply.hasBody) {
    end({ cost: null, isWhole: true })
    return { status, statusText, headers, body: null }
  }
  // Answers that are JSON are whole before they are passed on: the place is free at once, whatever the client does.
  if (/^application\/json\b/i.test(type)) {
    try {
      const bytes = await reply.bytes()
      end({ cost: costIn(bytes), isWhole: true })
      return { status, statusText, headers, body: bytes }
    } finally {
      end({ cost: null, isWhole: false })
    }
  }
  const isEvents = /^text\/event-stream\b/i.test(type)
  return { status, statusText, headers, body: watched(reply.source(), { signal, end, isEvents }) }
}

function watched(
  source: Source,
  { signal, end, isEvents }: { signal: AbortSignal; end: (ending: Ending) => void; isEvents: boolean },
): Source {
  const events = costReader()
  const cost = () => (isEvents ? events.cost() : null)
  const stop = () => {
    signal.removeEventListener('abort', stop)
    end({ cost: cost(), isWhole: false })
    source.cancel()
  }
  signal.addEventListener('abort', stop, { once: true })
  return {
    async read() {
      try {
        const part = await source.read()
        if (part === null) {
          signal.removeEventListener('abort', stop)
          end({ cost: cost(), isWhole: true })
        } else if (isEvents) events.push(part)
        return part
      } catch (error) {
        stop()
        throw signal.aborted ? signal.reason : error
      }
    },
    cancel: stop,
  }
}
