import { having, listOf, number, text } from '../../domain/shape.ts'

/** The most fields of a schema error that are shown, and the deepest level. */
const MAX_ISSUES = 10
const MAX_DEPTH = 5

const isObject = having({})
const isIssues = listOf(having({ path: listOf((part) => text(part) || number(part)), message: text }))
const isNamed = having({ message: text })

interface Issue {
  path: readonly (string | number)[]
  message: string
}

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
  const parsed = parseJson(body)
  if (!isObject(parsed)) return { words: isHtml(body) ? titleOf(body) : body, issues: [] }
  const { code, error, message, details, issues } = parsed as Record<string, unknown>
  const said = isNamed(error) ? (error as { message: string }).message : error
  const words = [code, said, message].filter(text).join(': ')
  const listed = isIssues(issues)
    ? (issues as Issue[]).map((issue) => issueText(issue.path, issue.message))
    : issuesIn(details)
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
