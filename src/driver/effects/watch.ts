import {
  type Attempt,
  type AttemptReport,
  type ChainReport,
  isOpen,
  isUnidentified,
  newestPerNonce,
  summaryOf,
} from '../../domain/attempt.ts'
import type { Redactor } from '../../domain/redact.ts'
import type { OnboardingError } from '../../errors/base.ts'
import { NodeBehindError } from '../../errors/chain/endpoints.ts'
import { ConfirmationTimeoutError } from '../../errors/chain/transactions.ts'
import { toFailure } from '../../errors/failure.ts'
import type { Sighting } from './evidence.ts'
import { type HeadWait, waitForHeads } from './head-wait.ts'
import { type Effect, type EffectDependencies, type EffectSettings, minterOf, type Ports } from './io.ts'
import { nextCheck, nextReport, toldUntil } from './polling.ts'
import { type Slot, signsIn, slotsOf, unprovenIn } from './signs.ts'
import type { Vault } from './vault.ts'
import { createMemory, isFresh, type Memory, noteMined, remember } from './watch-memory.ts'

/**
 * Watches the attempts at each announced or due block, until one of them is decided, or all are mined and the chain's
 * state proves their result. While a stake is pending, the next challenge is fetched. Changes nothing; safe to run
 * again.
 *
 * @throws {ConfirmationTimeoutError} still unmined `confirmationTimeoutMs` after this process first watched it.
 * @throws {NodeBehindError} no endpoint shows the block of a receipt for that long.
 */
export function watchTransactions({
  ports,
  settings,
  redactor,
  vault,
}: EffectDependencies & { vault: Vault }): Effect<'watchTransactions'> {
  const watch = watchAttempts({ ports, settings, redactor })
  return async (input, io) => {
    const { attempts } = input
    if (attempts.some((attempt) => attempt.purpose === 'stake' && isOpen(attempt)))
      vault.prefetch(() => ports.venice.fetchChallenge(minterOf(ports).address, io.signal))
    const seen = await watch(input, io)
    if (seen.report.diem != null) vault.noteStakedDiem(seen.report.diem.staked, ports.clock.now())
    return seen
  }
}

/** What watching needs, with or without a challenge that comes next. */
export interface Watching {
  ports: Pick<Ports, 'chain' | 'clock'>
  settings: Pick<EffectSettings, 'confirmations' | 'confirmationTimeoutMs'>
  redactor: Redactor
}

/** The same, without fetching a challenge. */
export function watchAttempts(watching: Watching): Effect<'watchTransactions'> {
  const memory = createMemory()
  return async (input, io) => {
    const heads = waitForHeads(watching.ports, io.signal)
    try {
      return await watchAlong(heads, watching, memory)(input, io)
    } finally {
      heads.stop()
    }
  }
}

function watchAlong(
  heads: HeadWait,
  { ports: { chain, clock }, settings, redactor }: Watching,
  memory: Memory,
): Effect<'watchTransactions'> {
  return async ({ address, attempts }, { signal, report }) => {
    const startedAt = clock.now()
    remember(memory, attempts, startedAt)
    const last = newestPerNonce(attempts).at(-1)
    // A transaction that the wallet sends has another hash.
    let isMined = last === undefined || isUnidentified(last)
    let waiting = { sinceMs: startedAt, checks: 0 }
    let behindSince: number | null = null
    const tell = (wakeAt: number, seen?: ChainReport) => {
      const until = toldUntil(clock.now(), wakeAt)
      if (until === undefined && seen === undefined) return
      const state = seen && {
        block: seen.head.number,
        transactions: attempts.map((attempt) => summaryOf(withFate(attempt, seen))),
      }
      report({ awaits: 'block', ...(until !== undefined && { until }), ...state })
    }
    const sleep = async (leastMs: number, seen?: ChainReport) => {
      waiting = { ...waiting, checks: waiting.checks + 1 }
      const { earliest, latest } = nextCheck({ nowMs: clock.now(), ...waiting }, chain)
      const wakeAt = Math.max(latest, clock.now() + leastMs)
      tell(wakeAt, seen)
      if (earliest > clock.now()) await clock.sleepUntil(earliest, signal)
      await heads.until(wakeAt)
    }
    /** While the last one has no receipt, one call is enough in place of a report. */
    const check = async () => {
      const endsAt = Math.min(nextReport(clock.now(), chain), startedAt + settings.confirmationTimeoutMs)
      while (last !== undefined && !isMined) {
        isMined = await chain.hasReceipt(last, signal)
        // The wait for what follows the receipt starts here.
        if (isMined) waiting = { sinceMs: clock.now(), checks: 0 }
        if (isMined || clock.now() >= endsAt) return
        await sleep(0)
      }
    }
    if (isFresh(attempts, startedAt)) await check()
    for (;;) {
      const seen = noteMined(memory, attempts, await chain.report(address, attempts, signal), clock.now())
      const deep = withConfirmations(seen, settings.confirmations)
      const slots = slotsOf(attempts, deep)
      const verdict = judge({ slots, report: deep, memory, startedAt, nowMs: clock.now() })
      if (verdict !== 'pending') {
        const stamp = { at: new Date(clock.now()).toISOString(), jitter: clock.random(), scrub: redactor.scrub }
        return { report: deep, problem: verdict === 'proven' ? null : toFailure(verdict, stamp) }
      }
      behindSince = deep.isBehind ? (behindSince ?? clock.now()) : null
      if (behindSince !== null && clock.now() - behindSince > settings.confirmationTimeoutMs)
        throw new NodeBehindError('the balances it shows are of a block before that of a receipt.')
      const unmined = slots.filter(({ found }) => found.status !== 'mined').map(({ attempt }) => attempt)
      const waitedMs = clock.now() - Math.min(...unmined.map(({ nonce }) => memory.since.get(nonce) ?? startedAt))
      if (waitedMs > settings.confirmationTimeoutMs) {
        // A new run of this effect waits the full time again.
        memory.since.clear()
        throw new ConfirmationTimeoutError(
          unmined.map(({ hash }) => hash),
          waitedMs,
        )
      }
      await sleep(missingConfirmations(seen, settings.confirmations) * chain.blockTimeMs, seen)
      await check()
    }
  }
}

