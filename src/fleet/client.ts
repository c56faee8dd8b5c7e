import { z } from 'zod'
import { withoutEndSlashes } from '../domain/endpoint-url.ts'
import { excerpt } from '../domain/redact.ts'
import {
  FleetAnswerError,
  FleetIdentityRefusedError,
  FleetNotServedError,
  FleetUnreachableError,
  FleetWalletBusyError,
} from '../errors/fleet.ts'
import { LIMITS, STATE, TREASURIES, WALLETS, walletKey, walletOf } from './names.ts'
import type { Order, WalletStatus, WalletSummary } from './order.ts'
import type { SponsorOrder, TreasurySummary } from './treasury-order.ts'

/** Milliseconds for one exchange; a query over ten thousand wallets takes a second or two. */
const TIMEOUT_MS = 30_000

export interface Endpoints {
  /** E.g. `http://127.0.0.1:8080`. */
  ingressUrl: string
  /** E.g. `http://127.0.0.1:9070`. */
  adminUrl: string
  /** Sent as bearer, where a proxy or Restate Cloud wants one. */
  authToken?: string | undefined
}

/** A pass that Restate has and that has not ended: where the engine is with it. */
export interface Invocation {
  id: string
  key: string
  /** `scheduled`, `pending`, `ready`, `running`, `backing-off`, `suspended` or `paused`, in Restate's words. */
  status: string
  retries: number
  lastFailure: string | null
}

/** Restate over HTTP, as far as a fleet needs it. Every call has a time-out. */
export interface FleetClient {
  readonly endpoints: Endpoints
  /**
   * Tells Restate where a worker is. Safe to repeat.
   *
   * @throws {FleetIdentityRefusedError} the worker knows another Restate.
   */
  register(uri: string): Promise<{ deploymentId: string }>
  /**
   * Hands in a pass, which begins once however often it is handed in.
   *
   * @returns false: it was handed in before.
   * @throws {FleetNotServedError}
   */
  submit(order: Order): Promise<boolean>
  /**
   * Hands in a pass that must be new.
   *
   * @throws {FleetWalletBusyError} it was handed in before. {FleetNotServedError}
   */
  start(order: Order): Promise<void>
  /** How a wallet stands; null when it was never submitted. */
  status(wallet: { chainId: number; address: string }): Promise<WalletStatus>
  /** Texts of lists of events, oldest first, from revision `from` on. */
  history(wallet: { chainId: number; address: string }, from: number): Promise<string[]>
  /** All wallets that were ever submitted. One query. */
  summaries(): Promise<Map<string, WalletSummary>>
  /** What was asked for in the last pass of each. One query. */
  orders(): Promise<Map<string, Order>>
  /** The passes that have not ended. One query. */
  invocations(): Promise<Map<string, Invocation>>
  /**
   * Hands in a list for a treasury, which is begun once however often it is handed in.
   *
   * @returns false: a list of this number was handed in before.
   * @throws {FleetNotServedError}
   */
  sponsor(order: SponsorOrder): Promise<boolean>
  /** All treasuries that something was ever asked of. One query. */
  treasuries(): Promise<Map<string, TreasurySummary>>
  /** What Restate still has to do for a treasury. One query. */
  sponsorings(treasury: { chainId: number; address: string }): Promise<readonly Invocation[]>
  /** What a worker shows for a lease of `kind`; null before the first was asked for. One query. */
  leaseToken(kind: string, signal?: AbortSignal): Promise<string | null>
  /** Resumes an invocation that is paused, or waits for a retry. */
  resume(invocationId: string): Promise<void>
  /** Calls a handler of an object and waits for its answer. */
  call<T>(service: string, key: string, handler: string, input: unknown, signal?: AbortSignal): Promise<T>
}

const submittedSchema = z.object({ status: z.enum(['Accepted', 'PreviouslyAccepted']) })
const registeredSchema = z.object({ id: z.string() })
const rowsSchema = z.object({ rows: z.array(z.record(z.string(), z.unknown())) })

