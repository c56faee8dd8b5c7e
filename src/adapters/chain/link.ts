import { originOf } from '../../domain/url-secrets.ts'
import type { Clock } from '../../ports/clock.ts'
import { createQueue } from './at-once.ts'
import type { CapabilityMemory } from './capabilities.ts'
import type { Endpoint } from './endpoint.ts'
import { type Exchanged, exchange } from './exchange.ts'
import { requireFreshHead } from './fresh-head.ts'
import { type Fetch, guardedFetch } from './guarded-fetch.ts'
import { isRawHead, type RawHead } from './raw-head.ts'
import { asksForHead, isSpecial, knownLack, learn, type Outcome, type RpcCall } from './rpc-call.ts'
import { isBusy, isDenied } from './rpc-errors.ts'

/** Calls in one request, unless the endpoint has shown that it accepts fewer. */
const MAX_BATCH = 100
/** Parallel requests when the calls do not fit into one: public endpoints refuse bursts after about five. */
const MAX_AT_ONCE = 4

export interface Asking {
  signal: AbortSignal
  /** Called once for each call. */
  settle(call: RpcCall, outcome: Outcome): void
  /** Called for each HTTP answer. */
  heard?(): void
}

/** One endpoint, with what is known about it. */
export interface Link {
  /** Sends all of `calls`, in as many requests as needed. Never rejects. */
  ask(calls: readonly RpcCall[], asking: Asking): Promise<void>
  /** It answers at once, so another endpoint may be asked if it does not. False if requests wait in a queue. */
  isPrompt: boolean
  /** The part of its URL that may be shown. */
  origin: string
  abilities: ReturnType<CapabilityMemory['of']>
  /** Why `call` need not be sent, or null. */
  lack(call: RpcCall): Error | null
}

export interface LinkOptions {
  timeoutMs: number
  capabilities: CapabilityMemory
  scrub: (text: string) => string
  clock: Pick<Clock, 'now'>
  /** Sends the requests of endpoints without their own way. Default: the global `fetch`. */
  fetch?: Fetch | undefined
  /** Called for each newest block that the endpoint shows, except old ones. */
  seen: (head: RawHead) => void
}

/**
 * An endpoint whose limits are learned from its refusals. A refused batch is sent again at once in smaller ones, down
 * to single calls. The refusal of a single call is not about size, so a limit is remembered only if all calls of a
 * refused batch succeeded in smaller ones.
 */
