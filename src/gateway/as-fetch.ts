import { OtherHostRefusedError } from '../errors/gateway.ts'
import type { Answer } from './answer.ts'
import type { Call } from './caller.ts'
import type { Source } from './exchange.ts'

/** Of the body as it came over the wire, which `fetch` has decoded. */
const OF_THE_WIRE = ['content-encoding', 'content-length', 'transfer-encoding']

/** A stream that its reader forgot is cancelled, so that it does not keep its place for ever. */
const forgotten = new FinalizationRegistry<() => void>((end) => end())

/**
 * `call` as a `fetch` that reaches the API at `apiUrl`, and nothing else.
 *
 * @param apiUrl - without a slash at its end.
 * @throws {OtherHostRefusedError}, and what `call` throws.
 */
export function asFetch(call: Call, apiUrl: string): typeof globalThis.fetch {
  const base = new URL(`${apiUrl}/`)
  return async (input, init) => {
    const request = new Request(input, init)
    const url = new URL(request.url)
    if (url.origin !== base.origin || !url.pathname.startsWith(base.pathname) || url.username !== '' || url.password)
      throw new OtherHostRefusedError({ host: url.host, apiUrl })
    const answer = await call({
      method: request.method,
      path: url.pathname.slice(base.pathname.length - 1),
      query: url.search,
      headers: Object.fromEntries(request.headers),
      body: request.body === null ? null : new Uint8Array(await request.arrayBuffer()),
      signal: request.signal,
    })
    return responseOf(answer, url)
  }
}

function responseOf({ status, statusText, headers: given, body }: Answer, { origin, pathname, search }: URL): Response {
  const headers = new Headers([...given])
  for (const name of OF_THE_WIRE) headers.delete(name)
  const content = body === null || body instanceof Uint8Array ? body : streamOf(body)
  const response = new Response(content, { status, statusText, headers })
  // `Response` takes no URL, and some clients show it.
  return Object.defineProperty(response, 'url', { value: `${origin}${pathname}${search}` })
}

function streamOf(source: Source): ReadableStream<Uint8Array> {
  const cancel = () => source.cancel()
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const part = await source.read()
        if (part === null) controller.close()
        else controller.enqueue(part)
      },
      cancel,
    },
    { highWaterMark: 0 },
  )
  forgotten.register(stream, cancel)
  return stream
}
