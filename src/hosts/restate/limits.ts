import type { ObjectContext } from '@restatedev/restate-sdk'
import { z } from 'zod'
import { LIMITS } from './names.ts'
import type { Sdk } from './sdk.ts'
import { type LeaseRequest, type Ledger, lease } from './shares.ts'

const requestSchema = z.strictObject({
  worker: z.string().min(1).max(200),
  process: z.string().min(1).max(100),
  cap: z.int().min(1),
  holds: z.int().min(0),
  wants: z.int().min(0),
})

/** Shares out a cap of requests per second among the workers; one object for each kind of endpoint. */
export function limitsObject({ object, TerminalError }: Sdk) {
  return object({
    name: LIMITS,
    description: 'Shares out requests per second among the workers of venice-onboard.',
    options: { journalRetention: 0, inactivityTimeout: 1_000 },
    handlers: {
      async lease(ctx: ObjectContext, given: unknown): Promise<number> {
        const { success, data } = requestSchema.safeParse(given)
        if (!success) throw new TerminalError('This is no request for a lease.', { errorCode: 400 })
        const ledger = (await ctx.get<Ledger>('ledger')) ?? {}
        const next = lease(ledger, data satisfies LeaseRequest, await ctx.date.now())
        ctx.set('ledger', next.ledger)
        return next.slots
      },
    },
  })
}
