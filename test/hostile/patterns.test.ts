import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { describe, expect, it, test } from 'vitest'
import { literalsIn, slowIn, sourceFile } from '../../scripts/slow-patterns.ts'
import { errorFromResponse } from '../../src/adapters/venice/error-from-response.ts'
import { excerpt } from '../../src/domain/redact.ts'

const root = join(import.meta.dirname, '../..')
const MEGABYTE = 1_048_576
/** Milliseconds. One pass takes a few; a quadratic one, which makes a million million steps, many minutes. */
const LONG = 20_000

const patterns = ['src', 'machines'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('generated'))
    .flatMap((name) => literalsIn(sourceFile(name, readFileSync(join(root, folder, name), 'utf8'))))
    .map(({ pattern }) => pattern),
)

/** Texts made of a pattern's own parts: each of its words, all of them, and single characters. */
function ownWords({ source }: RegExp): string[] {
  const words = source
    .replace(/\\[a-zA-Z]|[()[\]{}|?*+^$]/g, '\n')
    .split('\n')
    .filter((word) => word !== '')
  return [...new Set([...words, words.join(''), `${words.join(' ')} `, ' ', '0', 'a', '/'])].filter(
    (word) => word !== '',
  )
}

const fill = (word: string) => word.repeat(Math.ceil(MEGABYTE / word.length)).slice(0, MEGABYTE)

test('each regular expression of the product is fast on a megabyte of its own words', () => {
  const unique = [...new Map(patterns.map((pattern) => [String(pattern), pattern])).values()]
  const slow: string[] = []
  for (const pattern of unique) {
    for (const word of ownWords(pattern)) {
      try {
        // The timeout interrupts a backtracking search, so that a bad pattern fails here and does not hang.
        runInNewContext('text.replace(pattern, "")', { text: fill(word), pattern }, { timeout: LONG })
      } catch {
        slow.push(`${pattern} on ${JSON.stringify(word)}`)
      }
    }
  }
  expect(slow).toEqual([])
}, 120_000)

describe('the check of regular expressions', () => {
  it.each([
    /<title[^>]*>([^<]*)/i,
    /Wallet .*has no staked VVV on Base/,
    /\b(?:max|maximum|limit of|500)\b.*\bkeys\b/i,
    /\/+$/,
    /0+$/,
    /(a+)+$/,
    /^(\w+\s?)*$/,
    /^[^:]*:?.*$/s,
    /'([^']+)' not found/,
    /(?=x*y)z/,
  ])('finds %s slow', (pattern) => {
    expect(slowIn(pattern)).not.toEqual([])
  })

  it.each([
    /^\d+(?:\.\d+)?$/,
    /\s+/g,
    /eyJ[\w+/=-]{10,}(?:\.[\w-]+){0,2}/g,
    /^[\w-]+\.[\w-]+$/,
    /a{1,99}b/,
    /\p{C}+/gu,
  ])('accepts %s', (pattern) => {
    expect(slowIn(pattern)).toEqual([])
  })
})

// Regression: issue 15, case 16 — error bodies of 300 kB held the process for half a minute.
test.each([
  ['web pages', 502, fill('<title')],
  ['wallets', 400, fill('Wallet ')],
  ['limits', 400, fill('max ')],
  ['JSON of wallets', 400, JSON.stringify({ error: fill('Wallet ') })],
  [
    'issues',
    400,
    JSON.stringify({
      issues: Array.from({ length: 20 }, () => ({ path: ['a'], message: fill('max ').slice(0, 50_000) })),
    }),
  ],
  ['tokens', 400, fill('eyJeyJeyJ.')],
  ['keys', 400, fill('VENICE_')],
  ['hex', 400, fill('0x')],
])('an error body of %s is recognised at once', (_, status, text) => {
  const reply = { request: 'POST /x', status, text, headers: new Headers(), sentAtMs: 0, serverMs: 0 }
  const error = runInNewContext(
    'read()',
    { read: () => errorFromResponse(reply, { address: undefined, scrub: excerpt }) },
    { timeout: LONG },
  )
  expect(error.message.length).toBeLessThan(1_000)
})
