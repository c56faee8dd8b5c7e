import { z } from 'zod'
import { excerpt } from '../../domain/redact.ts'

/** The most characters that are kept of a text in an answer. Venice's ids have 36 characters, times 24. */
const MAX_WORDS = 100
/** Characters. Venice's have about 65. */
const MAX_KEY_LENGTH = 1_024

/** Text for terminals and files: one printable line. */
const line = z.string().transform((words) => excerpt(words, MAX_WORDS))
const text = line.nullish().catch(null)
/** Dollars or DIEM: a JSON number, or decimal text. Both become the nearest number, whose digits `unitsOf` uses. */
export const decimal = z.union([
  z.number(),
  z
    .string()
    .max(64)
    .regex(/^-?\d{1,15}(?:\.\d{1,40})?$/)
    .transform((digits) => Number(digits)),
])
const amount = decimal.nullish().catch(null)

/**
 * Only the needed fields are read. The echoed limits are not: `diem` and `usd: 0` come back as null although they are
 * stored.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-api-keys/SKILL.md#gotchas (2026-10-02)
 */
export const MintAnswer = z.object({
  data: z.object({
    id: line.refine((id) => id !== ''),
    // Visible ASCII, because it goes into a header and an env file.
    apiKey: z
      .string()
      .max(MAX_KEY_LENGTH)
      .regex(/^[!-~]+$/),
    apiKeyType: z.enum(['INFERENCE', 'ADMIN']).optional().catch(undefined),
    expiresAt: text,
  }),
})

/** @see https://github.com/veniceai/skills/blob/main/skills/venice-api-keys/SKILL.md (2026-10-02: any balance may be absent) */
export const RateLimitsAnswer = z.object({
  data: z.object({
    accessPermitted: z.boolean(),
    apiTier: z.object({ id: line }).nullish().catch(null),
    balances: z.object({ USD: amount, DIEM: amount, BUNDLED_CREDITS: amount }).nullish(),
    keyExpiration: text,
    nextEpochBegins: text,
  }),
})

/** @see https://docs.venice.ai/api-reference/api-spec (2026-08-21: `GET /api_keys`, without pages) */
export const KeyListAnswer = z.object({
  data: z.array(
    z.object({
      id: line.refine((id) => id !== ''),
      // Kept unchanged, because it is compared with our labels. Code that shows it must make it safe for a terminal.
      description: z.string().optional().catch(undefined),
      last6Chars: line,
      apiKeyType: z.enum(['INFERENCE', 'ADMIN']),
      createdAt: text,
      expiresAt: text,
      lastUsedAt: text,
      consumptionLimits: z.object({ usd: amount, diem: amount }).nullish().catch(null),
      limitPeriod: z.enum(['EPOCH', 'MONTH', 'LIFETIME']).nullish().catch(null),
      modelPrivacy: z.enum(['ALL', 'PRIVATE_TEXT', 'PRIVATE_ONLY']).nullish().catch(null),
      currentPeriodUsage: z.object({ usd: line, diem: line }).nullish().catch(null),
    }),
  ),
})

export const DeletionAnswer = z.object({ success: z.literal(true) })
