import { describe, expect, it } from 'vitest'
import { wrap } from '../../src/cli/wrap.ts'

describe('a line that is longer than the terminal is wide', () => {
  it.each([
    ['funding  one two three', 'funding  one two\n         three'],
    ['         one two three', '         one two\n         three'],
    ['- one two three four', '- one two three\n  four'],
    ['one two three four five', 'one two three\nfour five'],
    ['averylongwordwithoutend', 'averylongwordwithoutend'],
  ])('breaks between words, below its text: %s', (line, broken) => {
    expect(wrap(line, 17)).toBe(broken)
  })

  it('is broken by what is seen of it, not by its colours', () => {
    expect(wrap('\x1b[32mfunding\x1b[39m  one two three', 17)).toBe('\x1b[32mfunding\x1b[39m  one two\n         three')
    expect(wrap('\x1b[32mone two three\x1b[39m', 17)).toBe('\x1b[32mone two three\x1b[39m')
  })

  it('stays whole where it is a command, or a row of a table', () => {
    for (const line of [
      'next     venice-onboard fund options',
      '→ venice-onboard fund diem 0.1',
      'approve  mined  0x12',
    ]) {
      expect(wrap(line, 17)).toBe(line)
    }
  })
})

it('what fits is left as it is', () => {
  expect(wrap('one two\n\nthree', 17)).toBe('one two\n\nthree')
})
