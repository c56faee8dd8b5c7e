import { z } from 'zod'
import type { LedgerEntry } from '../accounts.ts'
import { standardError } from '../envelopes.ts'
import { checked, type Routes } from '../http.ts'
import type { VeniceState } from '../state.ts'

const MAX_PAGE = 1000

const historyQuery = z
  .strictObject({
    currency: z.enum(['USD', 'DIEM', 'BUNDLED_CREDITS', 'EARNED_CREDITS']).optional(),
    cursor: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,512}$/)
      .optional(),
    startTimestamp: z.iso.datetime({ offset: true }).optional(),
    endTimestamp: z.iso.datetime({ offset: true }).optional(),
    pageSize: z.coerce.number().int().min(10).max(MAX_PAGE).optional(),
  })
  .refine((query) => query.cursor === undefined || Object.keys(query).length === 1, 'cursor must be sent alone')

type HistoryQuery = Omit<z.infer<typeof historyQuery>, 'cursor'>

/** The account of an ADMIN key: its balances and its spending. Replies are not wrapped in `data`. */
export function billingRoutes({ auth, accounts, spending }: VeniceState): Routes {
  return {
    async 'GET /billing/balance'(call) {
      const { owner } = auth.adminKey(call)
      const { left, stakedDiem } = await accounts.fundsOf(owner)
      const { canConsume, currency } = await spending.overview(owner)
      return {
        status: 200,
        body: {
          canConsume,
          consumptionCurrency: currency,
          balances: {
            diem: stakedDiem > 0 ? left.DIEM : null,
            usd: positiveOrNull(left.USD),
            bundledCredits: positiveOrNull(left.BUNDLED_CREDITS),
            earnedCredits: positiveOrNull(left.EARNED_CREDITS),
          },
          diemEpochAllocation: stakedDiem,
        },
      }
    },
    /** Gone for everyone since 2026-09-16, with or without a credential. */
    'GET /billing/usage'() {
      throw standardError(410, 'This endpoint has been retired. Use GET /api/v1/billing/usage-history instead.', {
        headers: {
          Deprecation: '@1783555200',
          Sunset: 'Wed, 16 Sep 2026 00:00:00 GMT',
          Link: '</api/v1/billing/usage-history>; rel="successor-version"',
        },
      })
    },
    /** Oldest first, and only as JSON: the sandbox writes no CSV. */
    'GET /billing/usage-history'(call) {
      const { owner } = auth.adminKey(call)
      const { cursor, ...query } = checked(Object.fromEntries(call.query), historyQuery)
      const { offset, filter } = cursor ? decodeCursor(cursor) : { offset: 0, filter: query }
      const rows = accounts.entriesOf(owner).filter((entry) => entry.currency !== 'X402' && isWanted(entry, filter))
      const end = offset + (filter.pageSize ?? MAX_PAGE)
      const nextCursor = end < rows.length ? encodeCursor(end, filter) : null
      return {
        status: 200,
        headers: nextCursor === null ? {} : { 'x-next-cursor': nextCursor },
        body: { data: rows.slice(offset, end).map(historyView), nextCursor },
      }
    },
  }
}

const positiveOrNull = (amount: number): number | null => (amount > 0 ? amount : null)

const isWanted = (entry: LedgerEntry, { currency, startTimestamp, endTimestamp }: HistoryQuery): boolean =>
  (currency === undefined || entry.currency === currency) &&
  (startTimestamp === undefined || entry.at >= Date.parse(startTimestamp)) &&
  (endTimestamp === undefined || entry.at <= Date.parse(endTimestamp))

/** A cursor contains the query that it continues, so that it can be sent alone. */
const encodeCursor = (offset: number, filter: HistoryQuery): string =>
  Buffer.from(JSON.stringify({ offset, filter })).toString('base64url')

function decodeCursor(cursor: string): { offset: number; filter: HistoryQuery } {
  try {
    const { offset, filter } = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    return { offset: z.int().min(0).parse(offset), filter: historyQuery.parse(filter) }
  } catch {
    throw standardError(400, 'Invalid cursor')
  }
}

const historyView = (entry: LedgerEntry) => ({
  amount: entry.amount,
  currency: entry.currency,
  inferenceDetails:
    entry.requestId && entry.tokens
      ? {
          completionTokens: entry.tokens.completion,
          inferenceExecutionTime: null,
          promptTokens: entry.tokens.prompt,
          requestId: entry.requestId,
        }
      : null,
  notes: 'API request',
  pricePerUnitUsd: entry.pricePerUnitUsd,
  sku: entry.sku,
  timestamp: new Date(entry.at).toISOString(),
  units: entry.units,
})
