import { expect, it } from 'vitest'
import { privateKeySigner } from '../../src/adapters/signers/private-key.ts'
import type { Told } from '../../src/domain/next-action.ts'
import { shown } from '../support/told.ts'

// Regression: issue 18, number 30 — a seed phrase in WALLET_PRIVATE_KEY was called an invalid key.
const words = (count: number) =>
  Array.from({ length: count }, (_, index) => (index % 2 ? 'zebra' : 'abandon')).join(' ')
const refused = (text: string): Error & { hint?: Told } => {
  try {
    privateKeySigner(text, 'WALLET_PRIVATE_KEY')
  } catch (error) {
    return error as Error & { hint?: Told }
  }
  throw new Error('It was taken.')
}

it.each([words(12), words(15), words(24), `"${words(12)}"`, ` ${words(12).replaceAll(' ', '\n')}\n`])(
  'a seed phrase is recognised, and not shown: %#',
  (phrase) => {
    const { message, hint = '' } = refused(phrase)
    expect(message).toBe('WALLET_PRIVATE_KEY holds a seed phrase, not a private key.')
    expect(shown(hint)).toContain('--account')
    expect(`${message}${shown(hint)}`).not.toMatch(/zebra|abandon/)
  },
)

it.each(['0x12', 'not a key', words(11)])('other text is an invalid key: %#', (text) => {
  expect(refused(text).message).toBe('The private key from WALLET_PRIVATE_KEY is not valid.')
})
