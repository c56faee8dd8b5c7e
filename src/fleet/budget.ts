import type { ObjectContext, Serde } from '@restatedev/restate-sdk'
import { z } from 'zod'
import type { Sdk } from '../hosts/restate/sdk.ts'
import { BUDGET, TREASURIES, WALLETS } from './names.ts'

const amount = z.string().regex(/^\d{1,30}$/)
const ofSchema = z.strictObject({
  /** The object that spends. */
  service: z.enum([WALLETS, TREASURIES]),
  key: z.string().regex(/^\d{1,12}-0x[0-9a-f]{40}$/),
})
const reservationSchema = ofSchema.extend({
  /** Base units of VVV, and wei: all that it has spent and is about to spend. */
  vvv: amount,
  feeWei: amount,
  /** Base units of USDC, likewise. Workers before 2026-12 paid nothing, and did not name it. */
  usd: amount.default('0'),
  /** Null: without a limit. */
  maxVvv: amount.nullable(),
  maxFeeWei: amount.nullable(),
  maxUsd: amount.nullable().default(null),
})
export type Spender = z.infer<typeof ofSchema>
export type Reservation = z.infer<typeof reservationSchema>
export type Asked = Omit<Reservation, keyof Spender>

/** `refused`: which of them does not suffice, and what all wallets would need. */
export type BudgetAnswer = { refused: null } | { refused: keyof Totals; needed: string }

export interface Totals {
  vvv: string
  feeWei: string
  usd: string
}
const NOTHING: Totals = { vvv: '0', feeWei: '0', usd: '0' }

/** What an object tells of itself: a treasury, and a worker before 2026-12, of no payments. */
export type Committed = Omit<Totals, 'usd'> & Partial<Totals>

/**
 * What all wallets together may spend, in one object that no ingress reaches.
 *
 * - `reserve` sets aside what a wallet or a treasury needs before it signs a transaction or a payment. It only ever adds to what is set aside for it. Safe
 *   to repeat: each has one entry.
 * - `settle` gives back what was not spent. It takes no amounts: the object that spends is asked, and counts its own record.
 */
export function budgetObject({ object, serde, TerminalError }: Sdk) {
  const outputSerde = serde.json as Serde<Committed | null>
  // Declared with a member that may be undefined.
  const inputSerde = serde.json as Serde<unknown>

  const entriesOf = async (ctx: ObjectContext, { service, key }: Spender) => {
    // The names of wallets were there before treasuries had their own.
    const entry = `${service === WALLETS ? 'wallet' : 'treasury'}/${key}`
    const stored = async (name: string): Promise<Totals> => ({ ...NOTHING, ...(await ctx.get<Committed>(name)) })
    const [before, totals] = [await stored(entry), await stored('totals')]
    const totalWith = (name: keyof Totals, value: bigint) => BigInt(totals[name]) - BigInt(before[name]) + value
    return {
      before,
      totalWith,
      replace({ vvv, feeWei, usd }: Record<keyof Totals, bigint>) {
        ctx.set(entry, { vvv: vvv.toString(), feeWei: feeWei.toString(), usd: usd.toString() })
        ctx.set('totals', {
          vvv: totalWith('vvv', vvv).toString(),
          feeWei: totalWith('feeWei', feeWei).toString(),
          usd: totalWith('usd', usd).toString(),
        })
      },
    }
  }

  return object({
    name: BUDGET,
    description: 'What the wallets of venice-onboard may spend together.',
    options: { journalRetention: 0, enableLazyState: true, inactivityTimeout: 1_000, ingressPrivate: true },
    handlers: {
      async reserve(ctx: ObjectContext, given: unknown): Promise<BudgetAnswer> {
        const { success, data } = reservationSchema.safeParse(given)
        if (!success) throw new TerminalError('The request is not a reservation.', { errorCode: 400 })
        const { before, totalWith, replace } = await entriesOf(ctx, data)
        const after = (name: keyof Totals) => {
          const [earlier, asked] = [BigInt(before[name]), BigInt(data[name])]
          return asked > earlier ? asked : earlier
        }
        const set = { vvv: after('vvv'), feeWei: after('feeWei'), usd: after('usd') }
        // What is spent is spent: only what grows can be refused.
        const isBeyond = (name: keyof Totals, limit: string | null) =>
          limit !== null && set[name] > BigInt(before[name]) && totalWith(name, set[name]) > BigInt(limit)
        const limits = { vvv: data.maxVvv, feeWei: data.maxFeeWei, usd: data.maxUsd }
        for (const name of ['vvv', 'feeWei', 'usd'] as const) {
          if (isBeyond(name, limits[name])) return { refused: name, needed: totalWith(name, set[name]).toString() }
        }
        replace(set)
        return { refused: null }
      },

      async settle(ctx: ObjectContext, given: unknown): Promise<void> {
        const { success, data } = ofSchema.safeParse(given)
        if (!success) throw new TerminalError('The caller is neither a wallet nor a treasury.', { errorCode: 400 })
        const { service, key } = data
        const spent = await ctx.genericCall({
          service,
          key,
          method: 'committed',
          parameter: null,
          inputSerde,
          outputSerde,
        })
        if (spent === null) return
        const { before, replace } = await entriesOf(ctx, data)
        replace({ vvv: BigInt(spent.vvv), feeWei: BigInt(spent.feeWei), usd: BigInt(spent.usd ?? before.usd) })
      },
    },
  })
}
