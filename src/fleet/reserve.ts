import type { ObjectContext, Serde } from '@restatedev/restate-sdk'
import type { Sdk } from '../hosts/restate/sdk.ts'
import type { Asked, BudgetAnswer, Reservation, Spender } from './budget.ts'
import type { Answered } from './budget-guard.ts'
import { BUDGET } from './names.ts'

/** The one budget of the fleet. */
const KEY = 'all'

/** How an object reaches the fleet's budget: from its handler, since no ingress leads there. */
export function budgetOf({ serde }: Sdk, service: Spender['service']) {
  const json = <T>() => serde.json as Serde<T>
  return {
    /** Sets aside what a step asked for. */
    async reserve(ctx: ObjectContext, asked: Asked): Promise<Answered> {
      const answer = await ctx.genericCall({
        service: BUDGET,
        key: KEY,
        method: 'reserve',
        parameter: { service, key: ctx.key, ...asked },
        inputSerde: json<Reservation>(),
        outputSerde: json<BudgetAnswer>(),
      })
      return { asked, answer }
    },
    /** Gives back what was set aside for this object and not spent, before another pass sets aside more. */
    async settle(ctx: ObjectContext): Promise<void> {
      await ctx.genericCall({
        service: BUDGET,
        key: KEY,
        method: 'settle',
        parameter: { service, key: ctx.key },
        inputSerde: json<Spender>(),
        outputSerde: serde.empty,
      })
    },
  }
}
