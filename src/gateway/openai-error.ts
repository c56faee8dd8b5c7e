import { excerpt } from '../domain/redact.ts'

/** An error as OpenAI's clients read it. @see https://platform.openai.com/docs/guides/error-codes */
export interface OpenAiError {
  error: { message: string; type: string; param: string | null; code: string | null }
}

const LONGEST = 2_000

export const openAiError = (
  status: number,
  { message, code = null, param = null }: { message: string; code?: string | null; param?: string | null },
): OpenAiError => ({ error: { message: excerpt(message, LONGEST), type: typeOf(status), param, code } })

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 402) return 'insufficient_quota'
  if (status === 403) return 'permission_error'
  if (status === 404) return 'not_found_error'
  if (status === 429) return 'rate_limit_error'
  return status >= 500 ? 'server_error' : 'invalid_request_error'
}

/**
 * What Venice answered, in OpenAI's shape. Venice writes `{ error }`, `{ error, code }`, `{ error: CODE, message }`, and now
 * and then OpenAI's own, which stays as it is. `issues` say which parameter was wrong.
 */
export function fromVenice(status: number, text: string): OpenAiError {
  const body = objectIn(text)
  const { error, message, code, issues } = body
  if (isObject(error) && typeof error.message === 'string') {
    const type = typeof error.type === 'string' ? excerpt(error.type, 100) : typeOf(status)
    return {
      error: {
        message: excerpt(error.message, LONGEST),
        type,
        param: textOr(error.param),
        code: textOr(error.code),
      },
    }
  }
  const [issue] = Array.isArray(issues) ? issues : []
  const param = isObject(issue) && Array.isArray(issue.path) ? issue.path.join('.') : null
  const detail = isObject(issue) && typeof issue.message === 'string' ? ` ${param ?? ''}: ${issue.message}` : ''
  if (typeof message === 'string') return openAiError(status, { message, code: textOr(error) })
  if (code === 'PAYMENT_REQUIRED') return openAiError(status, { message: outOfCredit(body), code })
  if (typeof error === 'string')
    return openAiError(status, {
      message: `${error}${detail}`,
      code: textOr(code),
      param: param && excerpt(param, 100),
    })
  return openAiError(status, { message: `Venice answered with status ${status}.`, code: textOr(code) })
}

/** Venice's own words are "Payment required" alone. */
function outOfCredit({ currentBalanceUsd, minimumBalanceUsd }: Record<string, unknown>): string {
  const [has, needs] = [currentBalanceUsd, minimumBalanceUsd].map((usd) => (typeof usd === 'number' ? `$${usd}` : '?'))
  return `Payment required: the wallet has ${has} of credit, and a call needs ${needs}. Buy credit with \`venice-onboard fund x402 5\`, or start the gateway with --refill-to.`
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const textOr = (value: unknown): string | null => (typeof value === 'string' ? excerpt(value, 100) : null)

function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}
