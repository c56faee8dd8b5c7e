import { setImmediate } from 'node:timers/promises'
import type { Address } from '../domain/addresses.ts'
import { type Budget, committed, type Spending } from '../domain/budget.ts'
import { doubtedVvv, keyOf, type SponsorRequest, shortAgents, sponsored } from '../domain/sponsoring.ts'
import { recordOf, seal, unsealAs } from '../driver/envelope.ts'
import { statePath } from '../driver/events.ts'
import { RpcError } from '../errors/chain/endpoints.ts'
import type { Failure } from '../errors/failure.ts'
import { BudgetExceededError } from '../errors/policy.ts'
import { InsufficientEthError, InsufficientVvvError } from '../errors/wallet.ts'
import { advance } from '../hosts/restate/advance.ts'
import type { Clock } from '../ports/clock.ts'
import { createSponsorEffects, type SponsorEffectFunctions } from '../sponsoring/effects.ts'
import { SPONSORING, type Sponsoring, type SponsoringEnvelope } from '../sponsoring/kind.ts'
import { DEFAULT_MAX_STAKE, narrowed, requireStake } from './approval.ts'
import type { Asked } from './budget.ts'
import { type Answered, beyondFleet, type Reserving } from './budget-guard.ts'
import { walletKey } from './names.ts'
import { orRefused, type Refused } from './refusal.ts'
import type { OpenedTreasury, OpenTreasury } from './treasuries.ts'
import {
  type Chunk,
  requireUsable,
  type SponsoredWallet,
  type SponsorOrder,
  type TreasurySummary,
} from './treasury-order.ts'

/** As many stakes as are in flight at a time: a chunk takes one look, one round of signatures, and one look to make sure. */
const CHUNK = 50

const QUIET = new Set(['readTreasury', 'signTransactions'] as const)

/** What a step of a treasury leaves in Restate's journal; as for a wallet, replaying runs no machine. */
export interface TreasuryRecorded {
  ok: true
  /** The sealed envelope. */
  record: string
  state: string
  /** What is due; null when the chunk has ended. */
  next: { src: string; until: string | null; writtenAt: string } | null
  writtenAt: string
  /** Why it ended, when it failed. */
  failure: Failure | null
  /** Wallets of the chunk that were seen with their stake. */
  staked: number
  /** Base units of VVV, and wei, of the chunk; with what is only said to have reverted. */
  spent: { vvv: string; feeWei: string }
  /** What it needs from the fleet's budget before it goes on. */
  asks: Asked | null
  /** It has ended, and what it did not spend of the fleet's budget is to be given back. */
  settles: boolean
}

/** Which wallets are staked for together, and what the wallets after each such chunk are missing. */
export interface Planned {
  ok: true
  size: number
  beyond: readonly string[]
}

interface Dependencies {
  open: OpenTreasury
  clock: Clock
  /** Aborts when the worker is to stop. */
  stopping: AbortSignal
}

interface Of<T> {
  of: T
  record: string | null
  /** Aborts when Restate has given up on this attempt. */
  attempt: AbortSignal
}

/**
 * One step of a chunk: the driver acts and records once. Safe to run again, as after a crash.
 *
 * @throws {StepFailed} and nothing else: Restate tries again, here or at another worker.
 */
export const takeTreasuryStep = (
  step: Of<Chunk> & { isFirst: boolean; summary: TreasurySummary; answered: Answered | null },
  dependencies: Dependencies,
): Promise<TreasuryRecorded | Refused> =>
  refusing(step.of, dependencies, async (opened) => {
    const { of: chunk, isFirst, summary, answered } = step
    if (isFirst) await requireAllowed(chunk.wallets, opened)
    const reserving = opened.budget?.within(answered) ?? null
    const before = await recordedIn(step)
    const { clock, stopping } = dependencies
    const request: SponsorRequest = {
      runId: chunk.runId,
      address: opened.ports.signer.address,
      chainId: chunk.chainId,
      agents: chunk.wallets.map(({ address, amount }) => ({ address, amount })),
      beyond: chunk.beyond,
    }
    const advancing = advance(SPONSORING, {
      effects: limited(effectsOf(opened, chunk), {
        summary,
        beyond: BigInt(chunk.beyond),
        reserving,
      }),
      envelope: before,
      again: isFirst,
      quiet: QUIET,
      repeatable: new Set(),
      input: { request, ...(chunk.fundsDeadline !== undefined && { fundsDeadline: chunk.fundsDeadline }) },
      clock,
      signal: AbortSignal.any([stopping, step.attempt]),
    })
    const { envelope } = await advancing.catch((error: unknown) => {
      // It stands where it stood, and waits for an answer.
      if (before !== null && reserving != null && reserving.asked !== null) return { envelope: before }
      throw error
    })
    const done = await recorded(envelope)
    return { ...done, asks: reserving?.asked ?? null, settles: reserving !== null && done.next === null }
  })

