import { describe, expect, it } from 'vitest'
import type { FleetRowsInvalidError } from '../../src/errors/fleet.ts'
import { parseRows } from '../../src/fleet/list.ts'

const A = '0x52908400098527886E0F7030069857D2E4169EE7'
const B = '0x8617E340B3D01FA5F11F306F4090FD50E238070D'
const problemsOf = (content: string, source = 'list.csv'): readonly string[] => {
  try {
    parseRows(content, source)
    return []
  } catch (error) {
    expect(error).toMatchObject({ code: 'fleet/rows-invalid' })
    return (error as FleetRowsInvalidError).facts
  }
}

describe('a list of wallets', () => {
  const rows = [
    {
      chainId: 8453,
      address: A,
      index: 0,
      stakeAmount: '1500000000000000000',
      key: { consumptionLimit: { usd: 5, diem: 1 } },
    },
    { chainId: 8453, address: B, key: { type: 'ADMIN', description: 'says "hello", twice' } },
  ]

  it('is read from CSV, including quotes', () => {
    const csv = `\uFEFFaddress,index,stake,limit,key-type,description\r\n${A},0,1.5,"usd=5,diem=1",,\r\n\r\n${B},,,,ADMIN,"says ""hello"", twice"\r\n`
    expect(parseRows(csv, 'list.csv')).toEqual(rows)
  })

  it('is read from JSON lines in the same way', () => {
    const lines = [
      { address: A, index: 0, stake: '1.5', limit: { usd: 5, diem: 1 } },
      { address: B, key_type: 'ADMIN', description: 'says "hello", twice' },
    ]
    const text = lines.map((line) => JSON.stringify(line)).join('\n')
    expect(parseRows(text, 'list.jsonl')).toEqual(rows)
    expect(parseRows(text, '-')).toEqual(rows)
  })

  it.each([
    ['', ['line 1: the header names no column address']],
    ['address\n', ['it names no wallet']],
    [`address\n0x12\n`, ['line 2: address must be 0x and 40 hex digits']],
    [`address\n${A}\n${A.toLowerCase()}\n`, ['line 3: the wallet of line 2 again']],
    [
      `address,stake\n${A},0\n${B},-1\n`,
      ['line 2: stake must be a decimal amount above 0', 'line 3: stake must be a decimal amount above 0'],
    ],
    [`address,colour\n${A},red\n`, ['line 2: there is no column colour']],
    [`address\n${A},1\n`, ['line 2: it has more cells than the header']],
    [`address,description\n${A},"never ends\n`, ['line 2: it has a quote that does not end']],
    [
      `address,credential,fund\n${A},wallets,\n${B},wallet,diem:1\n`,
      ['line 2: credential must be key or wallet', 'line 3: fund must be none, or credit in dollars such as x402:5'],
    ],
    [`address,privateKey\n${A},0x11\n`, ['line 2: there is no column privateKey']],
  ])('is rejected as a whole with an error: %j', (content, problems) => {
    expect(problemsOf(content)).toEqual(problems)
  })

  it('in JSON is rejected with its invalid line', () => {
    expect(problemsOf(`{"address":"${A}"}\nnot json\n`, 'list.jsonl')).toEqual(['line 2: it is not a JSON object'])
  })

  it('shows the first twenty of many problems, and quotes no cell', () => {
    const facts = problemsOf(`address,index\n${'0xsecret,x\n'.repeat(30)}`)
    expect(facts).toHaveLength(21)
    expect(facts.at(-1)).toBe('and 40 more')
    expect(facts.join()).not.toContain('0xsecret')
  })
})
