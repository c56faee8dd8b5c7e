import { formatAmount } from '../../domain/amounts.ts'
import { committed, type Spending } from '../../domain/budget.ts'
import { missingStake } from '../../domain/plan.ts'
import type { Effects } from '../../driver/effects/io.ts'
import { toFailure } from '../../errors/failure.ts'
import { FleetBudgetExceededError } from '../../errors/fleet.ts'
import type { Clock } from '../../ports/clock.ts'
import type { BudgetAnswer, Reservation } from './budget.ts'

/** What all wallets may spend together. */
export interface FleetBudget {
  /** Base units; absent: no limit. */
  maxVvv?: bigint
  /** Wei; absent: no limit. */
  maxFeeWei?: bigint
}

export interface BudgetGuardOptions {
  budget: FleetBudget
  /** Key of the wallet's object. */
  wallet: string
  clock: Clock
  /** Asks the budget's object. */
  reserve(reservation: Reservation): Promise<BudgetAnswer>
}

/** The fleet's budget at one wallet. */
export interface BudgetGuard {
  /** `effects` that set aside what they are about to spend. */
  guard(effects: Effects): Effects
  /** Sets aside all that this wallet has spent and is about to spend. Rejects with a `Failure` where there is not so much. */
  setAside(needs: Spending): Promise<void>
  /** Gives back what was set aside and not spent. Never rejects: what is not given back is only kept too long. */
  settle(spent: Spending): Promise<void>
}

export function createBudgetGuard({ budget, wallet, clock, reserve }: BudgetGuardOptions): BudgetGuard {
  const [maxVvv, maxFeeWei] = [budget.maxVvv?.toString() ?? null, budget.maxFeeWei?.toString() ?? null]

  async function setAside(needs: Spending): Promise<void> {
    const stamp = () => ({
      at: new Date(clock.now()).toISOString(),
      jitter: clock.random(),
      scrub: (text: string) => text,
    })
    let answer: BudgetAnswer
    try {
      const amounts = { vvv: needs.vvv.toString(), feeWei: needs.feeWei.toString() }
      answer = await reserve({ wallet, ...amounts, maxVvv, maxFeeWei })
    } catch (error) {
      throw toFailure(error, stamp())
    }
    if (answer.refused === null) return
    const isVvv = answer.refused === 'vvv'
    const unit = isVvv ? 'VVV' : 'ETH'
    const limit = formatAmount((isVvv ? maxVvv : maxFeeWei) ?? '0')
    const error = new FleetBudgetExceededError({
      option: isVvv ? '--fleet-max-vvv' : '--fleet-max-gas-eth',
      limit: `${limit} ${unit}`,
      needed: `${formatAmount(answer.needed)} ${unit}`,
    })
    throw toFailure(error, stamp())
  }

  return {
    guard: (effects) => ({
      ...effects,
      async signTransactions(input, io) {
        const before = committed(input.attempts)
        const stake = missingStake(BigInt(input.request.stakeAmount), BigInt(input.position.sVvv))
        await setAside({ vvv: before.vvv + stake, feeWei: before.feeWei + BigInt(input.position.feeCeiling) })
        return effects.signTransactions(input, io)
      },
      async unblockTransactions(input, io) {
        // What a raise costs is known once it is signed. It sends nothing: refused, what was signed is forgotten.
        const raised = await effects.unblockTransactions(input, io)
        await setAside(committed([...input.attempts, ...raised]))
        return raised
      },
    }),
    setAside,
    async settle({ vvv, feeWei }) {
      const spent = { wallet, vvv: vvv.toString(), feeWei: feeWei.toString(), maxVvv: null, maxFeeWei: null }
      await reserve(spent).catch(() => {})
    },
  }
}