/**
 * Of a list, and once more of each part of it: what a part says came by way of Restate.
 *
 * @throws {FleetOrderRefusedError} and what else `requireHeld` rejects with.
 */
async function requireAllowed(
  wallets: readonly SponsoredWallet[],
  { requireHeld, limits: { maxStake = DEFAULT_MAX_STAKE } = {} }: OpenedTreasury,
): Promise<void> {
  for (const [index, wallet] of wallets.entries()) {
    // To derive a key takes a millisecond of the processor: others have their turn.
    if (index % CHUNK === 0) await setImmediate()
    await requireHeld(wallet)
    requireStake(wallet.amount, maxStake)
  }
}

/**
 * Looks at the treasury and at all wallets of a list before anything is signed for one of them, so that a list which
 * cannot be paid for is refused as a whole. Nothing of the treasury is in flight. No side effects.
 *
 * @throws {StepFailed} and nothing else.
 */
export const takePlan = (plan: Of<SponsorOrder>, dependencies: Dependencies): Promise<Planned | Refused> =>
  refusing(plan.of, dependencies, async (opened) => {
    const { of: order } = plan
    const { chain } = opened.ports
    requireUsable(order)
    await requireAllowed(order.wallets, opened)
    const envelope = await recordedIn(plan)
    const { address, wallets: agents } = order
    const query = { address, agents, unproven: [], inFlight: 1, isFirst: false }
    const found = await chain.surveyTreasury(query, AbortSignal.any([dependencies.stopping, plan.attempt]))
    if (envelope !== null && found.nonce < recordOf(envelope).nextNonce) {
      throw new RpcError(`it shows nonce ${found.nonce} of the treasury, and later ones are mined.`)
    }
    requireWithinLimits(found, opened)
    requireAffordable(order, capsOf(order, opened), found)
    const held = new Map(agents.map(({ address: agent }) => [keyOf(agent), BigInt(found.holdings[keyOf(agent)] ?? 0)]))
    const missing = new Map(shortAgents(agents, held).map((agent) => [agent.address, agent.missing]))
    let left = [...missing.values()].reduce((sum, amount) => sum + amount, 0n)
    const beyond: string[] = []
    for (let from = 0; from < agents.length; from += CHUNK) {
      for (const agent of agents.slice(from, from + CHUNK)) left -= missing.get(agent.address) ?? 0n
      beyond.push(left.toString())
    }
    return { ok: true, size: CHUNK, beyond }
  })

/** What the worker allows for a list, however much of the fleet's budget is left. */
function requireWithinLimits(
  { stake, feeCeiling }: { stake: string; feeCeiling: string },
  { limits: { maxVvv, maxFeeWei } = {} }: OpenedTreasury,
): void {
  if (maxVvv !== undefined && BigInt(stake) > maxVvv) {
    throw beyondFleet({ refused: 'vvv', limit: maxVvv, needed: stake })
  }
  if (maxFeeWei !== undefined && BigInt(feeCeiling) > maxFeeWei) {
    throw beyondFleet({ refused: 'feeWei', limit: maxFeeWei, needed: feeCeiling })
  }
}

/** Of the whole list. Who waits for funds is told to once the machine looks. */
function requireAffordable(
  { address, fundsDeadline }: SponsorOrder,
  { maxVvv, maxFeeWei }: Budget,
  { stake, feeCeiling, vvv, eth }: { stake: string; feeCeiling: string; vvv: string; eth: string },
): void {
  const needs = { vvv: BigInt(stake), eth: BigInt(feeCeiling) }
  if (maxVvv !== undefined && needs.vvv > maxVvv) throw BudgetExceededError.vvv(maxVvv, needs.vvv)
  if (maxFeeWei !== undefined && needs.eth > maxFeeWei)
    throw BudgetExceededError.fee(maxFeeWei, needs.eth, { maxFeeWei })
  if (fundsDeadline !== undefined) return
  const shortfall = {
    address,
    vvv: { has: BigInt(vvv), needs: needs.vvv },
    eth: { has: BigInt(eth), needs: needs.eth },
  }
  if (shortfall.vvv.has < needs.vvv) throw new InsufficientVvvError(shortfall)
  if (shortfall.eth.has < needs.eth) throw new InsufficientEthError(shortfall)
}

