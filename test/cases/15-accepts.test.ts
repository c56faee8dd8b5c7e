import { expect, it } from 'vitest'
import { readTerms } from '../../src/adapters/venice/x402.ts'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import { strangeTerms } from '../../src/domain/payment.ts'

// Regression: issue 18, number 15 — a fitting entry was refused because one before it was of another asset or amount.
const payTo = '0x2670B922ef37C7Df47158725C0CC407b5382293F'
const fits = {
  scheme: 'exact',
  network: 'eip155:8453',
  asset: ADDRESSES.usdc,
  payTo,
  amount: '5000000',
  maxTimeoutSeconds: 300,
  extra: { name: 'USD Coin', version: '2' },
}
const other = { ...fits, asset: ADDRESSES.vvv }
const read = (...accepts: readonly unknown[]) =>
  readTerms({
    request: 'POST /x402/top-up',
    status: 402,
    text: JSON.stringify({ x402Version: 2, accepts }),
    headers: new Headers(),
    sentAtMs: 0,
    serverMs: 0,
  })

it.each<[what: string, accepts: readonly unknown[]]>([
  ['another asset', [other, fits]],
  ['a higher amount', [{ ...fits, amount: '10000000' }, fits]],
  ['another chain', [{ ...fits, network: 'eip155:1', amount: '1' }, fits]],
  ['another scheme', [{ ...fits, scheme: 'upto' }, fits]],
  ['another name of the asset', [{ ...fits, extra: { name: 'USDC', version: '2' }, amount: '1' }, fits]],
  ['a recipient that is not an address', [{ ...fits, payTo: 'venice.eth', amount: '1' }, fits]],
  ['the zero address', [{ ...fits, payTo: `0x${'0'.repeat(40)}`, amount: '1' }, fits]],
  ['something else', [null, 'x', {}, fits]],
  ['all of these', [other, { ...fits, network: 'solana:x' }, { ...fits, amount: '7000000' }, fits]],
])('%s before it does not hide the matching entry', (_, accepts) => {
  const { terms, entry } = read(...accepts)
  expect(entry).toEqual(fits)
  expect([terms.amount, strangeTerms(terms, ADDRESSES.vvv)]).toEqual([5_000_000n, []])
})

it.each(Object.entries({ nobody: `0x${'0'.repeat(40)}`, ...ADDRESSES }))('a payment to %s is refused', (_, address) => {
  for (const written of [address, address.toLowerCase(), `0x${address.slice(2).toUpperCase()}`]) {
    expect(() => read({ ...fits, payTo: written })).toThrow(expect.objectContaining({ code: 'x402/terms-refused' }))
  }
})
