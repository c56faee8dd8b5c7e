/**
 * How a cap of requests per second is shared out. A worker holds slots. A request takes one, and gives it back a second
 * after it was answered: so whatever arrives within any one second held a slot at the end of it, and no second sees more
 * requests than there are slots, however long the ways are. The slots of all workers together are the cap.
 */

/** Milliseconds a slot rests after its request was answered. */
export const REST_MS = 1_000
/** Milliseconds a worker may use its slots without being heard of. */
export const LEASE_MS = 4_000
/** Milliseconds after the end of a lease until its slots are given to others: their last requests, a second, and the way. */
export const GRACE_MS = REST_MS + 2_000

export interface Lease {
  /** Process of the worker: another under the same name means that the one before is gone. */
  process: string
  /** Most that the worker may be using. */
  slots: number
  /** What it would use if it could. */
  wants: number
  /** What it was told that the cap is. The lowest counts. */
  cap: number
  /** Milliseconds since the epoch. */
  expiresAtMs: number
}

export type Ledger = Readonly<Record<string, Lease>>

export interface LeaseRequest {
  /** Name of the worker; the same after a restart. */
  worker: string
  process: string
  cap: number
  /** Slots it uses, or may still use by the last lease. */
  holds: number
  wants: number
}

/**
 * The ledger after a request, and how many slots the worker may use from now on. May be fewer than it holds: then it uses
 * no more until it is below. Pure.
 */
export function lease(ledger: Ledger, request: LeaseRequest, nowMs: number): { ledger: Ledger; slots: number } {
  const { worker, process, cap, wants } = request
  const live = Object.entries(ledger).filter(([, { expiresAtMs }]) => expiresAtMs + GRACE_MS > nowMs)
  const before = ledger[worker]
  const isSame = before?.process === process
  // What a process that is gone has sent still counts for a second.
  const others = live.flatMap(([name, found]): [string, Lease][] =>
    name !== worker
      ? [[name, found]]
      : isSame
        ? []
        : [[`${name} ${found.process}`, { ...found, wants: 0, expiresAtMs: Math.min(found.expiresAtMs, nowMs) }]],
  )
  const holds = isSame ? Math.min(before.slots, request.holds) : 0
  const total = Math.min(
    cap,
    ...others.filter(([, { expiresAtMs }]) => expiresAtMs > nowMs).map(([, found]) => found.cap),
  )
  const taken = others.reduce((sum, [, { slots }]) => sum + slots, 0)
  const rivals = others.filter(([, { expiresAtMs }]) => expiresAtMs > nowMs).map(([, found]) => found.wants)
  const share = fairShare(total, wants, rivals)
  const slots = Math.max(0, Math.min(share, total - taken))
  const next: Lease = { process, slots: Math.max(holds, slots), wants, cap, expiresAtMs: nowMs + LEASE_MS }
  return { ledger: { ...Object.fromEntries(others), [worker]: next }, slots }
}

/** What one of several gets when what some do not want goes to those who do. Everybody is offered one at least. */
export function fairShare(total: number, wants: number, rivals: readonly number[]): number {
  let left = total
  let rest = [...rivals.map((wanted) => Math.max(1, wanted)), Math.max(1, wants)].sort((a, b) => a - b)
  // The modest first: what they leave is shared by the others.
  while (rest.length > 0) {
    const even = Math.floor(left / rest.length)
    const [least = 0] = rest
    if (least > even) return Math.max(1, Math.min(Math.max(1, wants), even))
    if (least === Math.max(1, wants)) return least
    left -= least
    rest = rest.slice(1)
  }
  return 1
}
