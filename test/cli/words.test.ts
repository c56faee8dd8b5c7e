import { describe, expect, test } from 'vitest'
import { fateWords } from '../../src/cli/words.ts'

const NOW = Date.parse('2026-11-30T12:00:00.000Z')
const sent = { purpose: 'stake', status: 'sent', blockNumber: null, sentAt: '2026-11-30T11:59:58.600Z' } as const
const mined = { ...sent, purpose: 'approve', status: 'mined', blockNumber: '42', minedAfterMs: 210 } as const

describe('the status of a transaction', () => {
  const { minedAfterMs: _, ...minedEarlier } = mined
  const { sentAt: __, ...unsent } = { ...sent, status: 'signed' } as const
  test.each<[string, Parameters<typeof fateWords>[0], string]>([
    ['pending', sent, 'stake sent 1 s ago'],
    ['in a block', mined, 'approve in block 42 after 210 ms'],
    ['reverted in a block', { ...mined, status: 'reverted' }, 'approve reverted in block 42 after 210 ms'],
    ['in a block seen by an earlier process', minedEarlier, 'approve in block 42'],
    ['not sent yet', unsent, 'stake signed'],
  ])('is shown when it is %s', (_case, transaction, words) => {
    expect(fateWords(transaction, NOW)).toBe(words)
  })
})