const recordedIn = async ({
  record,
  of,
}: Pick<Of<Chunk | SponsorOrder>, 'record' | 'of'>): Promise<SponsoringEnvelope | null> =>
  record === null ? null : unsealAs<Sponsoring>(SPONSORING, record, `of the treasury ${walletKey(of)} at Restate`, of)

/** What the worker allows for a list, narrowed by the list. */
function capsOf({ maxVvv, maxFeeWei }: Pick<Chunk, 'maxVvv' | 'maxFeeWei'>, { limits = {} }: OpenedTreasury): Budget {
  const [vvv, fee] = [narrowed(limits.maxVvv, maxVvv), narrowed(limits.maxFeeWei, maxFeeWei)]
  return { ...(vvv !== undefined && { maxVvv: vvv }), ...(fee !== undefined && { maxFeeWei: fee }) }
}

function effectsOf(opened: OpenedTreasury, chunk: Chunk): SponsorEffectFunctions {
  const { ports, settings, redactor } = opened
  const budget = capsOf(chunk, opened)
  return createSponsorEffects(ports, { settings: { ...settings, budget }, ...(redactor && { redactor }) })
}

interface Limits {
  /** Before this chunk. */
  summary: TreasurySummary
  beyond: bigint
  reserving: Reserving | null
}

/** `effects` that count what was spent for earlier wallets of the list, and set aside what they are about to spend. */
const limited = (effects: SponsorEffectFunctions, { summary, beyond, reserving }: Limits): SponsorEffectFunctions => ({
  ...effects,
  async signTransactions(input, io) {
    const { walletState } = input
    const next = { vvv: (BigInt(walletState.stake) + beyond).toString(), feeWei: walletState.feeCeiling }
    const alive = inText(committed(input.attempts))
    reserving?.setAside(inAll(summary, added(input.spent, added(alive, next))))
    return effects.signTransactions({ ...input, earlier: summary.spent }, io)
  },
  replaceTransactions(input, io) {
    const raise = () => effects.replaceTransactions({ ...input, settled: added(summary.spent, input.settled) }, io)
    if (reserving === null) return raise()
    return reserving.raising(input, raise, (raised) => {
      const { vvv, feeWei } = committed([...input.attempts, ...raised])
      return inAll(summary, added(input.settled, { vvv: vvv.toString(), feeWei: feeWei.toString() }))
    })
  },
})

type Amounts = TreasurySummary['spent']

const inText = ({ vvv, feeWei }: Spending): Amounts => ({ vvv: vvv.toString(), feeWei: feeWei.toString() })

export const added = (a: Amounts, b: Amounts): Amounts => ({
  vvv: (BigInt(a.vvv) + BigInt(b.vvv)).toString(),
  feeWei: (BigInt(a.feeWei) + BigInt(b.feeWei)).toString(),
})

/** Of all lists of this treasury. */
function inAll(summary: TreasurySummary, ofChunk: Amounts): { vvv: bigint; feeWei: bigint } {
  const { vvv, feeWei } = added(summary.spentBefore, added(summary.spent, ofChunk))
  return { vvv: BigInt(vvv), feeWei: BigInt(feeWei) }
}

async function recorded(envelope: SponsoringEnvelope): Promise<TreasuryRecorded> {
  const { snapshot, due, writtenAt } = envelope
  const { record, failure } = snapshot.context
  const isActive = snapshot.status === 'active' && due !== null
  const until = due?.src === 'sleepUntil' ? (due.input as { until: string }).until : null
  const own = record.attempts.filter(({ nonce }) => nonce >= record.ownFrom)
  const { vvv, feeWei } = sponsored(own, record.settled)
  return {
    ok: true,
    record: await seal(envelope),
    state: statePath(snapshot.value),
    next: isActive ? { src: due.src, until, writtenAt } : null,
    writtenAt,
    failure: isActive ? null : failure,
    staked: record.staked.length,
    spent: { vvv: (vvv + doubtedVvv(own, record.settled)).toString(), feeWei: feeWei.toString() },
    asks: null,
    settles: false,
  }
}

/** What may be over by itself, such as an endpoint that is away, is for Restate to try again. */
async function refusing<T>(
  of: { chainId: number; address: Address },
  { open, clock }: Dependencies,
  work: (opened: OpenedTreasury) => Promise<T>,
): Promise<T | Refused> {
  let scrub = (text: string) => text
  const opening = async () => {
    const opened = await open(of)
    scrub = opened.redactor?.scrub ?? scrub
    return work(opened)
  }
  return orRefused(opening, {
    clock,
    scrub: (text) => scrub(text),
    mayPass: ({ recovery }) => recovery === 'retry',
  })
}
