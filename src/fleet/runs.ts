import { randomUUID } from 'node:crypto'
import { createRedactor, type Redactor } from '../domain/redact.ts'
import { createEffects } from '../driver/effects/create.ts'
import type { EffectSettings, Effects, Ports, Progress } from '../driver/effects/io.ts'
import type { Envelope } from '../driver/envelope.ts'
import type { RecordKey } from '../driver/record-key.ts'
import { SinkWriteError } from '../errors/sink.ts'
import { recordKeyFor } from '../hosts/file/open-record.ts'
import { sponsoredPorts } from '../operations/sponsored-run.ts'
import type { Clock } from '../ports/clock.ts'
import type { KeySink } from '../ports/key-sink.ts'
import { approvalFor, type OrderApproval, type WalletLimits } from './approval.ts'
import type { BudgetGuard } from './budget-guard.ts'
import { walletKey } from './names.ts'
import type { Order } from './order.ts'
import type { Seats } from './seats.ts'

/** What a worker needs to act for one wallet. */
export interface OpenedWallet {
  ports: Ports
  settings?: Partial<Omit<EffectSettings, 'budget'>>
  /** What this worker lets the wallet do. Default: 1 VVV staked at most, and a key of type INFERENCE. */
  limits?: WalletLimits
  redactor?: Redactor
  /** Holds the wallet to what the whole fleet may spend. */
  budget?: BudgetGuard
}

/** Finds signer and sinks of a wallet. Rejects with an error of ours where there are none. */
export type OpenWallet = (order: Order) => Promise<OpenedWallet>

/** A run in the memory of this process: its effects, with the challenge, the signature and the key they hold. */
export interface LiveRun {
  readonly ports: Ports
  readonly redactor: Redactor
  readonly effects: Effects
  /** What the worker approves of the order. */
  readonly approval: OrderApproval
  readonly budget: BudgetGuard | null
  progress: ({ effect: string } & Progress) | null
  /** What the record of this wallet is sealed with. */
  readonly key: Promise<RecordKey | null>
  /** What this process sealed last: the same text again need not be opened and checked. */
  sealed: { text: string; envelope: Envelope } | null
}

/** Longer than any wait of a run that still holds something: a challenge lives 15 minutes, a key waits 10 for its sink. */
const IDLE_MS = 60 * 60_000

/** A step of a run. */
interface Turn {
  order: Order
  /** The worker that did the step before, as it is recorded; null for the first of a pass. */
  before: string | null
  /** Aborts when Restate has given up on this attempt. */
  attempt: AbortSignal
}

/** The runs of one worker. */
export interface Runs {
  /** Of this process; recorded with each step. */
  readonly worker: string
  /**
   * Does a step with the run of the order, one at a time: an attempt that Restate has given up on is let finish first. What
   * the run holds in memory counts only where this process did the step before, too: else another has continued it
   * since, and what is here is of the past.
   */
  within<T>(turn: Turn, work: (run: LiveRun) => Promise<T>): Promise<T>
  peek(key: string): LiveRun | null
  /** The run sleeps: others may go on in its place. */
  rest(key: string): void
  /** The run has ended. */
  drop(key: string): void
}

interface Held {
  run: LiveRun
  attempt: AbortSignal
  busy: Promise<unknown>
  usedAtMs: number
}

export function createRuns(open: OpenWallet, { clock, seats }: { clock: Clock; seats: Seats }): Runs {
  const worker = randomUUID()
  const live = new Map<string, Held>()

  function forgetIdle(nowMs: number): void {
    for (const [key, { usedAtMs }] of live) {
      // In the order of their use: the first that is young ends the search.
      if (nowMs - usedAtMs < IDLE_MS) return
      live.delete(key)
    }
  }

  async function take({ order, before, attempt }: Turn): Promise<Held> {
    const key = walletKey(order)
    const earlier = live.get(key)
    await earlier?.busy
    const nowMs = clock.now()
    forgetIdle(nowMs)
    const held = before === worker ? live.get(key) : undefined
    const taken = held ?? (await openRun(open, order, attempt))
    Object.assign(taken, { attempt, usedAtMs: nowMs })
    live.delete(key)
    live.set(key, taken)
    return taken
  }

  return {
    worker,
    async within(turn, work) {
      await seats.take(walletKey(turn.order), turn.attempt)
      const held = await take(turn)
      held.run.progress = null
      const working = work(held.run)
      held.busy = working.catch(() => {})
      return working
    },
    peek: (key) => live.get(key)?.run ?? null,
    rest: (key) => seats.free(key),
    drop: (key) => {
      seats.free(key)
      live.delete(key)
    },
  }
}

async function openRun(open: OpenWallet, order: Order, attempt: AbortSignal): Promise<Held> {
  const { ports: given, settings = {}, limits = {}, redactor = createRedactor(), budget = null } = await open(order)
  const approval = approvalFor(order, limits)
  const fenced = (sink: KeySink) => fencedSink(sink, () => held.attempt.aborted)
  const { sink, fallbackSinks = [] } = given
  const own = { ...given, sink: fenced(sink), fallbackSinks: fallbackSinks.map(fenced) }
  const ports = order.isSponsored === true ? sponsoredPorts(own) : own
  const run: LiveRun = {
    ports,
    redactor,
    effects: createEffects(ports, { settings: { ...settings, budget: approval.budget }, redactor }),
    approval,
    budget,
    progress: null,
    key: recordKeyFor(ports.signer),
    sealed: null,
  }
  const held: Held = { run, attempt, busy: Promise.resolve(), usedAtMs: 0 }
  return held
}

/**
 * `sink`, closed to an attempt that Restate has given up on. While that one still waited for Venice, another worker may
 * have minted and stored a key of its own: this one must not take its place.
 */
function fencedSink(sink: KeySink, isOver: () => boolean): KeySink {
  return {
    ...sink,
    async store(key, label) {
      if (isOver()) {
        throw new SinkWriteError({ sink: sink.name, reason: 'another worker has continued this run' })
      }
      await sink.store(key, label)
    },
  }
}
