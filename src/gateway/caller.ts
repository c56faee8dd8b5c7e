import { systemClock } from '../adapters/clock.ts'
import { SIWX_HEADER } from '../adapters/siwx.ts'
import type { ServerClock } from '../adapters/venice/server-clock.ts'
import { RedirectRefusedError } from '../errors/venice/all.ts'
import type { SignInTarget } from '../gate/sign-in.ts'
import type { Clock } from '../ports/clock.ts'
import { type Answer, type Ending, passedOn } from './answer.ts'
import type { Credit } from './credit.ts'
import type { Bytes, Outgoing, Reply, Send, Source } from './exchange.ts'
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

/** A call as a client makes it. */
export interface Asked extends Pick<Outgoing, 'method' | 'body' | 'signal'> {
  /** After the API URL, with a leading slash. */
  path: string
  /** With its `?`, or empty. */
  query: string
  /** Names in small letters. Credentials, cookies and payments among them are not sent. */
  headers: Readonly<Record<string, string>>
}

/** Makes a call, and waits for its answer, or at least for the head of it. */
export type Call = (asked: Asked) => Promise<Answer>

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
  send: Send
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
const NEVER_SENT: ReadonlySet<string> = new Set([
  'authorization',
  'api-key',
  'x-api-key',
  'cookie',
  'proxy-authorization',
  SIWX_HEADER.toLowerCase(),
  'x-sign-in-with-x',
  'payment-signature',
  'x-402-payment',
  'x-payment',
])

const SIGN_IN_REFUSED = /"X402_SIGN_IN_(?:EXPIRED|FUTURE_TIMESTAMP|NOT_BEFORE|TIMESTAMP_MISMATCH)"/

/**
 * Calls Venice with `credential`, and nobody else. A call is repeated in three cases, in each of which
 * Venice has neither done nor charged anything: its sign-in was refused for the time, and Venice's time is known since;
 * there was no credit, and it was filled up; or too many calls of the wallet were open, and a few seconds have passed.
 *
 * Side effects of a call: the request; a signature for each; perhaps a refill.
 *
 * @returns a function that rejects with {RedirectRefusedError}, and with what `send` rejects with.
 */
export function createCaller(options: CallerOptions): Call {
  const { apiUrl, credential, clock, slots, credit, send, onCall, timer = systemClock } = options

  async function once({ isOpen, route, ...outgoing }: Sending): Promise<Reply> {
    const own = isOpen ? {} : await credential.headers(outgoing)
    const sentAtMs = clock.now() - clock.skewMs()
    const reply = await send({ ...outgoing, headers: { ...outgoing.headers, ...own } })
    const serverMs = Date.parse(reply.headers.get('date') ?? '')
    if (serverMs > 0) clock.learn({ serverMs, sentAtMs })
    const { status } = reply
    if (status < 300 || status > 399 || status === 304) return reply
    reply.source().cancel()
    throw new RedirectRefusedError({ request: route, status })
  }

  /** The answer, after a repeat where one helps. Its text was read to decide on that. */
  async function attempt(sending: Sending): Promise<Reply> {
    const [wasKnown, mark] = [clock.isKnown(), credit?.mark() ?? 0]
    const reply = await once(sending)
    const isWallet = credential.kind === 'wallet' && !sending.isOpen
    if (!isWallet || (reply.status !== 401 && reply.status !== 402)) return reply
    const { text, again: same } = await readTwice(reply)
    const again =
      reply.status === 401
        ? !wasKnown && clock.skewMs() !== 0 && SIGN_IN_REFUSED.test(text)
        : credit !== null && codeIn(text) === 'PAYMENT_REQUIRED' && (await credit.ranOut(mark))
    return again ? once(sending) : same
  }

  /** The answer once Venice has room for the call, or the last refusal. */
  async function whenThereIsRoom(sending: Sending): Promise<Reply> {
    for (const waitMs of ROOM_WAITS_MS) {
      const reply = await attempt(sending)
      if (credential.kind !== 'wallet' || reply.status !== 429) return reply
      const { text, again } = await readTwice(reply)
      if (codeIn(text) !== 'X402_CONCURRENCY_LIMIT') return again
      await timer.sleepUntil(timer.now() + waitMs, sending.signal)
    }
    return attempt(sending)
  }

  return async ({ method, path, query, headers: given, body, signal }) => {
    const headers = Object.fromEntries(Object.entries(given).filter(([name]) => !NEVER_SENT.has(name)))
    const isOpen = accessOf(method, path) === 'open'
    const route = `${method} ${path}`
    const leave = isOpen || slots === undefined ? () => {} : await (await slots()).take(signal)
    try {
      // With its place, not before: those that were sent while it waited have cost something.
      if (!isOpen) await credit?.ensure()
    } catch (error) {
      leave()
      throw error
    }
    const startedAt = performance.now()
    const model = modelIn(headers['content-type'], body)
    let status: number | null = null
    const end = ({ cost, isWhole }: Ending) => {
      leave()
      // A call without an answer may have been charged; one that was refused was not.
      if (!isOpen && (status === null || status < 400)) credit?.spent(cost)
      const costUsd = isOpen ? 0 : cost
      onCall?.({ route, model, status, costUsd, ms: performance.now() - startedAt, isWhole })
    }
    try {
      const reply = await whenThereIsRoom({
        method,
        url: `${apiUrl}${path}${query}`,
        route,
        headers,
        body,
        isOpen,
        signal,
      })
      status = reply.status
      return await passedOn(reply, { signal, onEnd: end })
    } catch (error) {
      if (status === null) end({ cost: null, isWhole: false })
      throw error
    }
  }
}

interface Sending extends Outgoing {
  route: string
  /** It needs no credential. */
  isOpen: boolean
}

/** What `reply` says, and an answer of which nothing was read. */
async function readTwice(reply: Reply): Promise<{ text: string; again: Reply }> {
  const bytes = await reply.bytes()
  let rest: Bytes | null = bytes
  const source: Source = {
    read() {
      const part = rest
      rest = null
      return Promise.resolve(part)
    },
    cancel() {},
  }
  return {
    text: new TextDecoder().decode(bytes),
    again: { ...reply, bytes: () => Promise.resolve(bytes), source: () => source },
  }
}

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