export function createLink(
  endpoint: Endpoint,
  { timeoutMs, capabilities, scrub, clock, fetch: sendBy, seen }: LinkOptions,
): Link {
  const isPrompt = typeof endpoint === 'string'
  const url = isPrompt ? endpoint : endpoint.url
  const send: Fetch = isPrompt ? (input, init) => guardedFetch(input, init, sendBy) : endpoint.fetch
  const fetch: Fetch = async (input, init) => {
    const response = await send(input, init)
    wasReached = true
    return response
  }
  const ownLimit = isPrompt ? MAX_BATCH : endpoint.batchSize
  const abilities = capabilities.of(url)
  /** The endpoint has sent an HTTP answer before. */
  let wasReached = false
  /** The number of attempts in a row without any answer, even with small batches. */
  let futile = 0

  async function ask(calls: readonly RpcCall[], { signal, settle, heard }: Asking): Promise<void> {
    let size = Math.min(ownLimit, abilities.batchSize ?? ownLimit)
    const outcomes = new Map<RpcCall, Outcome>()
    /** Refused batches. `isNamed`: the text says that size is the reason. */
    const refused: { group: readonly RpcCall[]; isNamed: boolean }[] = []
    /** Calls that were refused alone, like their batch. */
    const culprits = new Set<RpcCall>()
    /**
     * Calls whose request was refused as a whole. That says something about them only if the endpoint answers others.
     */
    const refusedWith = new Map<RpcCall, Error>()
    let failedAlone = 0
    let lost: Error | null = null
    const isHead = calls.some(asksForHead)
    const told = new Set<RpcCall>()
    /**
     * Answers are held back: next to an old head they are old as well, and a limit is known only when all are there.
     */
    const isHeld = () => isHead || refused.length > 0

    function tell(call: RpcCall, outcome: Outcome): void {
      if (told.has(call)) return
      told.add(call)
      settle(call, outcome)
    }

    function note(call: RpcCall, outcome: Outcome): void {
      const learned = learn(call, outcome, abilities)
      outcomes.set(call, learned)
      if (!isHeld()) tell(call, learned)
    }

    async function askAll(wanted: readonly RpcCall[]): Promise<void> {
      const inTurn = createQueue(MAX_AT_ONCE)
      await Promise.all(chunks(wanted, size).map((group) => inTurn(() => askGroup(group))))
    }

    async function askGroup(group: readonly RpcCall[]): Promise<void> {
      if (group.length > size) return askAll(group)
      if (lost !== null) return giveUp(group, lost)
      const exchanged = await exchange(group, { url, fetch, timeoutMs, signal, scrub, wasReached })
      if (!signal.aborted) heard?.()
      if (exchanged.kind === 'refused') return takeRefusal(group, exchanged)
      const behind = staleness(group, exchanged)
      if (behind !== null) lost = behind
      const crowded = new Set(exchanged.crowdedOut.flatMap((index) => group[index] ?? []))
      group.forEach((call, index) => {
        const outcome = exchanged.outcomes[index]
        if (outcome !== undefined && !crowded.has(call)) note(call, outcome)
      })
      if (crowded.size > 0) await askFewer([...crowded], { group, isNamed: true }, group.length - crowded.size || null)
    }

    async function takeRefusal(group: readonly RpcCall[], refusal: Extract<Exchanged, { kind: 'refused' }>) {
      if (group.length > 1 && refusal.mayBeOfSize) {
        return askFewer(group, { group, isNamed: refusal.isNamed }, refusal.named)
      }
      const [only] = group
      const isAlone = group.length === 1 && refused.length === 0 && futile === 0
      if (isAlone && only !== undefined) return note(only, { error: refusal.error })
      if (group.length === 1 && only !== undefined) {
        failedAlone += 1
        if (!isBusy(refusal.error)) culprits.add(only)
        // Nothing succeeded even in small batches, so size is not the reason.
        if (!hasAnswered() && (failedAlone > 1 || futile > 0 || isDenied(refusal.error))) lost = refusal.error
      }
      for (const call of group) refusedWith.set(call, refusal.error)
      giveUp(group, refusal.error)
    }

    /** Sends `wanted` of a refused `group` again: one smaller batch first, then the others. */
    async function askFewer(wanted: readonly RpcCall[], refusal: (typeof refused)[number], limit: number | null) {
      refused.push(refusal)
      size = Math.max(1, Math.min(size, limit ?? Math.floor(refusal.group.length / 2)))
      const first = wanted.slice(0, size)
      await askGroup(first)
      await askAll(wanted.slice(first.length))
    }

    const hasAnswered = (): boolean => [...outcomes.values()].some((outcome) => 'result' in outcome)

    /** Learns nothing from it, because it does not answer these calls. */
    function giveUp(group: readonly RpcCall[], error: Error): void {
      for (const call of group) {
        outcomes.set(call, { error })
        if (!isHeld()) tell(call, { error })
      }
    }

    /**
     * Sends one plain call first, a different one each time, so that a call which is always refused does not block the
     * others.
     */
    async function askAfterOne(wanted: readonly RpcCall[]): Promise<void> {
      const plain = wanted.filter((call) => !isSpecial(call))
      const first = plain[futile % Math.max(1, plain.length)]
      if (first !== undefined) await askGroup([first])
      await askAll(wanted.filter((call) => call !== first))
    }

    const wanted = calls.filter((call) => {
      const error = knownLack(call, abilities)
      if (error !== null) note(call, { error })
      return error === null
    })
    if (wanted.length > 0) await (futile > 0 ? askAfterOne(wanted) : askAll(wanted))
    if (hasAnswered()) for (const [call, error] of refusedWith) outcomes.set(call, learn(call, { error }, abilities))
    futile = hasAnswered() || lost === null ? 0 : futile + 1
    const isOfSize = ({ group, isNamed }: (typeof refused)[number]) =>
      isNamed || !group.some((call) => culprits.has(call))
    if (refused.some(isOfSize)) abilities.batchSize = size
    capabilities.keep(url)
    for (const [call, outcome] of outcomes) tell(call, isHead && lost !== null ? { error: lost } : outcome)
  }

  /** The error if the endpoint's newest block is old, by our clock and, if known, by its own. */
  function staleness(
    group: readonly RpcCall[],
    { outcomes, dateMs }: Extract<Exchanged, { kind: 'answered' }>,
  ): Error | null {
    const index = group.findIndex(asksForHead)
    const outcome = outcomes[index]
    if (outcome === undefined || !('result' in outcome)) return null
    const head = outcome.result
    if (!isRawHead(head)) return null
    try {
      requireFreshHead({ timestamp: Number(head.timestamp) }, Math.min(clock.now(), dateMs ?? Number.POSITIVE_INFINITY))
      seen(head)
      return null
    } catch (error) {
      return error as Error
    }
  }

  return { ask, isPrompt, origin: originOf(url), abilities, lack: (call) => knownLack(call, abilities) }
}

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size))
