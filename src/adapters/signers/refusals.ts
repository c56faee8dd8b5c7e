/**
 * The parts of an error that may show a refusal. Services put it in different places, and wallets wrap the errors of
 * their services.
 */
interface Signs {
  codes: readonly unknown[]
  /** HTTP statuses. */
  statuses: readonly number[]
  words: readonly string[]
}

/** At most so many causes and bodies are followed, because they may form a ring. */
const MAX_DEPTH = 5
const CODES = ['code', 'errorType', 'type', 'name'] as const
const STATUSES = ['status', 'statusCode', 'httpStatusCode'] as const
const WORDS = ['message', 'errorMessage', 'error', 'shortMessage'] as const
const INSIDE = ['cause', 'error', 'response', 'body', 'data', '$metadata'] as const

function signsIn(error: unknown, depth = 0): Signs {
  if (typeof error !== 'object' || error === null || depth > MAX_DEPTH) {
    return { codes: [], statuses: [], words: typeof error === 'string' ? [error] : [] }
  }
  const read = (names: readonly string[]) => names.map((name) => (Reflect.get(error, name) as unknown) ?? null)
  const inside = read(INSIDE).map((value) => signsIn(value, depth + 1))
  return {
    codes: [...read(CODES), ...inside.flatMap(({ codes }) => codes)],
    statuses: [...read(STATUSES), ...inside.flatMap(({ statuses }) => statuses)].filter(
      (status) => typeof status === 'number',
    ),
    words: [...read(WORDS), ...inside.flatMap(({ words }) => words)].filter((word) => typeof word === 'string'),
  }
}

/**
 * Codes of services for a refusal by a policy: `policy_violation`, `POLICY_DENIED`, `AccessDeniedException`.
 *
 * @see https://docs.privy.io/basics/troubleshooting/error-handling/api-errors (checked 2026-11-30)
 * @see https://docs.cdp.coinbase.com/api-reference/v2/errors (checked 2026-11-30)
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html (checked 2026-11-30)
 */
const POLICY_CODE = /^policy.?(?:violation|denied|rejected)|^access.?denied|^forbidden$/i
const POLICY_WORDS =
  /\bpolic(?:y|ies)\b.{0,60}\b(?:den(?:y|ied)|reject|refus|violat|block|forbid)|\b(?:denied|rejected|refused|blocked|forbidden)\b.{0,40}\bpolic(?:y|ies)\b/i

/** EIP-1193's codes for an account that is not connected and for a missing method, and JSON-RPC's for the latter. */
const REJECTED_CODES: readonly unknown[] = [4100, 4200, -32_601]
/** Statuses that the same request would get again. 408, 409, 425 and 429 are temporary. */
const REJECTED_STATUSES: readonly number[] = [400, 401, 402, 404, 405, 410, 413, 415, 422]

/**
 * What refused, if the error of a foreign signer tells. policy: a rule; repeating does not help until the rule is
 * changed. request: the service refuses the request or its sender. Null: it may be temporary.
 */
export function refusalIn(error: unknown): 'policy' | 'request' | null {
  const { codes, statuses, words } = signsIn(error)
  if (statuses.some((status) => status >= 500)) return null
  const isPolicy =
    statuses.includes(403) ||
    codes.some((code) => typeof code === 'string' && POLICY_CODE.test(code)) ||
    words.some((text) => POLICY_WORDS.test(text))
  if (isPolicy) return 'policy'
  const isRejected =
    codes.some((code) => REJECTED_CODES.includes(code)) || statuses.some((status) => REJECTED_STATUSES.includes(status))
  return isRejected ? 'request' : null
}
