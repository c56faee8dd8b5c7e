/** An answer is not used after this many milliseconds, as its data may have changed. Loading takes much less. */
const MAX_AGE_MS = 5_000

export interface EarlyRequest {
  /** Works as `fetch`, but the first request gets the early answer if it is the same request. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
  /** Cancels an answer that nobody took. */
  end(): void
}

/**
 * POSTs JSON before the code that needs the answer is loaded. The answer is given once, to exactly the same request.
 *
 * Side effects: the request. The code that takes the answer gets its failure.
 */
export function requestEarly(url: string, body: string): EarlyRequest {
  const over = new AbortController()
  const startedAt = performance.now()
  const headers = { 'content-type': 'application/json' }
  let early: Promise<Response> | null = fetch(url, {
    method: 'POST',
    headers,
    body,
    redirect: 'manual',
    signal: over.signal,
  })
  early.catch(() => {})
  const isFor = (input: string | URL | Request, { body: asked, headers: sent }: RequestInit): boolean =>
    input === url && asked === body && JSON.stringify(sent) === JSON.stringify(headers)

  return {
    fetch(input, init = {}) {
      const answer = early
      early = null
      if (answer === null) return fetch(input, init)
      const { signal } = init
      if (!isFor(input, init) || performance.now() - startedAt > MAX_AGE_MS) {
        over.abort()
        return fetch(input, init)
      }
      const abort = () => over.abort(signal?.reason)
      if (signal?.aborted) abort()
      else signal?.addEventListener('abort', abort, { once: true })
      return answer
    },
    end() {
      if (early !== null) over.abort()
      early = null
    },
  }
}
