import { describe, expect, it } from 'vitest'
import { createRedactor, excerpt } from '../../src/domain/redact.ts'

const HASH = `0x${'ab'.repeat(32)}`
const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJleHAiOjE3MDAwMDAwMDB9.c2lnbmF0dXJl-_A'

describe('createRedactor', () => {
  it.each([
    ['a JWT', JWT],
    ['the first part of a JWT', JWT.split('.')[0] ?? ''],
    ['an INFERENCE key', 'VENICE_INFERENCE_KEY_Ab3-_xyz'],
    ['an ADMIN key', 'VENICE_ADMIN_KEY_Ab3-_xyz'],
    ['a signature', `0x${'1F'.repeat(65)}`],
    ['a signature without 0x', '1f'.repeat(65)],
    ['a raw transaction', `0x02${'f8'.repeat(120)}`],
    ['a payment header', Buffer.from('{"x402Version":2,"payload":{}}').toString('base64')],
  ])('removes %s by its format', (_, secret) => {
    expect(createRedactor().scrub(`before ${secret} after`)).toBe('before [redacted] after')
  })

  it.each([
    ['a transaction hash', HASH],
    ['an address', '0xacfE6019Ed1A7Dc6f7B508C02d1b04ec88cC21bf'],
    ['ordinary words', 'Wallet has no staked VVV on Base'],
  ])('keeps %s', (_, text) => {
    expect(createRedactor().scrub(text)).toBe(text)
  })

  it('removes an added 32-byte key in any case, with or without 0x', () => {
    const redactor = createRedactor()
    redactor.add(HASH)
    expect(redactor.scrub(`${HASH} ${HASH.slice(2).toUpperCase()}`)).toBe('0x[redacted] [redacted]')
  })

  it('removes every occurrence of an added value, and treats special characters literally', () => {
    const redactor = createRedactor()
    redactor.add('p$a(s)s.w*rd')
    expect(redactor.scrub('p$a(s)s.w*rd, p$a(s)s.w*rd and password')).toBe('[redacted], [redacted] and password')
  })

  it('removes an added multi-line text in its JSON form too', () => {
    const redactor = createRedactor()
    const message = 'first "line"\nsecond line'
    redactor.add(message)
    expect(redactor.scrub(`${message} | ${JSON.stringify({ message })}`)).toBe('[redacted] | {"message":"[redacted]"}')
  })

  it('removes the longer of two overlapping secrets', () => {
    const redactor = createRedactor()
    redactor.add('abcdefgh')
    redactor.add('abcdefgh-tail')
    expect(redactor.scrub('abcdefgh-tail')).toBe('[redacted]')
  })

  it('ignores values under 8 characters', () => {
    const redactor = createRedactor()
    redactor.add('')
    redactor.add('0x1234567')
    expect(redactor.scrub('0x1234567')).toBe('0x1234567')
  })
})

describe('excerpt', () => {
  it('removes what a terminal would execute or hide', () => {
    expect(excerpt('a\u001b[31mred\u0007\u009b2J\u202egnp\u200b\nnext\r\tend')).toBe(
      'a␛[31mred␇\\u{9b}2J\\u{202e}gnp\\u{200b} next end',
    )
  })

  it('is never longer than requested', () => {
    expect(excerpt('x'.repeat(1_000))).toHaveLength(200)
    expect(excerpt('x'.repeat(1_000), 10)).toBe(`${'x'.repeat(9)}…`)
    expect(excerpt('x'.repeat(10), 10)).toBe('x'.repeat(10))
  })

  it('does not cut a character in two', () => {
    expect(excerpt('123😀567890', 5)).toBe('123…')
  })
})
