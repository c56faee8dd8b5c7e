import { describe, expect, it } from 'vitest'
import { maxCost } from '../../src/domain/attempt.ts'
import { committed } from '../../src/domain/budget.ts'
import { attempt, draft, VVV } from '../support/samples.ts'

const CEILING = maxCost(draft('stake', 8))

describe('the amount that a run has committed', () => {
  it('is zero before it signs', () => {
    expect(committed([])).toEqual({ vvv: 0n, feeWei: 0n })
  })

  it.each([
    ['a signed stake', 'counts at its ceiling while in flight', { status: 'signed' }, { vvv: VVV, feeWei: CEILING }],
    ['a mined stake', 'counts at its real fee', { status: 'mined', feeWei: '5' }, { vvv: VVV, feeWei: 5n }],
    ['a reverted stake', 'counts with its fee only', { status: 'reverted', feeWei: '5' }, { vvv: 0n, feeWei: 5n }],
    [
      'a superseded stake',
      'counts in full while its nonce is only reported as used',
      { status: 'superseded' },
      { vvv: VVV, feeWei: CEILING },
    ],
  ] as const)('%s: %s', (_, _what, changes, expected) => {
    expect(committed([attempt('stake', 8, changes)])).toEqual(expected)
  })

  it('excludes bytes whose nonce another mined transaction of the record has', () => {
    const mined = attempt('approve', 8, { status: 'mined', feeWei: '5' })
    expect(committed([attempt('stake', 8, { status: 'superseded' }), mined])).toEqual({ vvv: 0n, feeWei: 5n })
  })

  it('excludes bytes that were proven dead', () => {
    const lost = attempt('stake', 8, { status: 'superseded' })
    expect(committed([lost], new Set([lost.hash]))).toEqual({ vvv: 0n, feeWei: 0n })
  })

  it('includes an allowance with its fee only: the stake spends the VVV', () => {
    expect(committed([attempt('approve', 7)])).toEqual({ vvv: 0n, feeWei: CEILING })
  })

  it('includes the L1 data fee of a transaction', () => {
    expect(maxCost(draft('stake', 8, { gas: '2', maxFeePerGas: '3', l1Fee: '4' }))).toBe(10n)
  })
})
