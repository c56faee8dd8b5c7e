import { describe, expect, it } from 'vitest'
import { maxCost } from '../../src/domain/attempt.ts'
import { committed } from '../../src/domain/budget.ts'
import { attempt, draft, VVV } from '../support/samples.ts'

const CEILING = maxCost(draft('stake', 8))

describe('what a run has committed', () => {
  it('is nothing before it signs', () => {
    expect(committed([])).toEqual({ vvv: 0n, feeWei: 0n })
  })

  it.each([
    ['signed', 'a stake in flight, at its ceiling', { status: 'signed' }, { vvv: VVV, feeWei: CEILING }],
    ['mined', 'a mined stake, at its real fee', { status: 'mined', feeWei: '5' }, { vvv: VVV, feeWei: 5n }],
    ['reverted', 'of a reverted one only the fee', { status: 'reverted', feeWei: '5' }, { vvv: 0n, feeWei: 5n }],
    [
      'superseded',
      'all of one whose nonce is said to be used',
      { status: 'superseded' },
      { vvv: VVV, feeWei: CEILING },
    ],
  ] as const)('%s: %s', (_, _what, changes, expected) => {
    expect(committed([attempt('stake', 8, changes)])).toEqual(expected)
  })

  it('counts nothing of bytes whose nonce another transaction of the record was mined under', () => {
    const mined = attempt('approve', 8, { status: 'mined', feeWei: '5' })
    expect(committed([attempt('stake', 8, { status: 'superseded' }), mined])).toEqual({ vvv: 0n, feeWei: 5n })
  })

  it('counts nothing of bytes that were proven dead', () => {
    const lost = attempt('stake', 8, { status: 'superseded' })
    expect(committed([lost], new Set([lost.hash]))).toEqual({ vvv: 0n, feeWei: 0n })
  })

  it('counts an allowance as fee only: the stake spends the VVV', () => {
    expect(committed([attempt('approve', 7)])).toEqual({ vvv: 0n, feeWei: CEILING })
  })

  it('of a transaction has the data fee in it', () => {
    expect(maxCost(draft('stake', 8, { gas: '2', maxFeePerGas: '3', l1Fee: '4' }))).toBe(10n)
  })
})
