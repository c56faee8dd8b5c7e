import { describe, expect, it } from 'vitest'
import { table } from '../../src/cli/table.ts'

const HASH = `0x${'5d3229529218313079431d68c453d6fe1f8865b5a0d59097bd70c7d62ca415f0'}`
const rows = [
  ['approve', '0.000000277 ETH', HASH],
  ['stake', '0.1 ETH', HASH],
]
const shown = (columns?: number) =>
  table(['for', 'fee', 'hash'], rows, { right: [1], ...(columns !== undefined && { columns }) }).split('\n')

describe('a table', () => {
  it('is as wide as its cells, with numbers aligned right', () => {
    const [header, rule, first, second] = shown()
    expect(header).toBe('for                  fee  hash')
    expect(rule).toBe(`${'─'.repeat(7)}  ${'─'.repeat(15)}  ${'─'.repeat(66)}`)
    expect(first).toBe(`approve  0.000000277 ETH  ${HASH}`)
    expect(second).toBe(`stake            0.1 ETH  ${HASH}`)
  })

  it.each([80, 60, 40])('fits %d columns: only hashes are shortened, in the middle', (columns) => {
    const lines = shown(columns)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns)
    expect(Math.max(...lines.map((line) => line.length))).toBe(columns)
    expect(lines[2]).toMatch(/^approve {2}0\.000000277 ETH {2}0x5d3[0-9a-f]*…[0-9a-f]*15f0$/)
  })

  it('that cannot fit keeps enough of a hash to identify it', () => {
    expect(shown(10)[2]).toMatch(/0x5d32…15f0$/)
  })
})
