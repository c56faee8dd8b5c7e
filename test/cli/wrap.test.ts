import { describe, expect, it } from 'vitest'
import { wrap } from '../../src/cli/wrap.ts'

describe('a line longer than the terminal', () => {
  it.each([
    ['funding  one two three', 'funding  one two\n         three'],
    ['         one two three', '         one two\n         three'],
    ['- one two three four', '- one two three\n  four'],
    ['one two three four five', 'one two three\nfour five'],
    ['averylongwordwithoutend', 'averylongwordwithoutend'],
  ])('wraps between words, indented below its text: %s', (line, broken) => {
    expect(wrap(line, 17)).toBe(broken)
  })

  it('wraps by its visible width, without its colours', () => {
    expect(wrap('\x1b[32mfunding\x1b[39m  one two three', 17)).toBe('\x1b[32mfunding\x1b[39m  one two\n         three')
    expect(wrap('\x1b[32mone two three\x1b[39m', 17)).toBe('\x1b[32mone two three\x1b[39m')
  })

  it('is not wrapped when it is a command or a table row', () => {
    for (const line of [
      'next     venice-onboard fund options',
      '→ venice-onboard fund diem 0.1',
      'approve  mined  0x12',
    ]) {
      expect(wrap(line, 17)).toBe(line)
    }
  })
})

it('a line that fits is unchanged', () => {
  expect(wrap('one two\n\nthree', 17)).toBe('one two\n\nthree')
})
