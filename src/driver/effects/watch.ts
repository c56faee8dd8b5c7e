import { explorerUrl } from '../../domain/addresses.ts'
import {
  type Attempt,
  type AttemptReport,
  type ChainReport,
  isOpen,
  isUnidentified,
  newestPerNonce,
} from '../../domain/attempt.ts'
import { isUnderpriced } from '../../domain/fees.ts'
import type { Redactor } from '../../domain/redact.ts'
import { isShownFor } from '../../domain/sponsoring.ts'
import type { OnboardingError } from '../../errors/base.ts'
import {
  ConfirmationTimeoutError,
  NonceGapError,
  NotCreditedError,
  TransactionMissingError,
  TransactionRevertedError,
  TransactionStuckError,
  TransactionSupersededError,
  TransactionUnderpricedError,
} from '../../errors/chain.ts'
import { DiemPriceMovedError } from '../../errors/diem.ts'
import { toFailure } from '../../errors/failure.ts'
import type { Chain } from '../../ports/chain.ts'
import { type HeadWait, waitForHeads } from './head-wait.ts'
import type { Effect, EffectDependencies, EffectSettings, Ports } from './io.ts'
import type { Vault } from './vault.ts'

/**
 * Looks in a row, at least a block apart, that must agree before a bad sign is believed. One "no" proves little: behind
 * one URL, the nonce may come from a node that has the block, and the receipt from one that has not; and what one block
 * has done, a reorganisation may undo in the next.
 */
const LOOKS = { reverted: 2, superseded: 3, missing: 3, underpriced: 3, gap: 15, stuck: 30 } as const
/** Looks to give a lagging replica to show what a mined transaction did. */
const CREDIT_LOOKS = 15
/** Milliseconds after a block is due at which its receipts are looked for. */
const BLOCK_MARGIN_MS = 60
/** Milliseconds until the next look where the chain's clock does not tell: this at first, then growing to a quarter of a block. */
const FIRST_PAUSE_MS = 100
const PAUSE_GROWTH = 1.5
/** Glances at most, once a block is due, before a look is taken: in half of its time it has come, or tells something. */
const GLANCES = 3
/**
 * Glances at what was just signed before its block is due, at once and a moment later: not every chain waits for its
 * clock, one may mine at once or in blocks of 200 ms.
 */
const EARLY_GLANCES = 2
const EARLY_PAUSE_MS = 80

type Sign = keyof typeof LOOKS

interface Watch {
  attempts: readonly Attempt[]
  /** How many looks in a row have shown each sign. */
  shown: Map<Sign, number>
  creditLooks: number
  /** Head, and milliseconds, at the last look that counted. */
  counted: { head: bigint; atMs: number } | null
}

/** A nonce, and the attempt that decides about it: the one in a block, else the one recorded last. */
interface Slot {
  attempt: Attempt
  status: AttemptReport['status']
}

/**
 * Looks at the attempts, in step with the blocks as they are announced or due, until one of them is decided or all are
 * mined and the chain's state proves what they were to do. While a stake is on its way, the challenge that comes next is
 * fetched. Changes nothing; safe to run again.
 *
 * @throws {ConfirmationTimeoutError} still pending after `confirmationTimeoutMs`.
 */
export function watchTransactions({
  ports,
  settings,
  redactor,
  vault,
}: EffectDependencies & { vault: Vault }): Effect<'watchTransactions'> {
  const watch = watchAttempts({ ports, settings, redactor })
  return async (input, io) => {
    const { address, attempts } = input
    if (attempts.some((attempt) => attempt.purpose === 'stake' && isOpen(attempt)))
      vault.prefetch(() => ports.venice.fetchChallenge(address, io.signal))
    const seen = await watch(input, io)
    if (seen.report.diem != null) vault.noteStakedDiem(seen.report.diem.staked, ports.clock.now())
    return seen
  }
}

/** What watching takes, with or without a challenge that comes next. */
export interface Watching {
  ports: Pick<Ports, 'chain' | 'clock'>
  settings: Pick<EffectSettings, 'confirmations' | 'confirmationTimeoutMs'>
  redactor: Redactor
}

/** The same, and nothing is fetched. */
export function watchAttempts(watching: Watching): Effect<'watchTransactions'> {
  return async (input, io) => {
    const heads = waitForHeads(watching.ports, io.signal)
    try {
      return await watchAlong(heads, watching)(input, io)
    } finally {
      heads.stop()
    }
  }
}

