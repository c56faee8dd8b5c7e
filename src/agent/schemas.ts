import { z } from 'zod'
import { expiryProblem } from '../domain/rfc3339.ts'

/** What goes in. Nothing here names a place, a wallet, an endpoint or a cap: those are the host's. */

/** Models send null or "" for what they leave out. */
export const optional = <Field extends z.ZodType>(field: Field, description: string) =>
  z
    .preprocess((value) => (value === null || value === '' ? undefined : value), field.optional())
    .optional()
    .describe(description)

const decimal = z.string().regex(/^\d{1,12}(\.\d{1,18})?$/, 'a decimal amount as text, such as "1" or "0.5"')
const date = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{3})?Z)?$/, 'YYYY-MM-DD or YYYY-MM-DDTHH:mm:ssZ')
  .refine((text) => expiryProblem(text, Date.now()) === null, 'a future day or time')
const digest = z.string().regex(/^[0-9a-f]{64}$/, 'the planDigest that venice_plan gave')

const keyFields = {
  keyType: optional(z.enum(['INFERENCE', 'ADMIN']), 'Type of the key. Default INFERENCE.'),
  description: optional(z.string().max(48), 'Name of the key at Venice.'),
  expiresAt: optional(date, 'When the key expires. Default: never.'),
  limitUsd: optional(z.number().min(0).max(9_999_999_999), 'Dollars the key may spend per limitPeriod.'),
  limitDiem: optional(z.number().min(0).max(9_999_999_999), 'DIEM the key may spend per limitPeriod.'),
  limitPeriod: optional(z.enum(['EPOCH', 'MONTH', 'LIFETIME']), 'EPOCH is a day from 00:00 UTC.'),
  modelPrivacy: optional(z.enum(['ALL', 'PRIVATE_TEXT', 'PRIVATE_ONLY']), 'Models the key may use.'),
}

export const requestInput = z.object({
  stake: optional(decimal, 'VVV the wallet should have staked; the run stakes the difference. Default 1.'),
  ...keyFields,
  credential: optional(
    z.enum(['key', 'wallet']),
    'key: mint an API key (default). wallet: no key, no VVV and no ETH; the wallet pays for calls with x402 credit.',
  ),
  fundWith: optional(
    z.enum(['diem', 'x402', 'none']),
    'Also pay: lock sVVV for DIEM, or top up with USDC. none: no more, although the run was asked for it.',
  ),
  fundAmount: optional(decimal, 'Target amount: DIEM to have staked, or dollars of x402 credit to have.'),
})
/** What a dialogue that shows the arguments of a call must show, before all others. Neither is a yes: that is the host's. */
const shown = {
  planSummary: optional(z.string().max(2_000), 'The summary of venice_plan, word for word, for the person to see.'),
  planDigest: optional(digest, 'Of that plan, which was made with the same arguments. Only that plan is started.'),
}
const waitSeconds = z.number().min(0).max(20)
const waits = {
  waitSeconds: optional(waitSeconds, 'How long to wait for the run to end or to need something. Default 0.'),
}
export const startInput = z.object({ ...shown, ...requestInput.shape, ...waits })
export const statusInput = z.object({
  runId: optional(z.string().max(64), 'Checks that it is this run.'),
  sinceRevision: optional(z.number().int().min(0), 'Waits only while the run is at this revision.'),
  waitSeconds: optional(waitSeconds, 'How long to wait for a change. Default 0.'),
})
export const resumeInput = z.object({ ...shown, ...waits })
export const fundInput = z.object({
  ...shown,
  way: z.enum(['diem', 'x402']).describe('diem pays for the calls of the key; x402 is credit of the wallet itself.'),
  amount: decimal.describe('Target amount: DIEM to have staked, or dollars of x402 credit to have.'),
})
const withAdminKey = optional(
  z.boolean(),
  'Lets the wallet mint a short-lived ADMIN key for this, which deletes itself. Needed unless one is stored.',
)
export const keysListInput = z.object({ withAdminKey })
export const keysRotateInput = z.object({
  withAdminKey,
  prove: optional(z.boolean(), 'Make one smallest paid call with the new key before the old key is revoked.'),
  confirm: optional(z.boolean(), 'true once the person has agreed. The host still asks its person.'),
})
export const keysRevokeInput = z.object({
  key: z.string().min(1).max(64).describe('Its id, its last 6 characters, or its label.'),
  withAdminKey,
  force: optional(z.boolean(), "Also the run's own key."),
  confirm: optional(z.boolean(), 'true once the person has agreed. The host still asks its person.'),
})
export const nothing = z.object({})

/** What comes out: an allow-list. No field holds a key, a challenge, a signature or signed bytes. */

const text = z.string()
const orNull = text.nullable()

export const planOutput = z.object({
  planDigest: text,
  summary: text,
  address: text,
  chainId: z.number(),
  stakeVvv: text,
  maxFeeEth: text,
  transactions: z.array(z.object({ purpose: text, to: text, call: text, maxFeeEth: orNull })),
  credential: z.enum(['key', 'wallet']),
  keyType: text,
  fund: z.object({ way: text, amount: text }).nullable(),
  holdings: z.object({ eth: text, vvv: text, sVvv: text, usdc: orNull }),
  caps: z.object({ maxVvv: orNull, maxGasEth: orNull, maxUsd: orNull }),
  sinks: z.array(text),
  irreversible: z.array(text),
})

const keyOutput = z.object({ id: orNull, last6: text, type: text, sink: text, expiresAt: orNull })

export const runOutput = z.object({
  runId: text,
  phase: z.enum(['running', 'elsewhere', 'idle']),
  outcome: z.enum(['funded', 'unfunded', 'paused', 'failed']),
  state: text,
  revision: z.number(),
  address: text,
  chainId: z.number(),
  recoverable: z.boolean(),
  failure: z.object({ code: text, message: text, hint: text, facts: z.array(text) }).nullable(),
  alternative: z.object({ tool: text, arguments: z.record(text, text), reason: text }).nullable(),
  key: keyOutput.nullable(),
  credential: z
    .object({ kind: z.enum(['key', 'wallet']), creditUsd: z.number().nullable(), canSpend: z.boolean().nullable() })
    .nullable(),
  transactions: z.array(z.object({ purpose: text, hash: text, nonce: z.number(), status: text, blockNumber: orNull })),
  spent: z.object({ vvv: text, feeEth: text, usd: text }),
  skipped: z.array(z.object({ stage: text, why: text })),
  funding: z
    .object({
      spendable: z.boolean().nullable(),
      cause: orNull,
      reason: orNull,
      next: orNull,
      links: z.array(text),
    })
    .nullable(),
  warnings: z.array(text),
})

export const doctorOutput = z.object({
  healthy: z.boolean(),
  checks: z.array(z.object({ name: text, status: text, detail: text, fix: orNull })),
})

export const fundOptionsOutput = z.object({
  address: text,
  options: z.array(
    z.object({
      id: text,
      name: text,
      funds: text,
      autonomous: z.boolean(),
      cost: orNull,
      spendableAfter: text,
      available: z.boolean(),
      whyNot: orNull,
      links: z.array(text),
      steps: z.array(text),
    }),
  ),
})

const accountKeyOutput = z.object({
  id: orNull,
  last6: text,
  label: text,
  type: text,
  is: text,
  createdAt: orNull,
  expiresAt: orNull,
  lastUsedAt: orNull,
})
export const keysListOutput = z.object({ usedKey: text, keys: z.array(accountKeyOutput) })
export const keysRevokeOutput = z.object({
  status: text,
  key: z.object({ id: orNull, last6: text, label: text, type: text }).nullable(),
})
