import { describe, expect, it } from 'vitest'
import { onboardingMachine } from '../../machines/onboarding/machine.ts'
import type { Detail } from '../../src/diagram/chart.ts'
import { graphOf, type MachineGraph } from '../../src/diagram/graph.ts'
import { toMermaid } from '../../src/diagram/mermaid.ts'
import { oddMachine } from './charts.ts'

const onboarding = graphOf(onboardingMachine)
const odd = graphOf(oddMachine)

/** The ids that a diagram declares, and those that its arrows and styles use. */
function idsOf(mermaid: string): { declared: string[]; used: string[] } {
  const lines = mermaid.split('\n').map((line) => line.trim())
  const declared = lines.flatMap((line) => /^state (?:"[^"]*" as )?(\w+)(?: \{)?$/.exec(line)?.[1] ?? [])
  const ends = lines.flatMap((line) => /^(\S+) --> ([^\s:]+)(?:: .+)?$/.exec(line)?.slice(1) ?? [])
  const styled = lines.flatMap((line) => /^class (\S+) \w+$/.exec(line)?.[1]?.split(',') ?? [])
  return { declared, used: [...ends, ...styled].filter((id) => id !== '[*]') }
}

const CASES: [name: string, graph: MachineGraph, detail: Detail][] = [onboarding, odd].flatMap((graph) => {
  const stages = graph.states.filter(({ parent }) => parent === null).map(({ path }) => path)
  const details: Detail[] = ['stages', 'full', ...stages.map((inside) => ({ inside }))]
  return details.map((detail): (typeof CASES)[number] => [`${graph.id}, ${JSON.stringify(detail)}`, graph, detail])
})

describe('every diagram', () => {
  it.each(CASES)('declares each box once and draws no arrow to an unknown one: %s', (_, graph, detail) => {
    const { declared, used } = idsOf(toMermaid(graph, { detail }))
    expect(new Set(declared).size).toBe(declared.length)
    expect(used.filter((id) => !declared.includes(id))).toEqual([])
  })
})

describe('the stages', () => {
  const lines = toMermaid(onboarding, { detail: 'stages' }).split('\n  ')

  it('are few enough to read at a glance', () => {
    expect(lines.filter((line) => line.includes('-->')).length).toBeLessThanOrEqual(40)
  })

  it('share one box for the exits that most of them have', () => {
    expect(lines).toEqual(
      expect.arrayContaining([
        'state "all but fundingCheck" as _',
        '_ --> checkBalance: mayReplan',
        '_ --> failed: else',
        '_ --> _: back off',
      ]),
    )
    const own = lines.filter((line) => line.includes('--> failed') && !line.startsWith('_'))
    expect(own).toEqual(['fundingCheck --> failed: isRefusedHere'])
  })

  it('show the main path and what is irreversible', () => {
    expect(lines).toEqual(
      expect.arrayContaining([
        'checkBalance --> approve: needsApproval',
        'stake --> awaitConfirmation',
        'fetchToken --> sign',
        'mint --> checkBalance: mayStake',
        'class approve,stake,mint,mintDiem,topUp irreversible',
      ]),
    )
  })

  it('show where a run was and where it is inside them', () => {
    const marked = toMermaid(onboarding, { detail: 'stages', path: ['sign.sign', 'mint.open'], current: 'mint.post' })
    expect(marked).toContain('class sign,mint visited')
    expect(marked).toContain('class mint current')
  })
})

describe('a diagram', () => {
  it('marks the exact state when it is drawn', () => {
    const marked = toMermaid(onboarding, { detail: 'full', path: ['mint.open'], current: 'mint.post' })
    expect(marked).toContain('class mint_open visited')
    expect(marked).toContain('class mint_post current')
  })

  it('ends an inner final state inside its parent', () => {
    expect(toMermaid(odd, { detail: 'full' })).toContain('      work_left_last --> [*]')
  })

  it('escapes Mermaid’s syntax in texts', () => {
    const text = toMermaid(odd, { detail: 'full' })
    expect(text).toContain('error [#34;x#34;#59; y#58; #60;b#62; #38; #123;z#125; #35;1]')
    expect(text).toContain('state "end" as end_')
  })

  it('draws a transition that is possible in any state', () => {
    expect(toMermaid(odd, { detail: 'full' })).toContain('anywhere_ --> end_: stop')
  })
})
