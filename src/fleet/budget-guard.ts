import { formatAmount, inDollars } from '../domain/amounts.ts'
import { committed, paid, type Spending } from '../domain/budget.ts'
import { missingStake } from '../domain/plan.ts'
import { Interrupted } from '../driver/effects/guard.ts'
import type { Effects } from '../driver/effects/io.ts'
import { toFailure } from '../errors/failure.ts'
import { FleetBudgetExceededError } from '../errors/fleet.ts'
import type { Clock } from '../ports/clock.ts'
import type { Asked, BudgetAnswer, Totals } from './budget.ts'

/** What all wallets may spend together. */
export interface FleetBudget {
  /** Base units; absent: no limit. */
  maxVvv?: bigint
  /** Wei; absent: no limit. */
  maxFeeWei?: bigint
  /** Base units of USDC; absent: no limit. */
  maxUsd?: bigint
}

/** What all of an object's own takes, base units; without `usd`, it pays nothing in USDC. */
type Needs = Spending & { usd?: bigint }

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
  setAside(needs: Needs): void
  /** Signs or draws up with `raise`, and keeps what it made to itself until its cost is set aside. Does so once, also where that takes a step. */
  raising<T>(input: unknown, raise: () => Promise<T>, costOf: (raised: T) => Needs): Promise<T>
}

export function createBudgetGuard({ budget, clock }: { budget: FleetBudget; clock: Clock }): BudgetGuard {
  const limits = {
    maxVvv: budget.maxVvv?.toString() ?? null,
    maxFeeWei: budget.maxFeeWei?.toString() ?? null,
    maxUsd: budget.maxUsd?.toString() ?? null,
  }
  let held: { input: string; raised: unknown } | null = null

  function exceeded({ refused, needed }: Exclude<BudgetAnswer, { refused: null }>): unknown {
    const limit = { vvv: limits.maxVvv, feeWei: limits.maxFeeWei, usd: limits.maxUsd }[refused] ?? '0'
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
        setAside({ vvv, feeWei, usd = 0n }) {
          if (answered === null || !isOf(answered, { vvv, feeWei, usd })) {
            asked = { vvv: vvv.toString(), feeWei: feeWei.toString(), usd: usd.toString(), ...limits }
            throw new Interrupted()
          }
          if (answered.answer.refused !== null) throw exceeded(answered.answer)
        },
        async raising<T>(input: unknown, raise: () => Promise<T>, costOf: (raised: T) => Needs): Promise<T> {
          const text = JSON.stringify(input)
          // What this very call made.
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
            const stake = missingStake(BigInt(input.request.stakeAmount), BigInt(input.walletState.sVvv))
            reserving.setAside({
              vvv: before.vvv + stake,
              feeWei: before.feeWei + BigInt(input.walletState.feeCeiling),
            })
            return effects.signTransactions(input, io)
          },
          replaceTransactions: (input, io) =>
            reserving.raising(
              input,
              () => effects.replaceTransactions(input, io),
              (raised) => committed([...input.attempts, ...raised]),
            ),
          offerPayment: (input, io) =>
            reserving.raising(
              input,
              () => effects.offerPayment(input, io),
              ({ payment }) => ({
                ...NO_TRANSACTIONS,
                usd: paid(payment ? [...input.payments, payment] : input.payments),
              }),
            ),
          // A payment that was recorded before there was a budget, too.
          async postPayment(input, io) {
            const others = input.payments.filter(({ nonce }) => nonce !== input.payment.nonce)
            reserving.setAside({ ...NO_TRANSACTIONS, usd: paid([...others, input.payment]) })
            return effects.postPayment(input, io)
          },
        }),
      }
      return reserving
    },
  }
}

const NO_TRANSACTIONS: Spending = { vvv: 0n, feeWei: 0n }

/** @param limit - base units of VVV or of USDC, or wei, as `needed`. */
export function beyondFleet({
  refused,
  limit,
  needed,
}: {
  refused: keyof Totals
  limit: bigint | string
  needed: bigint | string
}): FleetBudgetExceededError {
  if (refused === 'usd') {
    const [most, all] = [inDollars(BigInt(limit)), inDollars(BigInt(needed))]
    return new FleetBudgetExceededError({ what: 'budget for payments in USDC', limit: most, needed: all })
  }
  const [what, unit] = refused === 'vvv' ? ['budget for VVV', 'VVV'] : ['budget for gas', 'ETH']
  return new FleetBudgetExceededError({
    what,
    limit: `${formatAmount(limit)} ${unit}`,
    needed: `${formatAmount(needed)} ${unit}`,
  })
}

/** What is granted covers less, too; what is refused may be granted in part. */
function isOf({ asked, answer }: Answered, needs: Required<Needs>): boolean {
  const names = ['vvv', 'feeWei', 'usd'] as const
  // A worker before 2026-12 journaled no dollars.
  const given = (name: keyof Totals) => BigInt(asked[name] ?? '0')
  return answer.refused === null
    ? names.every((name) => needs[name] <= given(name))
    : names.every((name) => needs[name] === given(name))
}
