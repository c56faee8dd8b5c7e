import { having, matching } from '../../domain/shape.ts'
import { HtmlAnswerError, InvalidJsonError, UnexpectedShapeError } from '../../errors/venice/all.ts'
import { isHtml, parseJson } from './error-body.ts'
import type { HttpReply } from './http.ts'

/** What reads an answer: a schema of zod, or the like. */
export interface AnswerSchema<Answer> {
  safeParse(
    value: unknown,
  ):
    | { success: true; data: Answer }
    | { success: false; error: { issues: readonly { path: readonly PropertyKey[] }[] } }
}

const isObject = having({})
const isMessage = having({ data: having({ message: matching(/./s) }) })
const isToken = having({ data: having({ token: matching(/./s) }) })

export interface ChallengeAnswer {
  data: { message: string } | { token: string }
}

/**
 * `message` wins: the SIWE form is bound to the wallet, the token is not. By hand, because it is read before anything is
 * signed, and to load zod would take longer than all that is done until then.
 */
export const ChallengeAnswer: AnswerSchema<ChallengeAnswer> = {
  safeParse(value) {
    const { data } = (isObject(value) ? value : {}) as { data?: unknown }
    if (isMessage(value)) return { success: true, data: { data: { message: (data as { message: string }).message } } }
    if (isToken(value)) return { success: true, data: { data: { token: (data as { token: string }).token } } }
    return { success: false, error: { issues: [{ path: isObject(value) ? ['data'] : [] }] } }
  },
}

/**
 * The answer in a 2xx reply. Errors never contain its text, which may hold a key.
 *
 * @throws {HtmlAnswerError | InvalidJsonError | UnexpectedShapeError}
 */
export function readAnswer<Answer>({ request, status, text }: HttpReply, schema: AnswerSchema<Answer>): Answer {
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