/** The attempt as the record will show it. */
function withFate(attempt: Attempt, { attempts }: ChainReport): Attempt {
  const found = attempts.find(({ hash }) => hash === attempt.hash)
  if (found?.status !== 'mined' && found?.status !== 'reverted') return attempt
  const { status, blockNumber, minedAfterMs } = found
  return { ...attempt, status, blockNumber, ...(minedAfterMs !== undefined && { minedAfterMs }) }
}

/** The number of blocks still needed until all mined attempts are deep enough. */
function missingConfirmations({ attempts, head }: ChainReport, confirmations: number): number {
  const depths = attempts.flatMap(({ blockNumber }) =>
    blockNumber === null ? [] : [Number(BigInt(head.number) - BigInt(blockNumber)) + 1],
  )
  return Math.max(0, confirmations - Math.min(confirmations, ...depths))
}

/** A receipt that is not deep enough yet is still pending. */
function withConfirmations(report: ChainReport, confirmations: number): ChainReport {
  const isShallow = ({ status, blockNumber }: AttemptReport) =>
    (status === 'mined' || status === 'reverted') &&
    (blockNumber === null || BigInt(report.head.number) - BigInt(blockNumber) + 1n < BigInt(confirmations))
  return {
    ...report,
    attempts: report.attempts.map((found) =>
      isShallow(found) ? { ...found, status: 'pending', blockNumber: null, gasUsed: null, feeWei: null } : found,
    ),
  }
}

/** What a node behind our own receipt does not show proves nothing. A receipt counts, whichever node has it. */
const countedIn = ({ isBehind }: ChainReport, sightings: readonly Sighting[]): readonly Sighting[] =>
  isBehind ? sightings.filter(({ sign }) => sign === 'reverted') : sightings

interface Judged {
  slots: readonly Slot[]
  report: ChainReport
  memory: Memory
  startedAt: number
  nowMs: number
}

/** The verdict on a report: keep watching, done, or a problem that the machine must handle. */
function judge({ slots, report, memory, startedAt, nowMs }: Judged): 'pending' | 'proven' | OnboardingError {
  const isAllMined = slots.every(({ found }) => found.status === 'mined')
  const unproven = isAllMined ? unprovenIn(slots, report) : []
  if (isAllMined && unproven.length === 0) return 'proven'
  const watched = { startedAt, nowMs, since: (nonce: number) => memory.since.get(nonce) ?? startedAt }
  const sightings = countedIn(report, isAllMined ? unproven : signsIn(slots, report, watched))
  // A lagging node showed nothing. That is no sign, and does not cancel earlier ones.
  if (report.isBehind && sightings.length === 0) return 'pending'
  return memory.evidence.weigh(sightings, { head: BigInt(report.head.number), nowMs })?.error ?? 'pending'
}
