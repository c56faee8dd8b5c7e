import type { Told } from '../domain/next-action.ts'
import type { Invocation } from './client.ts'
import { walletOf } from './names.ts'
import type { WalletSummary } from './order.ts'
import type { TreasurySummary } from './treasury-order.ts'

/** Summary of a fleet. */
export interface Overview {
  wallets: number
  /** Wallets by how they stand; `queued`: accepted, not begun. `stopped`: neither ended nor with Restate any more. */
  outcomes: { queued: number; running: number; funded: number; unfunded: number; failed: number; stopped: number }
  /** Wallets by the machine's state. */
  states: Record<string, number>
  failures: { code: string; count: number; recoverable: boolean; message: string; hint: Told; example: string }[]
  /** All of them, or the first of them, what wants somebody first: for `--address`. */
  addresses: { address: string; outcome: keyof Overview['outcomes']; state: string; code: string | null }[]
  /** Wallets that `addresses` leaves out. */
  addressesLeftOut: number
  /** Longest at it, those under way only, the slowest first. */
  slowest: { address: string; state: string; seconds: number; since: string }[]
  /** Base units of VVV, wei, and base units of USDC: spent, or perhaps still to be spent. */
  spent: { vvv: string; feeWei: string; usd: string }
  /** Wallets that pay for calls themselves, and have the credit for it. */
  withCredit: number
  keys: number
  orphans: number
  /** Each with its last list. */
  treasuries: readonly TreasurySummary[]
  /** Passes by what Restate does with them. */
  engine: Record<string, number>
  /** What Restate tries again, as it quotes it, and how often. */
  troubles: { failure: string; count: number }[]
}

const SHOWN = 10
/** What wants somebody comes first. */
const ORDER = ['failed', 'stopped', 'running', 'queued', 'unfunded', 'funded'] as const

/**
 * Counts a fleet. Pure.
 *
 * @param nowMs - milliseconds since the epoch.
 */
export function overviewOf(
  summaries: ReadonlyMap<string, WalletSummary>,
  invocations: ReadonlyMap<string, Invocation>,
  { treasuries, sponsorings }: { treasuries: readonly TreasurySummary[]; sponsorings: readonly Invocation[] },
  nowMs: number,
): Overview {
  const all = [...summaries]
  const outcomes = { queued: 0, running: 0, funded: 0, unfunded: 0, failed: 0, stopped: 0 }
  const open: WalletSummary[] = []
  for (const [key, summary] of all) {
    const isWithRestate = invocations.has(key)
    // The end of a pass is seen before its invocation is gone; a new pass of one that ended waits for its turn.
    if (summary.outcome === 'running') {
      outcomes[isWithRestate ? 'running' : 'stopped'] += 1
      if (isWithRestate) open.push(summary)
    } else outcomes[summary.outcome] += 1
  }
  outcomes.queued = [...invocations.keys()].filter((key) => !summaries.has(key)).length
  const seconds = ({ startedAt }: WalletSummary) => Math.max(0, Math.round((nowMs - Date.parse(startedAt)) / 1000))
  return {
    wallets: all.length + outcomes.queued,
    outcomes,
    states: countBy(all, ([, { state }]) => state),
    ...addressesOf(summaries, invocations),
    failures: failuresOf(all.map(([, summary]) => summary)),
    slowest: open
      .sort((a, b) => a.startedAt.localeCompare(b.startedAt))
      .slice(0, SHOWN)
      .map((summary) => ({
        address: summary.address,
        state: summary.state,
        seconds: seconds(summary),
        since: summary.updatedAt,
      })),
    spent: {
      vvv: sum(all, ([, { spent }]) => spent.vvv),
      feeWei: sum(all, ([, { spent }]) => spent.feeWei),
      usd: sum(all, ([, { spent }]) => spent.usd ?? '0'),
    },
    withCredit: all.filter(([, { credential, outcome }]) => credential === 'wallet' && outcome === 'funded').length,
    keys: all.reduce((total, [, { keys }]) => total + keys, 0),
    orphans: all.reduce((total, [, { orphans }]) => total + orphans, 0),
    treasuries,
    engine: countBy([...invocations.values()], ({ status }) => status),
    troubles: Object.entries(
      countBy(
        [...invocations.values(), ...sponsorings].filter(({ lastFailure }) => lastFailure !== null),
        ({ lastFailure }) => lastFailure ?? '',
      ),
    )
      .map(([failure, count]) => ({ failure, count }))
      .sort((a, b) => b.count - a.count)
      .slice(0, SHOWN),
  }
}

/** Nothing will happen any more unless somebody does something. */
export const isAtRest = ({ outcomes, engine, treasuries }: Overview): boolean =>
  treasuries.every(({ outcome }) => outcome !== 'running') &&
  outcomes.queued === 0 &&
  outcomes.running === 0 &&
  Object.entries(engine).every(([status, count]) => status === 'paused' || count === 0)

/** The same with at most `most` addresses. */
export const shortened = (overview: Overview, most: number): Overview => ({
  ...overview,
  addresses: overview.addresses.slice(0, most),
  addressesLeftOut: overview.addressesLeftOut + Math.max(0, overview.addresses.length - most),
})

function addressesOf(
  summaries: ReadonlyMap<string, WalletSummary>,
  invocations: ReadonlyMap<string, Invocation>,
): Pick<Overview, 'addresses' | 'addressesLeftOut'> {
  const begun = [...summaries].map(([key, { address, state, outcome, failure }]) => ({
    address,
    outcome: outcome === 'running' && !invocations.has(key) ? ('stopped' as const) : outcome,
    state,
    code: failure?.code ?? null,
  }))
  const queued = [...invocations.keys()].flatMap((key) => {
    const wallet = summaries.has(key) ? null : walletOf(key)
    return wallet === null ? [] : [{ address: wallet.address, outcome: 'queued' as const, state: 'queued', code: null }]
  })
  const all = [...begun, ...queued].sort((a, b) => ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome))
  return { addresses: all, addressesLeftOut: 0 }
}

function failuresOf(summaries: readonly WalletSummary[]): Overview['failures'] {
  const byCode = new Map<string, Overview['failures'][number]>()
  for (const { outcome, failure, address } of summaries) {
    if (outcome !== 'failed' || failure === null) continue
    const { code, message, hint, isRecoverable } = failure
    const known = byCode.get(code) ?? { code, count: 0, recoverable: isRecoverable, message, hint, example: address }
    byCode.set(code, { ...known, count: known.count + 1 })
  }
  return [...byCode.values()].sort((a, b) => b.count - a.count)
}

function countBy<T>(items: readonly T[], nameOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const item of items) {
    const name = nameOf(item)
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

const sum = <T>(items: readonly T[], amountOf: (item: T) => string): string =>
  items.reduce((total, item) => total + BigInt(amountOf(item)), 0n).toString()
