import { systemClock } from '../adapters/clock.ts'
import { SIWX_HEADER } from '../adapters/siwx.ts'
import type { ServerClock } from '../adapters/venice/server-clock.ts'
import { OtherHostRefusedError } from '../errors/gateway.ts'
import { RedirectRefusedError } from '../errors/venice/all.ts'
import type { SignInTarget } from '../gate/sign-in.ts'
import type { Clock } from '../ports/clock.ts'
import { type Ending, passedOn } from './answer.ts'
import type { Credit } from './credit.ts'
import { modelIn } from './model.ts'
import { accessOf } from './routes.ts'
import type { Slots } from './slots.ts'

/** One call to Venice, without anything of what was asked or answered. */
export interface CallReport {
  /** E.g. `POST /chat/completions`. */
  route: string
  /** As the request names it; null where it names none. */
  model: string | null
  /** Null: no answer came. */
  status: number | null
  /** Dollars, DIEM included; null where Venice does not say. */
  costUsd: number | null
  /** From the sending to the end of the answer. */
  ms: number
  /** The client took all of the answer. */
  isWhole: boolean
}

/** What a request is sent with. */
export interface Credential {
  readonly kind: 'wallet' | 'key'
  /** Headers for one request; those of a wallet are good for no other. */
  headers(target: SignInTarget): Promise<Record<string, string>>
}

export interface CallerOptions {
  /** Without a slash at its end. */
  apiUrl: string
  credential: Credential
  /** Learns Venice's time from every answer; the credential is made with it. */
  clock: ServerClock
  /** Room for the call; absent: any number of calls at a time. */
  slots?: (() => Promise<Slots>) | undefined
  /** Null: credit is nobody's concern here. */
  credit: Credit | null
  fetch?: typeof globalThis.fetch | undefined
  onCall?: ((call: CallReport) => void) | undefined
  /** Waits until Venice has room for the wallet. Default: this machine's clock. */
  timer?: Pick<Clock, 'now' | 'sleepUntil'> | undefined
}

/**
 * Milliseconds between the tries of a call that Venice has no room for. Venice learns that a call has ended later than its
 * client: after one that was aborted, by a round trip. Another program may call with the same wallet, too.
 */
const ROOM_WAITS_MS = [50, 100, 200, 400, 800, 1_600]

/** Credentials of the client's own, cookies, and payments: none of them is Venice's to see. */
const NEVER_SENT = [
  'authorization',
  'api-key',
  'x-api-key',
  'cookie',
  'proxy-authorization',
  SIWX_HEADER,
  'x-sign-in-with-x',
  'payment-signature',
  'x-402-payment',
  'x-payment',
]

const SIGN_IN_REFUSED = /"X402_SIGN_IN_(?:EXPIRED|FUTURE_TIMESTAMP|NOT_BEFORE|TIMESTAMP_MISMATCH)"/

/**
 * A `fetch` that calls Venice with `credential`, and nobody else. A call is repeated in three cases, in each of which
 * Venice has neither done nor charged anything: its sign-in was refused for the time, and Venice's time is known since;
 * there was no credit, and it was filled up; or too many calls of the wallet were open, and a few seconds have passed.
 *
 * Side effects: the request; a signature for each; perhaps a refill.
 *
 * @throws {OtherHostRefusedError} {RedirectRefusedError}, and what `fetch` itself throws.
 */
