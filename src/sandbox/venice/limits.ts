import { bearerSecret, siwxHeader } from './auth.ts'
import { type Reply, standardError } from './envelopes.ts'
import type { Call } from './http.ts'
import type { KeyStore } from './keys.ts'
import { createWindow } from './window.ts'

const MINUTE_MS = 60_000
/** Venice counts per model and per OpenAI `user` as well; here a key or an address has one budget. */
const MAX_FAILURES = 50
const FAILURE_WINDOW_MS = 30_000
const MAX_CONCURRENT_PER_WALLET = 5
const LOG_LENGTH = 50

/** One entry of `GET /api_keys/rate_limits/log`, without the key's owner. */
export interface Breach {
  apiKeyId: string
  modelId: string
  rateLimitTier: string
  rateLimitType: 'FAILED_REQUESTS' | 'RPM'
  timestamp: string
}

type Caller = Pick<Call, 'route' | 'headers' | 'ip'>

export type Limits = ReturnType<typeof createLimits>

/**
 * The server's rate limits, per minute unless said otherwise.
 *
 * @see https://docs.venice.ai/api-reference/rate-limiting (numbers as of 2026-10-02)
 */
export function createLimits({
  keys,
  clock,
  isLimited = true,
}: {
  keys: KeyStore
  clock: () => number
  /** False: there are no limits per minute. */
  isLimited?: boolean | undefined
}) {
  const perMinute = (limit: number) =>
    createWindow({ limit: isLimited ? limit : Number.POSITIVE_INFINITY, windowMs: MINUTE_MS, clock })
  const failures = createWindow({ limit: MAX_FAILURES, windowMs: FAILURE_WINDOW_MS, clock })
  const inFlight = new Map<string, number>()
  const breaches: (Breach & { owner: string })[] = []

  const budgetOf = (call: Caller): string | undefined => {
    if (siwxHeader(call) !== undefined) return call.ip
    return bearerSecret(call)
  }
  const logBreach = (call: Caller, rateLimitType: Breach['rateLimitType']) => {
    const key = keys.bySecret(bearerSecret(call) ?? '')
    if (!key) return
    breaches.unshift({
      owner: key.owner,
      apiKeyId: key.id,
      modelId: `endpoint:api/v1${call.route.split(' ')[1]?.replace(/\/\{.*/, '')}`,
      rateLimitTier: 'paid',
      rateLimitType,
      timestamp: new Date(clock()).toISOString(),
    })
  }

  return {
    keyCreations: perMinute(20),
    topUps: perMinute(10),
    balanceReads: perMinute(30),
    transactionReads: perMinute(20),
    cryptoRpc: perMinute(100),
    logBreach,
    /** The last 50 breaches of an owner's keys, newest first. */
    breachesOf: (owner: string): Breach[] =>
      breaches
        .filter((breach) => breach.owner === owner)
        .slice(0, LOG_LENGTH)
        .map(({ owner: _, ...breach }) => breach),
    /** @throws {Refusal} 429 after the caller's budget of client errors is used up, until it resets. */
    requireErrorBudget(call: Caller) {
      const budget = budgetOf(call)
      if (budget === undefined || failures.hits(budget) <= MAX_FAILURES) return
      logBreach(call, 'FAILED_REQUESTS')
      throw standardError(
        429,
        `Too many failed attempts (> ${MAX_FAILURES}) resulting in a non-success status code. Please wait 30 seconds and try again. See https://docs.venice.ai/api-reference/rate-limiting for more information.`,
      )
    },
    /** Counts a client error, and adds the remaining budget to the reply. */
    withErrorBudget(call: Caller, reply: Reply, metered: boolean): Reply {
      const budget = budgetOf(call)
      if (budget === undefined) return reply
      const failed = reply.status >= 400 && reply.status < 500 && reply.status !== 429
      if (failed && metered) failures.hit(budget)
      const headers = {
        'x-ratelimit-remaining': String(failures.remaining(budget)),
        'x-ratelimit-resets': String(failures.resetsAt(budget)),
      }
      return { ...reply, headers: { ...headers, ...reply.headers } }
    },
    /**
     * Runs one of at most five parallel calls of a wallet. A call lasts until its answer is sent. @throws {Refusal} 429
     * for the sixth.
     */
    async withinConcurrency(wallet: string, work: () => Promise<Reply>): Promise<Reply> {
      const id = wallet.toLowerCase()
      const running = inFlight.get(id) ?? 0
      if (running >= MAX_CONCURRENT_PER_WALLET) {
        throw standardError(429, 'Too many concurrent requests', { code: 'X402_CONCURRENCY_LIMIT' })
      }
      inFlight.set(id, running + 1)
      const leave = () => void inFlight.set(id, (inFlight.get(id) ?? 1) - 1)
      try {
        return { ...(await work()), onEnd: leave }
      } catch (error) {
        leave()
        throw error
      }
    },
  }
}
