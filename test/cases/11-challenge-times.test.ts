import { expect, it } from 'vitest'
import { readSiweChallenge } from '../../src/adapters/venice/challenge.ts'
import { expiringSiweText } from '../support/challenges.ts'

// Regression: issue 18, number 11 — times without milliseconds, with microseconds or `+00:00` were refused as forged.
const address = '0xacfE6019Ed1A7Dc6f7B508C02d1b04ec88cC21bf'
const serverMs = Date.parse('2026-11-30T12:00:00.500Z')
const message = (issued: string, expires: string) =>
  expiringSiweText(address, serverMs)
    .replace(/Issued At: .*/, `Issued At: ${issued}`)
    .replace(/Expiration Time: .*/, `Expiration Time: ${expires}`)
const read = (text: string) => readSiweChallenge(text, { address, serverMs, request: 'GET /' })

it.each([
  ['2026-11-30T12:00:00Z', '2026-11-30T12:15:00Z', 0],
  ['2026-11-30T12:00:00.123456Z', '2026-11-30T12:15:00.654321Z', 654],
  ['2026-11-30T12:00:00+00:00', '2026-11-30T12:15:00+00:00', 0],
  ['2026-11-30T13:00:00.1+01:00', '2026-11-30T13:15:00.1+01:00', 100],
  ['2026-11-30t12:00:00z', '2026-11-30t12:15:00z', 0],
])('a challenge issued at %s and valid until %s is accepted and signed unchanged', (issued, expires, ms) => {
  const text = message(issued, expires)
  expect(read(text)).toEqual({ form: 'siwe', text, expiresAtMs: Date.parse('2026-11-30T12:15:00Z') + ms })
})

it.each([
  ['2026-11-30 12:00:00Z', '2026-11-30T12:15:00Z'],
  ['2026-11-30T12:00:00Z', '2026-11-31T12:15:00Z'],
  ['2026-11-30T12:00:00Z and more', '2026-11-30T12:15:00Z'],
  ['1790000000', '2026-11-30T12:15:00Z'],
])('a challenge issued at %s and valid until %s is rejected', (issued, expires) => {
  expect(() => read(message(issued, expires))).toThrow(expect.objectContaining({ code: 'venice/challenge-refused' }))
})
