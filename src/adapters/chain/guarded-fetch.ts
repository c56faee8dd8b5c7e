import {
  RpcAnswerTooLargeError,
  RpcAnswerUnreadableError,
  RpcRedirectRefusedError,
} from '../../errors/chain/endpoints.ts'

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** Bytes. The largest answer is a block with the hashes of its transactions: under 200 KiB on a full day. */
const MAX_BODY_BYTES = 4_194_304

/**
 * `fetch` for JSON-RPC to a public endpoint: no redirects, since a request may carry a signed transaction; a bounded
 * body; and exactly one answer to each request of a batch. viem sorts the answers and pairs them with the requests by
 * order, so one extra answer could return a balance in place of an allowance.
 *
 * @param fetch - sends the request. Default: the global `fetch`.
 * @throws {RpcRedirectRefusedError} {RpcAnswerTooLargeError} {RpcAnswerUnreadableError}
 */
export async function guardedFetch(
  input: string | URL | Request,
  init?: RequestInit,
  fetch: Fetch = globalThis.fetch,
): Promise<Response> {
  const response = await fetch(input, { ...init, redirect: 'manual' })
  const { status, statusText, headers } = response
  if (status >= 300 && status <= 399) {
    await response.body?.cancel()
    throw new RpcRedirectRefusedError(status)
  }
  const text = await readText(response)
  if (response.ok) requireAnswers(parse(init?.body), text)
  return new Response(text === '' ? null : text, { status, statusText, headers })
}

async function readText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MAX_BODY_BYTES) throw new RpcAnswerTooLargeError(MAX_BODY_BYTES)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

function requireAnswers(asked: unknown, text: string): void {
  const answered = parse(text)
  if (answered === undefined) {
    const isHtml = /^\s*<(?:!doctype|html|head|body)\b/i.test(text)
    throw new RpcAnswerUnreadableError(isHtml ? 'it is a web page' : 'it is not JSON, or was cut short')
  }
  if (!Array.isArray(asked) || isRefusalOfAll(answered)) return
  const wanted = idsOf(asked)
  const found = Array.isArray(answered) ? idsOf(answered) : []
  if (found.length === wanted.length && wanted.every((id) => id !== undefined && found.includes(id))) return
  throw new RpcAnswerUnreadableError(
    `${wanted.length} requests got ${found.length} answers, or answers to other requests`,
  )
}

/** One error in place of the batch, bare or as the only item of a list, as geth sends it. */
function isRefusalOfAll(answered: unknown): boolean {
  const [only, another] = Array.isArray(answered) ? answered : [answered]
  return another === undefined && typeof only === 'object' && only !== null && 'error' in only
}

const idsOf = (items: readonly unknown[]): unknown[] =>
  items.map((item) => (typeof item === 'object' && item !== null && 'id' in item ? item.id : undefined))

function parse(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined
  } catch {
    return undefined
  }
}
