import { setImmediate } from 'node:timers/promises'
import type { Address } from '../../domain/addresses.ts'
import { keyOf, type SponsorRequest, shortAgents, sponsored } from '../../domain/sponsoring.ts'
import { createSponsorEffects, type SponsorEffectFunctions } from '../../driver/effects/sponsor.ts'
import { recordOf, seal, unsealAs } from '../../driver/envelope.ts'
import { statePath } from '../../driver/events.ts'
import { SPONSORING, type SponsoringEnvelope } from '../../driver/sponsoring.ts'
import { RpcError } from '../../errors/chain.ts'
import type { Failure } from '../../errors/failure.ts'
import { BudgetExceededError, InsufficientEthError, InsufficientVvvError } from '../../errors/policy.ts'
import type { Clock } from '../../ports/clock.ts'
import { advance } from './advance.ts'
import type { BudgetGuard } from './budget-guard.ts'
import { walletKey } from './names.ts'
import { orRefused, type Refused } from './refusal.ts'
import type { OpenedTreasury, OpenTreasury } from './treasuries.ts'
import { type Chunk, requireUsable, type SponsorOrder, type TreasurySummary } from './treasury-order.ts'

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
  /** Base units of VVV, and wei, of the chunk. */
  spent: { vvv: string; feeWei: string }
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
  step: Of<Chunk> & { isFirst: boolean; summary: TreasurySummary },
  dependencies: Dependencies,
): Promise<TreasuryRecorded | Refused> =>
  refusing(step.of, dependencies, async (opened) => {
    const { of: chunk, isFirst, summary } = step
    const { clock, stopping } = dependencies
    const request: SponsorRequest = {
      runId: chunk.runId,
      address: opened.ports.signer.address,
      chainId: chunk.chainId,
      agents: chunk.wallets.map(({ address, amount }) => ({ address, amount })),
      beyond: chunk.beyond,
    }
    const { envelope } = await advance(SPONSORING, {
      effects: limited(effectsOf(opened, chunk), {
        summary,
        beyond: BigInt(chunk.beyond),
        budget: opened.budget ?? null,
      }),
      envelope: await recordedIn(step),
      again: isFirst,
      quiet: QUIET,
      input: { request, ...(chunk.fundsDeadline !== undefined && { fundsDeadline: chunk.fundsDeadline }) },
      clock,
      signal: AbortSignal.any([stopping, step.attempt]),
    })
    const done = await recorded(envelope)
    if (done.next === null) await opened.budget?.settle(inAll(summary, done.spent))
    return done
  })

/**
 * Looks at the treasury and at all wallets of a list before anything is signed for one of them, so that a list which
 * cannot be paid for is refused as a whole. Nothing of the treasury is in flight. No side effects.
 *
 * @throws {StepFailed} and nothing else.
 */
export const takePlan = (plan: Of<SponsorOrder>, dependencies: Dependencies): Promise<Planned | Refused> =>
  refusing(plan.of, dependencies, async ({ ports: { chain }, requireHeld }) => {
    const { of: order } = plan
    requireUsable(order)
    for (const [index, wallet] of order.wallets.entries()) {
      // To derive a key takes a millisecond of the processor: others have their turn.
      if (index % CHUNK === 0) await setImmediate()
      await requireHeld(wallet)
    }
    const envelope = await recordedIn(plan)
    const { address, wallets: agents } = order
    const look = { address, agents, unproven: [], inFlight: 1, isFirst: false }
    const found = await chain.surveyTreasury(look, AbortSignal.any([dependencies.stopping, plan.attempt]))
    if (envelope !== null && found.nonce < recordOf(envelope).nextNonce) {
      throw new RpcError(`it shows nonce ${found.nonce} of the treasury, and later ones are mined.`)
    }
    requireAffordable(order, found)
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

/** Of the whole list. Who waits for funds is told to once the machine looks. */
function requireAffordable(
  { address, maxVvv, maxFeeWei, fundsDeadline }: SponsorOrder,
  { stake, feeCeiling, vvv, eth }: { stake: string; feeCeiling: string; vvv: string; eth: string },
): void {
  const needs = { vvv: BigInt(stake), eth: BigInt(feeCeiling) }
  if (maxVvv !== undefined && needs.vvv > BigInt(maxVvv)) throw BudgetExceededError.vvv(BigInt(maxVvv), needs.vvv)
  if (maxFeeWei !== undefined && needs.eth > BigInt(maxFeeWei)) {
    throw BudgetExceededError.gas(BigInt(maxFeeWei), needs.eth)
  }
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
  record === null ? null : unsealAs(SPONSORING, record, `of the treasury ${walletKey(of)} at Restate`, of)

function effectsOf(
  { ports, settings, redactor }: OpenedTreasury,
  { maxVvv, maxFeeWei }: Chunk,
): SponsorEffectFunctions {
  const budget = {
    ...(maxVvv !== undefined && { maxVvv: BigInt(maxVvv) }),
    ...(maxFeeWei !== undefined && { maxFeeWei: BigInt(maxFeeWei) }),
  }
  return createSponsorEffects(ports, { settings: { ...settings, budget }, ...(redactor && { redactor }) })
}

interface Limits {
  /** Before this chunk. */
  summary: TreasurySummary
  beyond: bigint
  budget: BudgetGuard | null
}

/** `effects` that count what was spent for earlier wallets of the list, and set aside what they are about to spend. */
const limited = (effects: SponsorEffectFunctions, { summary, beyond, budget }: Limits): SponsorEffectFunctions => ({
  ...effects,
  async signTransactions(input, io) {
    const { request, position } = input
    const spent = added(summary.spent, input.spent)
    const next = { vvv: (BigInt(position.stake) + beyond).toString(), feeWei: position.feeCeiling }
    await budget?.setAside(inAll(summary, added(input.spent, next)))
    return effects.signTransactions({ request, position, spent }, io)
  },
  unblockTransactions: (input, io) =>
    effects.unblockTransactions({ ...input, settled: added(summary.spent, input.settled) }, io),
})

type Amounts = TreasurySummary['spent']

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
    spent: { vvv: vvv.toString(), feeWei: feeWei.toString() },
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
