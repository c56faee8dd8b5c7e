import { z } from 'zod'

/** The most fields of a schema error that are shown, and the deepest level. */
const MAX_ISSUES = 10
const MAX_DEPTH = 5

const text = z.string().optional().catch(undefined)

const ErrorBody = z.object({
  error: z
    .union([z.string(), z.object({ message: z.string() }).transform(({ message }) => message)])
    .optional()
    .catch(undefined),
  message: text,
  code: text,
  details: z.unknown().optional(),
  issues: z
    .array(z.object({ path: z.array(z.union([z.string(), z.number()])), message: z.string() }))
    .optional()
    .catch(undefined),
})

/** The content of an error reply, not scrubbed yet. */
export interface Said {
  words: string
  /** For a schema error: `field: what is wrong with it`. */
  issues: string[]
}

/**
 * Reads the body of an error in any of Venice's shapes, or a web page, or plain text. Never throws.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-errors/SKILL.md#error-body-shapes (2026-10-02)
 */
export function readErrorBody(body: string): Said {
  const parsed = ErrorBody.safeParse(parseJson(body))
  if (!parsed.success) return { words: isHtml(body) ? titleOf(body) : body, issues: [] }
  const { code, error, message, details, issues } = parsed.data
  const words = [code, error, message].filter((part) => part !== undefined).join(': ')
  const listed = issues?.map((issue) => issueText(issue.path, issue.message)) ?? issuesIn(details)
  return { words, issues: listed.slice(0, MAX_ISSUES) }
}

/**
 * The JSON value of `body`; undefined if it is not JSON. The parser's own error is dropped, because it quotes the text.
 */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

export const isHtml = (body: string): boolean => /^\s*<(?:!doctype|html|head|body)\b/i.test(body)

const titleOf = (html: string): string =>
  `a web page titled "${/<title[^>]{0,200}>([^<]{0,400})/i.exec(html)?.[1]?.trim() ?? ''}"`

/** The messages in a `DetailedError`'s tree: `{ _errors: string[], field: { _errors, … } }`, or a plain string. */
function issuesIn(details: unknown, path: readonly string[] = []): string[] {
  if (typeof details === 'string') return [issueText(path, details)]
  if (typeof details !== 'object' || details === null || path.length > MAX_DEPTH) return []
  return Object.entries(details).flatMap(([key, value]) =>
    key === '_errors' && Array.isArray(value)
      ? value.map((message) => issueText(path, String(message)))
      : issuesIn(value, [...path, key]),
  )
}

const issueText = (path: readonly (string | number)[], message: string): string =>
  path.length === 0 ? message : `${path.join('.')}: ${message}`
