import { describe, expect, it } from 'vitest'
import {
  cheapestModels,
  formatCost,
  MOST_FOR_PROOF,
  mostForProof,
  proofOf,
  type TextModel,
} from '../../src/domain/proof.ts'

const model = (id: string, input: number, output: number, isPrivate = true): TextModel => ({
  id,
  isPrivate,
  price: { input, output },
})
const SMALL = model('small', 0.05, 0.15)
const none = { usd: null, diem: null, bundledCredits: null }
const made = { model: SMALL, usage: { prompt: 10, completion: 1 }, at: '2026-11-23T12:00:00.000Z' }
const proof = (before: Partial<typeof none | Record<string, number>>, after: object | null) =>
  proofOf(made, { ...none, ...before }, after && { ...none, ...after })

describe('the model for a proof', () => {
  it('is the cheapest that the key may use', () => {
    const open = model('open', 0.01, 0.01, false)
    expect(cheapestModels([model('large', 6, 30), SMALL, open])[0]).toBe(open)
    expect(cheapestModels([model('large', 6, 30), SMALL, open], 'PRIVATE_TEXT')[0]).toBe(SMALL)
    expect(cheapestModels([open], 'PRIVATE_ONLY')).toEqual([])
  })

  it('costs well under a cent, including repeats', () => {
    expect(mostForProof(SMALL, 1)).toBe(20n)
    expect(mostForProof(SMALL, 4)).toBe(79n)
    expect(mostForProof(model('large', 6, 30), 1)).toBeLessThan(MOST_FOR_PROOF)
    expect(mostForProof(model('huge', 100, 100), 1)).toBeGreaterThan(MOST_FOR_PROOF)
  })
})

describe('the cost of a proof', () => {
  it('is the decrease of the balance that paid', () => {
    expect(proof({ usd: 5 }, { usd: 4.9999 })).toMatchObject({ costUsd: 0.0001, costDiem: null, basis: 'balance' })
    expect(proof({ usd: 5, diem: 1 }, { usd: 5, diem: 0.9999 })).toMatchObject({ costUsd: null, costDiem: 0.0001 })
    expect(proof({ bundledCredits: 1 }, { bundledCredits: 0.5 })).toMatchObject({ costUsd: 0.5, basis: 'balance' })
  })

  it('is the list price when the balance does not show it', () => {
    const price = 0.00000065
    expect(proof({ usd: 5 }, { usd: 5 })).toMatchObject({ costUsd: price, costDiem: null, basis: 'price' })
    expect(proof({ usd: 5 }, null)).toMatchObject({ costUsd: price, basis: 'price' })
    expect(proof({ diem: 1 }, null)).toMatchObject({ costUsd: null, costDiem: price, basis: 'price' })
    // Funds arrived in the meantime.
    expect(proof({ usd: 5 }, { usd: 10 })).toMatchObject({ costUsd: price, basis: 'price' })
  })

  it('is written without an exponent', () => {
    expect([0, 0.0000003, 10, 0.5].map(formatCost)).toEqual(['0', '0.0000003', '10', '0.5'])
  })
})
