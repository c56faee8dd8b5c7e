/** Milliseconds after which an answer is not used: what it shows may have changed. Loading takes a fraction. */
const MAX_AGE_MS = 5_000

export interface EarlyRequest {
  /** `fetch`, except that the first request gets the answer that was asked for early, if it is the same request. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
  /** Gives up an answer that nobody has taken. */
  end(): void
}

/**
 * POSTs JSON that is known before the code is loaded that will ask for it. The answer is handed out once, to exactly that request.
 *
 * Side effects: the request. What fails, fails for who asks.
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
