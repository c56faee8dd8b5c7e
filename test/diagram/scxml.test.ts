import { SaxesParser, type SaxesTagNS } from 'saxes'
import { describe, expect, it } from 'vitest'
import { onboardingMachine } from '../../machines/onboarding/machine.ts'
import { graphOf, type MachineGraph } from '../../src/diagram/graph.ts'
import { toScxml } from '../../src/diagram/scxml.ts'
import { oddMachine } from './charts.ts'

const [onboarding, odd] = [graphOf(onboardingMachine), graphOf(oddMachine)]

interface Element {
  name: string
  /** The id of the parent state. */
  parent: string | null
  attributes: Record<string, string>
}

/** Reads XML strictly: anything that is not well-formed throws. */
function parse(xml: string): Element[] {
  const parser = new SaxesParser({ xmlns: true })
  const elements: Element[] = []
  const open: (string | null)[] = []
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', (tag: SaxesTagNS) => {
    const attributes = Object.fromEntries(Object.values(tag.attributes).map(({ name, value }) => [name, value]))
    elements.push({ name: tag.name, parent: open.at(-1) ?? null, attributes })
    open.push(attributes.id ?? open.at(-1) ?? null)
  })
  parser.on('closetag', () => open.pop())
  parser.write(xml).close()
  return elements
}

describe.each<[string, MachineGraph]>([
  ['the onboarding', onboarding],
  ['a machine with one of everything', odd],
])('the SCXML of %s', (_, graph) => {
  const elements = parse(toScxml(graph))
  const states = elements.filter(({ name }) => ['state', 'final', 'parallel', 'history'].includes(name))

  it('is well-formed and has every state in its place', () => {
    expect(states.map(({ attributes, parent }) => [attributes.id, parent])).toEqual(
      graph.states.map(({ path, parent }) => [path, parent]),
    )
  })

  it('has every transition, including eventless ones, to existing states', () => {
    const transitions = elements.filter(({ name }) => name === 'transition')
    expect(transitions).toHaveLength(graph.edges.length)
    expect(transitions.filter(({ attributes }) => attributes.event === undefined)).toHaveLength(
      graph.edges.filter(({ event }) => event === '').length,
    )
    const ids = new Set(states.map(({ attributes }) => attributes.id))
    expect(transitions.filter(({ attributes }) => !ids.has(attributes.target))).toEqual([])
  })
})

describe('SCXML', () => {
  it('keeps quotes, braces and tags of a guard as text', () => {
    const conditions = parse(toScxml(odd)).map(({ attributes }) => attributes.cond)
    expect(conditions).toContain('"x"; y: <b> & {z} #1')
  })

  it('contains nothing that XML forbids', () => {
    const nasty = { ...odd, states: odd.states.map((state) => ({ ...state, description: '\u0000]]>\u001b"<&' })) }
    expect(parse(toScxml(nasty)).length).toBeGreaterThan(5)
  })

  it('marks the path of a run and its current state', () => {
    const elements = parse(toScxml(onboarding, { path: ['mint.open'], current: 'mint.post' }))
    const marked = (name: string) =>
      elements.filter(({ attributes }) => attributes[name] === 'true').map(({ attributes }) => attributes.id)
    expect(marked('chart:visited')).toEqual(['mint.open'])
    expect(marked('chart:current')).toEqual(['mint.post'])
  })
})
