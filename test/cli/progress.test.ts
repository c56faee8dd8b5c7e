import { describe, expect, test } from 'vitest'
import { awaitsWords } from '../../src/cli/words.ts'

const NOW = Date.parse('2026-11-30T12:00:00.000Z')
const at = (ms: number) => new Date(NOW + ms).toISOString()
const made = {
  purpose: 'stake',
  hash: `0x${'ab'.repeat(32)}`,
  nonce: 7,
  blockNumber: null,
  gasUsed: null,
  feeWei: null,
} as const

describe('the reason for a wait', () => {
  test.each<[words: string, progress: Parameters<typeof awaitsWords>[0]]>([
    ['waiting for the chain', { awaits: 'block', until: at(75) }],
    ['chain at block 12', { awaits: 'block', block: '12' }],
    [
      'approve and stake sent 3 s ago, chain at block 12',
      {
        awaits: 'block',
        block: '12',
        transactions: [
          { ...made, purpose: 'approve', status: 'sent', sentAt: at(-3_000) },
          { ...made, status: 'sent', sentAt: at(-2_900) },
        ],
      },
    ],
    [
      'chain at block 12',
      { awaits: 'block', block: '12', transactions: [{ ...made, status: 'mined', sentAt: at(-9) }] },
    ],
    ['backing off', { awaits: 'clock', until: at(999) }],
    ['backing off', { awaits: 'clock', until: at(-5) }],
    ['backing off, next try in 4 s', { awaits: 'clock', until: at(4_000) }],
    ['waiting for funds, next try in 30 s', { awaits: 'funds', until: at(30_000) }],
  ])('is shown as %j', (words, progress) => {
    expect(awaitsWords(progress, NOW)).toBe(words)
  })
})