function watchAlong(
  heads: HeadWait,
  { ports: { chain, clock }, settings, redactor }: Watching,
): Effect<'watchTransactions'> {
  return async ({ address, attempts }, { signal, report }) => {
    const startedAt = clock.now()
    const watch: Watch = { attempts, shown: new Map(), creditLooks: 0, counted: null }
    const sleep = async (wakeAt: number, block?: string) => {
      const until = new Date(wakeAt).toISOString()
      report({ awaits: 'block', until, ...(block !== undefined && { block }) })
      await heads.until(wakeAt)
    }
    const last = newestPerNonce(attempts).at(-1)
    // What a wallet sends has another hash.
    let isMined = last === undefined || isUnidentified(last)
    /** While the last one has no receipt, one call tells as much as a look; but once a block, see what else there is. */
    const glance = async (early: number) => {
      const endsAt = (nextBlock(clock.now(), chain) ?? clock.now()) + chain.blockTimeMs / 2
      for (let glances = 0; glances < early + GLANCES && last !== undefined && !isMined; glances += 1) {
        isMined = await chain.hasReceipt(last, signal)
        const now = clock.now()
        if (isMined || now >= endsAt) return
        const wakeAt = nextLook(now, Math.max(1, glances - early + 1), chain)
        await sleep(glances + 1 < early ? Math.min(wakeAt, now + EARLY_PAUSE_MS) : wakeAt)
      }
    }
    if (isFresh(attempts, startedAt, chain)) await glance(EARLY_GLANCES)
    for (let looks = 0; ; looks += 1) {
      const seen = await chain.report(address, attempts, signal)
      const look = withConfirmations(seen, settings.confirmations)
      const verdict = judge(watch, look, { nowMs: clock.now(), blockTimeMs: chain.blockTimeMs })
      if (verdict !== 'pending') {
        const stamp = { at: new Date(clock.now()).toISOString(), jitter: clock.random(), scrub: redactor.scrub }
        return { report: look, problem: verdict === 'proven' ? null : toFailure(verdict, stamp) }
      }
      const waitedMs = clock.now() - startedAt
      if (waitedMs > settings.confirmationTimeoutMs) {
        const unmined = slotsOf(attempts, look).filter(({ status }) => status !== 'mined')
        throw new ConfirmationTimeoutError(
          unmined.map(({ attempt }) => attempt.hash),
          waitedMs,
        )
      }
      await sleep(nextLook(clock.now(), looks, chain), look.head.number)
      await glance(0)
    }
  }
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

function slotsOf(attempts: readonly Attempt[], report: ChainReport): Slot[] {
  const fates = new Map(report.attempts.map(({ hash, status }) => [hash, status]))
  const inBlock = attempts.filter(({ hash }) => ['mined', 'reverted'].includes(fates.get(hash) ?? ''))
  const deciding = newestPerNonce([...newestPerNonce(attempts), ...inBlock])
  return deciding.flatMap((attempt) => {
    const status = fates.get(attempt.hash)
    return status === undefined ? [] : [{ attempt, status }]
  })
}

/** What a look means: go on looking, done, or a problem the machine must decide about. Counts looks in `watch`. */
function judge(
  watch: Watch,
  report: ChainReport,
  now: { nowMs: number; blockTimeMs: number },
): 'pending' | 'proven' | OnboardingError {
  const slots = slotsOf(watch.attempts, report)
  const later = laterLook(watch, report, now)
  if (later !== null) {
    const signs = signsIn(slots, report)
    // A chain that makes no blocks leaves nothing out.
    const counts = (sign: Sign) => (sign === 'stuck' && later === 'time' ? 0 : 1)
    watch.shown = new Map([...signs.keys()].map((sign) => [sign, (watch.shown.get(sign) ?? 0) + counts(sign)]))
    for (const [sign, error] of signs) if ((watch.shown.get(sign) ?? 0) >= LOOKS[sign]) return error
  }
  if (!slots.every(({ status }) => status === 'mined')) return 'pending'

  const mined = slots.map(({ attempt }) => attempt)
  const unproven = mined.find((attempt) => !isCredited(attempt, mined, report))
  if (unproven === undefined) return 'proven'
  watch.creditLooks += 1
  if (watch.creditLooks < CREDIT_LOOKS) return 'pending'
  return new NotCreditedError(unproven.purpose, unproven.hash, { facts: [explorerUrl('tx', unproven.hash)] })
}

/** What has passed since the last look that counted: a block, or time enough for one. Null when neither has. */
function laterLook(
  watch: Watch,
  { head }: ChainReport,
  { nowMs, blockTimeMs }: { nowMs: number; blockTimeMs: number },
): 'block' | 'time' | null {
  const { counted } = watch
  const number = BigInt(head.number)
  const isNewBlock = counted === null || number > counted.head
  if (!isNewBlock && nowMs - counted.atMs < blockTimeMs) return null
  watch.counted = { head: number, atMs: nowMs }
  return isNewBlock ? 'block' : 'time'
}

/** Everything that looks bad, and what it is called should it last; the most telling first. */
function signsIn(slots: readonly Slot[], { head, nonce }: ChainReport): Map<Sign, OnboardingError> {
  const signs = new Map<Sign, OnboardingError>()
  const withStatus = (status: Slot['status']) => slots.find((slot) => slot.status === status)?.attempt
  const superseded = withStatus('superseded')
  const reverted = withStatus('reverted')
  // A stake reverts when its approve has lost its nonce: that is to be planned anew, not to be given up.
  if (superseded) signs.set('superseded', new TransactionSupersededError(superseded.hash, superseded.nonce))
  else if (reverted)
    signs.set(
      'reverted',
      // It names the least it takes for the sVVV, so that a price that has moved undoes it: to be quoted anew.
      reverted.purpose === 'mintDiem'
        ? new DiemPriceMovedError(`${reverted.hash} was mined and reverted.`, {
            facts: [explorerUrl('tx', reverted.hash)],
          })
        : new TransactionRevertedError(reverted.purpose, reverted.hash),
    )

  const waiting = slots.filter(({ status }) => status === 'pending' || status === 'missing')
  const underpriced = waiting.find(({ attempt }) => isUnderpriced(attempt, BigInt(head.baseFeePerGas)))?.attempt
  if (underpriced) signs.set('underpriced', new TransactionUnderpricedError(underpriced, head.baseFeePerGas))
  const [next] = waiting
  // A node that shows what is mined, and a nonce from before it, shows no gap.
  const isOfOneView = slots.every(({ attempt, status }) => status !== 'mined' || attempt.nonce < (nonce ?? 0))
  if (next !== undefined && nonce !== null && next.attempt.nonce > nonce && isOfOneView) {
    const { hash } = next.attempt
    // Nodes may forget what waits behind a gap; to hand it out again would not help.
    return signs.set('gap', new NonceGapError(hash, { nonce: next.attempt.nonce, next: nonce }))
  }
  const missing = withStatus('missing')
  if (missing) signs.set('missing', new TransactionMissingError(missing.hash))
  if (next?.status === 'pending' && next.attempt.nonce === nonce)
    signs.set('stuck', new TransactionStuckError(next.attempt.hash, LOOKS.stuck))
  return signs
}

/** Proof by state. A stake uses the allowance up, so an approve that was followed by its stake has nothing left to show. */
function isCredited(attempt: Attempt, all: readonly Attempt[], report: ChainReport): boolean {
  const { sVvv, allowance, diem } = report
  switch (attempt.purpose) {
    case 'stake':
      return BigInt(sVvv) >= BigInt(attempt.expected)
    case 'sponsor':
      return isShownFor(attempt, report)
    case 'approve':
      return (
        all.some(({ purpose }) => purpose === 'stake' || purpose === 'sponsor') ||
        BigInt(allowance) >= BigInt(attempt.expected)
      )
    case 'revoke':
      return allowance === '0' || all.some(({ purpose, nonce }) => purpose === 'approve' && nonce > attempt.nonce)
    // Mined in an earlier watch: it may be unstaked or sold since, and what comes next is decided by what is there.
    case 'mintDiem':
      return isMined(attempt) || (diem != null && BigInt(diem.liquid) + BigInt(diem.staked) >= BigInt(attempt.expected))
    case 'stakeDiem':
      return isMined(attempt) || (diem != null && BigInt(diem.staked) >= BigInt(attempt.expected))
    case 'fill':
      return true
  }
}

const isMined = ({ status }: Attempt): boolean => status === 'mined'

/** Signed after a block was seen, and so lately that there is nothing to see yet but, perhaps, a receipt. */
const isFresh = (attempts: readonly Attempt[], nowMs: number, chain: Chain): boolean =>
  chain.nextBlockMs() !== null &&
  attempts.every((attempt) => isOpen(attempt) && nowMs - Date.parse(attempt.signedAt) < chain.blockTimeMs)

/** Just after the next block is due; where the chain's clock is not ours, or the block is late, after a short pause. */
const nextLook = (nowMs: number, looks: number, chain: Chain): number =>
  nextBlock(nowMs, chain) ?? nowMs + Math.min(FIRST_PAUSE_MS * PAUSE_GROWTH ** looks, chain.blockTimeMs / 4)

/** Null where the chain's clock does not tell when that is. */
function nextBlock(nowMs: number, chain: Chain): number | null {
  const due = (chain.nextBlockMs() ?? 0) + BLOCK_MARGIN_MS
  return due > nowMs && due - nowMs <= chain.blockTimeMs + BLOCK_MARGIN_MS ? due : null
}
