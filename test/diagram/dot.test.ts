import { Graphviz } from '@hpcc-js/wasm-graphviz'
import { describe, expect, it } from 'vitest'
import { onboardingMachine } from '../../machines/onboarding/machine.ts'
import type { Detail } from '../../src/diagram/chart.ts'
import { toDot } from '../../src/diagram/dot.ts'
import { graphOf, type MachineGraph } from '../../src/diagram/graph.ts'
import { oddMachine } from './charts.ts'

const graphviz = await Graphviz.load()
const [onboarding, odd] = [graphOf(onboardingMachine), graphOf(oddMachine)]

const CASES = [onboarding, odd].flatMap((graph) => {
  const details: Detail[] = [
    'stages',
    'full',
    ...graph.states.filter(({ parent }) => parent === null).map(({ path }) => ({ inside: path })),
  ]
  return details.map((detail): [string, MachineGraph, Detail] => [
    `${graph.id}, ${JSON.stringify(detail)}`,
    graph,
    detail,
  ])
})

describe('a graph in Graphviz’s language', () => {
  it.each(CASES)('is drawn by Graphviz: %s', (_, graph, detail) => {
    expect(graphviz.layout(toDot(graph, { detail }), 'svg', 'dot')).toContain('<svg')
  })

  it('has every state, and eventless transitions', () => {
    const drawn = JSON.parse(graphviz.layout(toDot(onboarding, { detail: 'full' }), 'dot_json', 'dot')) as {
      objects: { name: string }[]
      edges: { tail: number; head: number; label?: string }[]
    }
    const names = drawn.objects.map(({ name }) => name.replace(/^cluster /, ''))
    expect(names).toEqual(expect.arrayContaining(onboarding.states.map(({ path }) => path)))
    const ends = drawn.edges.map(({ tail, head, label }) => [names[tail], names[head], label])
    expect(ends).toContainEqual(['approve.choose', 'approve.broadcast', '[hasOpenApprove]'])
  })

  it('marks the path of a run and its current state', () => {
    const text = toDot(onboarding, { detail: 'full', path: ['mint.open'], current: 'mint.post' })
    expect(text).toMatch(/"mint\.open" \[.*fillcolor="#dcfce7"/)
    expect(text).toMatch(/"mint\.post" \[.*fillcolor="#2563eb"/)
  })

  it('keeps quotes and braces as text', () => {
    expect(toDot(odd, { detail: 'full' })).toContain('error [\\"x\\"; y: <b> & {z} #1]')
  })
})
