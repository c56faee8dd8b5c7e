import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { ObjectContext } from '@restatedev/restate-sdk'
import { z } from 'zod'
import type { Sdk } from '../hosts/restate/sdk.ts'
import { LIMITS, STATE } from './names.ts'
import { type LeaseRequest, type Ledger, lease } from './shares.ts'

const requestSchema = z.strictObject({
  worker: z.string().min(1).max(200),
  process: z.string().min(1).max(100),
  cap: z.int().min(1),
  holds: z.int().min(0),
  wants: z.int().min(0),
  /** See `leasesFrom`. */
  token: z.string().max(200).optional(),
})

/** HTTP. */
const [BAD_REQUEST, UNAUTHORIZED] = [400, 401]

/**
 * Shares out a cap of requests per second among the workers; one object for each kind of endpoint.
 *
 * Workers ask from outside any invocation, so that the ingress reaches `lease`. It answers who has the token, which this object
 * makes itself and keeps in its state: that is read through the admin API. Anybody else at the ingress gets 401; he could take
 * the whole cap, or have it lowered to 1.
 */
export function limitsObject({ object, TerminalError }: Sdk) {
  return object({
    name: LIMITS,
    description: 'Shares out requests per second among the workers of venice-onboard.',
    options: { journalRetention: 0, inactivityTimeout: 1_000 },
    handlers: {
      async lease(ctx: ObjectContext, given: unknown): Promise<number> {
        const { success, data } = requestSchema.safeParse(given)
        if (!success) throw new TerminalError('The request is not for a lease.', { errorCode: BAD_REQUEST })
        const { token, ...request } = data
        let own = await ctx.get<string>(STATE.token)
        if (own === null) {
          // Not of `ctx.rand`: that is derived from the id of the invocation, which whoever calls is told.
          own = await ctx.run('token', () => randomBytes(32).toString('hex'))
          ctx.set(STATE.token, own)
        }
        if (token === undefined || !isSame(token, own)) {
          throw new TerminalError('Only workers of the fleet can request a lease.', { errorCode: UNAUTHORIZED })
        }
        const ledger = (await ctx.get<Ledger>('ledger')) ?? {}
        const next = lease(ledger, request satisfies LeaseRequest, await ctx.date.now())
        ctx.set('ledger', next.ledger)
        return next.slots
      },
    },
  })
}

const isSame = (given: string, own: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(own)]
  return a.length === b.length && timingSafeEqual(a, b)
}