export function createCaller(options: CallerOptions): typeof globalThis.fetch {
  const { apiUrl, credential, clock, slots, credit, fetch = globalThis.fetch, onCall, timer = systemClock } = options
  const base = new URL(`${apiUrl}/`)

  async function send(sending: Sending, signal: AbortSignal): Promise<Response> {
    const { method, url, headers: given, body } = sending
    const headers = new Headers(given)
    if (!sending.isOpen)
      for (const [name, value] of Object.entries(await credential.headers({ method, url }))) headers.set(name, value)
    const sentAtMs = clock.now() - clock.skewMs()
    const response = await fetch(url, { method, headers, body, signal, redirect: 'manual' })
    const serverMs = Date.parse(response.headers.get('date') ?? '')
    if (serverMs > 0) clock.learn({ serverMs, sentAtMs })
    const { status } = response
    if (status < 300 || status > 399 || status === 304) return response
    await response.body?.cancel()
    throw new RedirectRefusedError({ request: sending.route, status })
  }

  /** The answer, after a repeat where one helps. Its text was read to decide on that. */
  async function attempt(sending: Sending, signal: AbortSignal): Promise<Response> {
    const [wasKnown, mark] = [clock.isKnown(), credit?.mark() ?? 0]
    const response = await send(sending, signal)
    const isWallet = credential.kind === 'wallet' && !sending.isOpen
    if (!isWallet || (response.status !== 401 && response.status !== 402)) return response
    const text = await response.text()
    const again =
      response.status === 401
        ? !wasKnown && clock.skewMs() !== 0 && SIGN_IN_REFUSED.test(text)
        : credit !== null && codeIn(text) === 'PAYMENT_REQUIRED' && (await credit.ranOut(mark))
    return again ? send(sending, signal) : withText(response, text)
  }

  /** The answer once Venice has room for the call, or the last refusal. */
  async function whenThereIsRoom(sending: Sending, signal: AbortSignal): Promise<Response> {
    for (const waitMs of ROOM_WAITS_MS) {
      const response = await attempt(sending, signal)
      if (credential.kind !== 'wallet' || response.status !== 429) return response
      const text = await response.text()
      if (codeIn(text) !== 'X402_CONCURRENCY_LIMIT') return withText(response, text)
      await timer.sleepUntil(timer.now() + waitMs, signal)
    }
    return attempt(sending, signal)
  }

  return async (input, init) => {
    const request = new Request(input, init)
    const url = new URL(request.url)
    if (url.origin !== base.origin || !url.pathname.startsWith(base.pathname) || url.username !== '' || url.password)
      throw new OtherHostRefusedError({ host: url.host, apiUrl })
    url.hash = ''
    const { method, signal } = request
    const path = url.pathname.slice(base.pathname.length - 1)
    const headers = new Headers(request.headers)
    for (const name of NEVER_SENT) headers.delete(name)
    const isOpen = accessOf(method, path) === 'open'
    const body = request.body === null ? null : new Uint8Array(await request.arrayBuffer())
    const sending: Sending = { method, url: url.href, route: `${method} ${path}`, headers, body, isOpen }

    const leave = isOpen || slots === undefined ? () => {} : await (await slots()).take(signal)
    // With its place, not before: those that were sent while it waited have cost something.
    if (!isOpen) await credit?.ensure()
    const startedAt = performance.now()
    const model = modelIn(headers, body)
    let status: number | null = null
    const end = ({ cost, isWhole }: Ending) => {
      leave()
      // A call without an answer may have been charged; one that was refused was not.
      if (!isOpen && (status === null || status < 400)) credit?.spent(cost)
      const costUsd = isOpen ? 0 : cost
      onCall?.({ route: sending.route, model, status, costUsd, ms: performance.now() - startedAt, isWhole })
    }
    try {
      const response = await whenThereIsRoom(sending, signal)
      status = response.status
      return await passedOn(response, { signal, onEnd: end })
    } catch (error) {
      if (status === null) end({ cost: null, isWhole: false })
      throw error
    }
  }
}

interface Sending {
  method: string
  url: string
  route: string
  headers: Headers
  body: Uint8Array<ArrayBuffer> | null
  /** It needs no credential. */
  isOpen: boolean
}

const withText = ({ status, statusText, headers }: Response, text: string): Response =>
  new Response(text, { status, statusText, headers })

/**
 * The code of a refusal; null where it has none. Of Venice's 402s, `PAYMENT_REQUIRED` is the one that credit of the wallet
 * cures. Another comes while a linked account has DIEM, and paying USDC would change nothing about that.
 *
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-x402/SKILL.md (2026-10-02)
 */
function codeIn(text: string): unknown {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? Reflect.get(body, 'code') : null
  } catch {
    return null
  }
}
