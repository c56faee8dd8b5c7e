import { formatAmount } from '../domain/amounts.ts'
import { committed, type Spending } from '../domain/budget.ts'
import { missingStake } from '../domain/plan.ts'
import { Interrupted } from '../driver/effects/guard.ts'
import type { Effects } from '../driver/effects/io.ts'
import { toFailure } from '../errors/failure.ts'
import { FleetBudgetExceededError } from '../errors/fleet.ts'
import type { Clock } from '../ports/clock.ts'
import type { Asked, BudgetAnswer } from './budget.ts'

/** What all wallets may spend together. */
export interface FleetBudget {
  /** Base units; absent: no limit. */
  maxVvv?: bigint
  /** Wei; absent: no limit. */
  maxFeeWei?: bigint
}

/** What the step before asked the budget's object for, and its answer. */
export interface Answered {
  asked: Asked
  answer: BudgetAnswer
}

/** The fleet's budget at one wallet, or at one treasury. */
export interface BudgetGuard {
  /** For one step. */
  within(answered: Answered | null): Reserving
}

/**
 * The budget in one step. A step that needs more than is set aside ends before it signs, and asks; the next one does what
 * it was about to do, with the answer.
 */
export interface Reserving {
  /** What this step has asked for; null: nothing. */
  readonly asked: Asked | null
  /** `effects` that set aside what they are about to spend. */
  guard(effects: Effects): Effects
  /**
   * Goes on where all that is spent and about to be spent is set aside.
   *
   * @throws {Interrupted} it is to be asked for. A `Failure` where there is not so much.
   */
  setAside(needs: Spending): void
  /** Signs with `raise`, and keeps what it signed to itself until its cost is set aside. Signs once, also where that takes a step. */
  raising<T>(input: unknown, raise: () => Promise<T>, costOf: (raised: T) => Spending): Promise<T>
}

export function createBudgetGuard({ budget, clock }: { budget: FleetBudget; clock: Clock }): BudgetGuard {
  const limits = { maxVvv: budget.maxVvv?.toString() ?? null, maxFeeWei: budget.maxFeeWei?.toString() ?? null }
  let held: { input: string; raised: unknown } | null = null

  function exceeded({ refused, needed }: Exclude<BudgetAnswer, { refused: null }>): unknown {
    const limit = (refused === 'vvv' ? limits.maxVvv : limits.maxFeeWei) ?? '0'
    return toFailure(beyondFleet({ refused, limit, needed }), {
      at: new Date(clock.now()).toISOString(),
      jitter: clock.random(),
      scrub: (text: string) => text,
    })
  }

  return {
    within(answered) {
      let asked: Asked | null = null
      const reserving: Reserving = {
        get asked() {
          return asked
        },
        setAside({ vvv, feeWei }) {
          if (answered === null || !isOf(answered, { vvv, feeWei })) {
            asked = { vvv: vvv.toString(), feeWei: feeWei.toString(), ...limits }
            throw new Interrupted()
          }
          if (answered.answer.refused !== null) throw exceeded(answered.answer)
        },
        async raising<T>(input: unknown, raise: () => Promise<T>, costOf: (raised: T) => Spending): Promise<T> {
          const text = JSON.stringify(input)
          // What this very call signed.
          const raised = held?.input === text ? (held.raised as T) : await raise()
          held = { input: text, raised }
          reserving.setAside(costOf(raised))
          held = null
          return raised
        },
        guard: (effects) => ({
          ...effects,
          async signTransactions(input, io) {
            const before = committed(input.attempts)
            const stake = missingStake(BigInt(input.request.stakeAmount), BigInt(input.position.sVvv))
            reserving.setAside({ vvv: before.vvv + stake, feeWei: before.feeWei + BigInt(input.position.feeCeiling) })
            return effects.signTransactions(input, io)
          },
          unblockTransactions: (input, io) =>
            reserving.raising(
              input,
              () => effects.unblockTransactions(input, io),
              (raised) => committed([...input.attempts, ...raised]),
            ),
        }),
      }
      return reserving
    },
  }
}

/** @param limit - base units of VVV, or wei, as `needed`. */
export function beyondFleet({
  refused,
  limit,
  needed,
}: {
  refused: 'vvv' | 'feeWei'
  limit: bigint | string
  needed: bigint | string
}): FleetBudgetExceededError {
  const [what, unit] = refused === 'vvv' ? ['budget for VVV', 'VVV'] : ['budget for gas', 'ETH']
  return new FleetBudgetExceededError({
    what,
    limit: `${formatAmount(limit)} ${unit}`,
    needed: `${formatAmount(needed)} ${unit}`,
  })
}

/** What is granted covers less, too; what is refused may be granted in part. */
function isOf({ asked, answer }: Answered, needs: Spending): boolean {
  const [vvv, feeWei] = [BigInt(asked.vvv), BigInt(asked.feeWei)]
  return answer.refused === null
    ? needs.vvv <= vvv && needs.feeWei <= feeWei
    : needs.vvv === vvv && needs.feeWei === feeWei
}
