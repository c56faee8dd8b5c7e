import { z } from 'zod'
import { HtmlAnswerError, InvalidJsonError, UnexpectedShapeError } from '../../errors/venice.ts'
import { isHtml, parseJson } from './error-body.ts'
import type { HttpReply } from './http.ts'

const text = z.string().nullish().catch(null)
const amount = z.number().nullish().catch(null)

/** `message` wins: the SIWE form is bound to the wallet, the token is not. */
export const ChallengeAnswer = z.object({
  data: z.union([z.object({ message: z.string().min(1) }), z.object({ token: z.string().min(1) })]),
})

/**
 * Only what is needed is asked for. The limits it echoes are not read: `diem` and `usd: 0` come back as null although
 * they are stored.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-api-keys/SKILL.md#gotchas (2026-10-02)
 */
export const MintAnswer = z.object({
  data: z.object({
    id: z.string().min(1),
    // Visible ASCII: it goes into a header, and into an env file.
    apiKey: z.string().regex(/^[!-~]+$/),
    apiKeyType: z.enum(['INFERENCE', 'ADMIN']).optional().catch(undefined),
    expiresAt: text,
  }),
})

/** @see https://github.com/veniceai/skills/blob/main/skills/venice-api-keys/SKILL.md (2026-10-02: any balance may be absent) */
export const RateLimitsAnswer = z.object({
  data: z.object({
    accessPermitted: z.boolean(),
    apiTier: z.object({ id: z.string() }),
    balances: z.object({ USD: amount, DIEM: amount, BUNDLED_CREDITS: amount }).nullish(),
    keyExpiration: text,
    nextEpochBegins: z.string(),
  }),
})

/**
 * The answer in a 2xx reply. Its text is in no error: it may hold a key.
 *
 * @throws {HtmlAnswerError | InvalidJsonError | UnexpectedShapeError}
 */
export function readAnswer<Schema extends z.ZodType>(
  { request, status, text }: HttpReply,
  schema: Schema,
): z.infer<Schema> {
  if (isHtml(text)) throw new HtmlAnswerError({ request, status })
  const value = parseJson(text)
  if (value === undefined) throw new InvalidJsonError({ request, status })
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new UnexpectedShapeError({
    request,
    status,
    reason: `${issue?.path.join('.') || 'the whole'} is not as expected`,
  })
}
