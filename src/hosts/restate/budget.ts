import type { ObjectContext } from '@restatedev/restate-sdk'
import { z } from 'zod'
import { BUDGET } from './names.ts'
import type { Sdk } from './sdk.ts'

const amount = z.string().regex(/^\d{1,30}$/)
const reservationSchema = z.strictObject({
  wallet: z.string().min(1).max(80),
  /** Base units of VVV, and wei: all that this wallet has spent and is about to spend. */
  vvv: amount,
  feeWei: amount,
  /** Null: without a limit. */
  maxVvv: amount.nullable(),
  maxFeeWei: amount.nullable(),
})
export type Reservation = z.infer<typeof reservationSchema>

/** `refused`: which of the two does not suffice, and what all wallets would need. */
export type BudgetAnswer = { refused: null } | { refused: 'vvv' | 'feeWei'; needed: string }

interface Totals {
  vvv: string
  feeWei: string
}
const NOTHING: Totals = { vvv: '0', feeWei: '0' }

/**
 * What all wallets together may spend, in one object. A wallet sets aside what it needs before it signs, and once more
 * what it did need when it has ended; safe to repeat, since each wallet has one entry that is replaced.
 */
export function budgetObject({ object, TerminalError }: Sdk) {
  return object({
    name: BUDGET,
    description: 'What the wallets of venice-onboard may spend together.',
    options: { journalRetention: 0, enableLazyState: true, inactivityTimeout: 1_000 },
    handlers: {
      async reserve(ctx: ObjectContext, given: unknown): Promise<BudgetAnswer> {
        const { success, data } = reservationSchema.safeParse(given)
        if (!success) throw new TerminalError('This is no reservation.', { errorCode: 400 })
        const entry = `wallet/${data.wallet}`
        const before = (await ctx.get<Totals>(entry)) ?? NOTHING
        const totals = (await ctx.get<Totals>('totals')) ?? NOTHING
        const after = (name: keyof Totals) => BigInt(totals[name]) - BigInt(before[name]) + BigInt(data[name])
        const [vvv, feeWei] = [after('vvv'), after('feeWei')]
        // What is spent is spent: only what grows can be refused.
        const grows = (name: keyof Totals) => BigInt(data[name]) > BigInt(before[name])
        if (data.maxVvv !== null && vvv > BigInt(data.maxVvv) && grows('vvv')) {
          return { refused: 'vvv', needed: vvv.toString() }
        }
        if (data.maxFeeWei !== null && feeWei > BigInt(data.maxFeeWei) && grows('feeWei')) {
          return { refused: 'feeWei', needed: feeWei.toString() }
        }
        ctx.set(entry, { vvv: data.vvv, feeWei: data.feeWei })
        ctx.set('totals', { vvv: vvv.toString(), feeWei: feeWei.toString() })
        return { refused: null }
      },
    },
  })
}
