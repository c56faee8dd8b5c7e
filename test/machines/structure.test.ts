import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { STAGES } from '../../machines/onboarding/context.ts'
import { onboardingMachine } from '../../machines/onboarding/machine.ts'
import type { StateMeta } from '../../machines/onboarding/setup.ts'
import { scriptedEffects } from '../support/fakes.ts'

interface Transition {
  guard?: unknown
  target?: unknown
}
type OneOrMore = Transition | string | readonly (Transition | string)[]

/** The chart's source, as far as these tests read it. */
interface State {
  type?: string
  description?: string
  meta?: StateMeta
  invoke?: { src: string; id?: string; onDone?: OneOrMore; onError?: OneOrMore }
  always?: OneOrMore
  after?: unknown
  on?: unknown
  initial?: string
  states?: Record<string, State>
}

// XState's own type of a config is a union over every way to write one.
const root = onboardingMachine.config as unknown as State & { states: Record<string, State> }

const statesIn = (state: State, path: string): [string, State][] =>
  Object.entries(state.states ?? {}).flatMap(([name, child]) => {
    const here = path === '' ? name : `${path}.${name}`
    return [[here, child] as [string, State], ...statesIn(child, here)]
  })
const STATES = statesIn(root, '')
const LEAVES = STATES.filter(([, { states }]) => states === undefined)

const listOf = (transitions: OneOrMore | undefined): Transition[] =>
  [transitions ?? []].flat().map((transition) => (typeof transition === 'string' ? { target: transition } : transition))

const sourceOf = (folder: string): string =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(`${folder}/${name}`, 'utf8'))
    .join('\n')
const matches = (text: string, pattern: RegExp): Set<string> =>
  new Set([...text.matchAll(pattern)].map(([, found]) => found ?? ''))

describe('the chart', () => {
  it('has the eight stages in order, then the payment methods of the last stage, and then only ends', () => {
    expect(Object.keys(root.states).slice(0, STAGES.length)).toEqual([...STAGES])
    const rest = Object.entries(root.states).slice(STAGES.length)
    expect(rest.map(([name, { type }]) => [name, type])).toEqual([
      ['mintDiem', undefined],
      ['topUp', undefined],
      ['funded', 'final'],
      ['unfunded', 'final'],
      ['failed', 'final'],
    ])
    expect(STAGES.map((name) => root.states[name]?.meta?.stage)).toEqual([...STAGES])
    expect([root.states.mintDiem, root.states.topUp].map((state) => state?.meta?.stage)).toEqual([
      'fundingCheck',
      'fundingCheck',
    ])
  })

  it('marks exactly the irreversible stages', () => {
    const marked = STATES.filter(([, { meta }]) => meta?.irreversible !== undefined).map(([path]) => path)
    expect(marked).toEqual(['approve', 'stake', 'mint', 'mintDiem', 'topUp'])
  })

  it.each(STATES)('describes %s', (_, { description }) => {
    expect(description).toMatch(/^\S.*\.$/)
  })

  it.each(LEAVES)('waits in %s for one thing, or decides at once', (_, { type, invoke, always, meta }) => {
    if (type === 'final') return expect([invoke, always]).toEqual([undefined, undefined])
    expect(invoke === undefined).toBe(always !== undefined)
    if (invoke !== undefined) {
      expect(listOf(invoke.onDone).at(-1)?.guard).toBeUndefined()
      expect(listOf(invoke.onError).at(-1)?.guard).toBeUndefined()
      expect(invoke.id).toBe(invoke.src)
      expect(meta?.awaits).toBeDefined()
    } else {
      expect(listOf(always).at(-1)?.guard).toBeUndefined()
    }
  })

  it.each(LEAVES)('names a target for every transition of %s', (_, { invoke, always }) => {
    for (const { target } of [invoke?.onDone, invoke?.onError, always].flatMap(listOf)) {
      expect(target).toEqual(expect.any(String))
    }
  })

  it('has no timers and takes no events: a wait is an effect with an absolute end', () => {
    expect(STATES.filter(([, { after, on }]) => after !== undefined || on !== undefined)).toEqual([])
  })

  it('uses every effect of its contract', () => {
    const used = new Set(LEAVES.flatMap(([, { invoke }]) => invoke?.src ?? []))
    expect(used).toEqual(new Set(Object.keys(scriptedEffects().effects)))
  })

  it('names only failures of the catalogue, and those it creates itself', () => {
    const named = matches(sourceOf('machines/onboarding'), /'([a-z0-9]+\/[a-z-]+)'/g)
    const catalogue = matches(sourceOf('src/errors'), /code(?:: string)? = '([a-z0-9]+\/[a-z0-9-]+)'/g)
    expect([...named].filter((code) => !catalogue.has(code))).toEqual(['x402/not-taken', 'venice/stake-not-seen'])
  })
})