/** Talks to the Restate behind `endpoints`. No side effects by itself. */
export function createFleetClient(endpoints: Endpoints): FleetClient {
  const { authToken } = endpoints
  const [ingress, admin] = [endpoints.ingressUrl, endpoints.adminUrl].map((url) => withoutEndSlashes(url))

  async function ask(url: string, init: RequestInit & { given?: AbortSignal | undefined } = {}): Promise<unknown> {
    const { given, headers, ...rest } = init
    const timeout = AbortSignal.timeout(TIMEOUT_MS)
    let response: Response
    let text: string
    try {
      response = await fetch(url, {
        ...rest,
        redirect: 'error',
        headers: {
          accept: 'application/json',
          ...(rest.body != null && { 'content-type': 'application/json' }),
          ...(authToken && { authorization: `Bearer ${authToken}` }),
          ...headers,
        },
        signal: given ? AbortSignal.any([given, timeout]) : timeout,
      })
      text = await response.text()
    } catch (cause) {
      given?.throwIfAborted()
      throw new FleetUnreachableError(new URL(url).origin, { cause })
    }
    if (!response.ok) throw refusal(`${rest.method ?? 'GET'} ${new URL(url).pathname}`, response.status, text)
    return text === '' ? null : JSON.parse(text)
  }

  const post = (url: string, body: unknown, given?: AbortSignal, headers: Record<string, string> = {}) =>
    ask(url, { method: 'POST', given, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })

  /** A key of the state of every wallet, or of every treasury. */
  async function stateOf<T>(name: string, service = WALLETS): Promise<Map<string, T>> {
    const rows = await query(
      `select service_key, value_utf8 from state where service_name = '${service}' and key = '${name}'`,
    )
    return new Map(
      rows.flatMap(({ service_key: key, value_utf8: value }) =>
        typeof key === 'string' && walletOf(key) !== null && typeof value === 'string'
          ? [[key, JSON.parse(value) as T] as const]
          : [],
      ),
    )
  }

  /** What has not ended. */
  async function invocationsWhere(condition: string): Promise<Invocation[]> {
    const rows = await query(
      `select id, target_service_key, status, retry_count, last_failure from sys_invocation where ${condition} and status != 'completed'`,
    )
    return rows.map(({ id, target_service_key: key, status, retry_count: retries, last_failure: failure }) => ({
      id: String(id),
      key: String(key),
      status: String(status),
      retries: Number(retries ?? 0),
      lastFailure: typeof failure === 'string' ? excerpt(failure) : null,
    }))
  }

  async function query(sql: string, signal?: AbortSignal): Promise<Record<string, unknown>[]> {
    return rowsSchema.parse(await post(`${admin}/query`, { query: sql }, signal)).rows
  }

  const handlerUrl = (service: string, key: string, handler: string) =>
    `${ingress}/${service}/${encodeURIComponent(key)}/${handler}`

  const call = async <T>(service: string, key: string, handler: string, input: unknown, signal?: AbortSignal) =>
    // What our own services answer is what they are typed to.
    (await post(handlerUrl(service, key, handler), input, signal)) as T

  async function submit(order: Order): Promise<boolean> {
    const url = `${handlerUrl(WALLETS, walletKey(order), 'onboard')}/send`
    const answer = await post(url, order, undefined, { 'idempotency-key': `pass-${order.pass}` })
    return submittedSchema.parse(answer).status === 'Accepted'
  }

  return {
    endpoints,
    async register(uri) {
      try {
        const answer = await post(`${admin}/deployments`, { uri, force: true })
        return { deploymentId: registeredSchema.parse(answer).id }
      } catch (error) {
        if (error instanceof FleetAnswerError && isUnauthorized(error)) throw new FleetIdentityRefusedError(uri)
        throw error
      }
    },
    submit,
    async start(order) {
      if (!(await submit(order))) throw new FleetWalletBusyError(order)
    },
    status: (wallet) => call(WALLETS, walletKey(wallet), 'status', undefined),
    history: (wallet, from) => call(WALLETS, walletKey(wallet), 'history', from),
    summaries: () => stateOf<WalletSummary>(STATE.summary),
    orders: () => stateOf<Order>(STATE.order),
    async invocations() {
      const all = await invocationsWhere(`target_service_name = '${WALLETS}' and target_handler_name = 'onboard'`)
      return new Map(all.map((invocation) => [invocation.key, invocation]))
    },
    async sponsor(order) {
      const url = `${handlerUrl(TREASURIES, walletKey(order), 'sponsor')}/send`
      const answer = await post(url, order, undefined, { 'idempotency-key': `list-${order.pass}` })
      return submittedSchema.parse(answer).status === 'Accepted'
    },
    treasuries: () => stateOf<TreasurySummary>(STATE.summary, TREASURIES),
    sponsorings: (treasury) =>
      invocationsWhere(
        `target_service_name = '${TREASURIES}' and target_service_key = '${walletKey(treasury)}' and target_handler_name in ('sponsor', 'stake')`,
      ),
    async leaseToken(kind, signal) {
      const ofKind = `service_name = '${LIMITS}' and service_key = '${kind}' and key = '${STATE.token}'`
      const [row] = await query(`select value_utf8 from state where ${ofKind}`, signal)
      return row === undefined ? null : z.string().parse(JSON.parse(String(row.value_utf8)))
    },
    async resume(invocationId) {
      await ask(`${admin}/invocations/${encodeURIComponent(invocationId)}/resume`, { method: 'PATCH' })
    },
    call,
  }
}

/** How Restate 1.7 quotes the 401 of a worker: META0003 is its code for a worker that answers no discovery. */
const isUnauthorized = ({ facts }: FleetAnswerError): boolean =>
  facts.some((fact) => fact.includes('META0003') && fact.includes("'401 Unauthorized'"))

function refusal(request: string, status: number, text: string): Error {
  const service = /service '([^']{1,200})' not found/.exec(text)?.[1]
  if (status === 404 && service !== undefined) return new FleetNotServedError(service)
  return new FleetAnswerError({ request, status, text: excerpt(text, 300) })
}
