import { z } from 'zod'
import { allInWords, PLAIN_WORDS } from '../domain/next-action.ts'
import { createRedactor, excerpt } from '../domain/redact.ts'
import { accountText } from '../domain/wallet-state.ts'
import type { Awaiting, Step } from './model/step.ts'

const { scrub } = createRedactor()

/** Text for people: whatever has the form of a secret is taken out, then control characters, then what is too long. */
const text = (max: number) => z.string().transform((given) => excerpt(scrub(given.slice(0, 4 * max)), max))
const word = text(120)
const sentence = text(600)
const time = z.iso.datetime({ offset: true })
const digits = z.string().regex(/^\d{1,80}$/)
const hash = z.string().regex(/^0x[0-9a-fA-F]{64}$/)
const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/)
const count = z.number().int().nonnegative()
const money = z.number().finite().nullable()

/** One part that is not as it should be is left out; the rest is still worth looking at. */
const orNull = <T extends z.ZodType>(schema: T) => schema.nullable().catch(null)
const listOf = <T extends z.ZodType>(schema: T, max: number) =>
  z
    .array(z.unknown())
    .catch([])
    .transform((items) =>
      items.slice(-max).flatMap((item) => {
        const parsed = schema.safeParse(item)
        return parsed.success ? [parsed.data] : []
      }),
    )

/** Names what may be shown. `z.object` drops every field that it does not name: an allow-list, not a filter. */
const viewSchema = z.object({
  counters: z.record(z.string().regex(/^\w{1,40}$/), count).catch({}),
  walletState: orNull(
    z
      .object({
        readAt: time,
        blockNumber: digits,
        account: z.enum(['eoa', 'delegated', 'contract', 'smart']),
        delegate: address.optional(),
        operations: z
          .object({ entryPoint: address, version: word, isSponsored: z.boolean(), isDeployed: z.boolean() })
          .optional(),
        calls: z.object({ isSponsored: z.boolean() }).optional(),
        mintAs: address.optional(),
        eth: digits,
        vvv: digits,
        sVvv: digits,
        allowance: digits,
      })
      .transform(({ account, delegate, operations, calls, mintAs, ...read }) => ({
        ...read,
        account: accountText({ account, delegate, operations, calls }),
        ...(mintAs !== undefined && { stakesFor: mintAs }),
      })),
  ),
  transactions: listOf(
    z.object({
      purpose: word,
      along: listOf(word, 4),
      hash,
      nonce: count,
      status: word,
      amount: digits,
      signedAt: time,
      sentAt: orNull(time).default(null),
      minedAfterMs: orNull(count).default(null),
      blockNumber: orNull(digits),
      gasUsed: orNull(digits),
      feeWei: orNull(digits),
    }),
    100,
  ),
  payments: listOf(
    z.object({
      to: address,
      value: digits,
      nonce: hash,
      status: word,
      paymentId: orNull(word),
      drawnUpAt: time,
    }),
    20,
  ),
  challenge: orNull(z.object({ form: word, expiresAt: time })),
  wakeAt: orNull(time),
  mints: listOf(z.object({ label: word, at: time, status: word, sink: sentence }), 50),
  key: orNull(
    z.object({
      id: orNull(word),
      last6: z.string().regex(/^[\w-]{1,6}$/),
      type: word,
      sink: sentence,
      expiresAt: orNull(text(40)),
      label: word,
    }),
  ),
  funding: orNull(
    z.object({
      spendable: z.boolean().nullable(),
      reason: orNull(sentence),
      tier: orNull(word),
      balances: z.object({ usd: money, diem: money, bundledCredits: money }),
      nextEpochAt: orNull(time),
      checkedAt: time,
      wallet: orNull(z.object({ balanceUsd: z.number().finite(), canConsume: z.boolean(), checkedAt: time })).default(
        null,
      ),
    }),
  ),
  skipped: listOf(z.object({ stage: word, why: sentence }), 20),
  warnings: listOf(sentence, 20),
  data: z.null().catch(null),
})

const path = z.string().regex(/^[\w-]{1,80}(?:\.[\w-]{1,80}){0,8}$/)
const runId = z.string().regex(/^[\w-]{1,64}$/)

const transitionSchema = z.object({
  type: z.literal('transition'),
  at: time,
  runId,
  revision: count,
  pass: count.min(1),
  from: path.nullable(),
  to: path,
  cause: word,
  failure: orNull(z.object({ code: word, message: sentence, hint: sentence })),
  view: viewSchema,
})

const resumedSchema = z.object({
  type: z.literal('resumed'),
  at: time,
  runId,
  revision: count,
  state: path,
})

const progressSchema = z.object({
  at: time,
  effect: word,
  awaits: word,
  block: orNull(digits).default(null),
  until: orNull(time).default(null),
})

/** A step and the run it belongs to. */
export interface Projected {
  runId: string
  step: Step
}

/**
 * What may be shown of one event of a run, or of one line of a journal, which may come from anywhere. Null for anything
 * else.
 *
 * @param before - the step before it: a process that goes on changes nothing but is worth a line.
 */
export function projectStep(event: unknown, before: Step | null): Projected | null {
  const transition = transitionSchema.safeParse(allInWords(event, PLAIN_WORDS))
  if (transition.success) {
    const { runId: id, from, to, revision, pass, at, cause, failure, view } = transition.data
    const step: Step = {
      kind: 'transition',
      revision,
      pass,
      at,
      from: from === null ? [] : [from],
      to: [to],
      cause,
      failure,
      view,
    }
    return { runId: id, step }
  }
  const resumed = resumedSchema.safeParse(event)
  if (!resumed.success || before === null) return null
  const { runId: id, at, revision } = resumed.data
  return { runId: id, step: { ...before, kind: 'resumed', revision, at, from: before.to, cause: 'resumed' } }
}

/** What may be shown of a progress event. */
export function projectAwaiting(event: unknown): Awaiting | null {
  const parsed = progressSchema.safeParse(event)
  return parsed.success ? parsed.data : null
}
