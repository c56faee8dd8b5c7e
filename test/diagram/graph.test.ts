import { describe, expect, it } from 'vitest'
import { STAGES } from '../../machines/onboarding/context.ts'
import { onboardingMachine } from '../../machines/onboarding/machine.ts'
import { graphOf } from '../../src/diagram/graph.ts'
import { oddMachine } from './charts.ts'

const onboarding = graphOf(onboardingMachine)
const odd = graphOf(oddMachine)
const edgesFrom = (path: string) =>
  odd.edges
    .filter(({ from }) => from === path)
    .map(({ event, guard, to, actions }) => [event, guard, to, actions.join(' ')])

describe('the graph of the onboarding machine', () => {
  it('has the eight stages, the two payment methods and the three ends at the top, in order', () => {
    const top = onboarding.states.filter(({ parent }) => parent === null)
    expect(top.map(({ path }) => path)).toEqual([...STAGES, 'mintDiem', 'topUp', 'funded', 'unfunded', 'failed'])
  })

  it('has eventless transitions', () => {
    expect(onboarding.edges).toContainEqual({
      from: 'checkBalance.choose',
      to: 'fundingCheck',
      event: '',
      guard: 'hasKey',
      actions: [],
    })
  })

  it('names a guard by the code it asks for', () => {
    const refusals = onboarding.edges.filter(({ from, guard }) => from === 'mint.post' && guard?.includes('/'))
    expect(refusals.map(({ guard }) => guard)).toEqual(['challenge/lost', 'sink/write-failed'])
  })

  it('has a description for every state', () => {
    expect(onboarding.states.filter(({ description }) => description === null)).toEqual([])
  })

  it('leads only to states that exist', () => {
    const paths = new Set(onboarding.states.map(({ path }) => path))
    expect(onboarding.edges.filter(({ from, to }) => !paths.has(from) || !paths.has(to))).toEqual([])
  })

  it('survives serialisation as JSON', () => {
    expect(JSON.parse(JSON.stringify(onboarding))).toEqual(onboarding)
  })
})

describe('the graph of any machine', () => {
  it('shows a transition of the machine itself from the empty path', () => {
    expect(edgesFrom('')).toEqual([['stop', null, 'end', '']])
  })

  it('names events, timers and unnamed parts, and keeps a transition without a target in its state', () => {
    expect(edgesFrom('note')).toEqual([
      ['go', 'isReady', 'work', 'note inline'],
      ['go', null, 'note', 'note'],
      ['after 500', 'not', 'work', ''],
      ['after patience', null, 'end', ''],
    ])
  })

  it('names the events that end an actor, and finished regions', () => {
    expect(edgesFrom('work.left.first')).toEqual([
      ['done', null, 'work.left.last', 'tell'],
      ['error', '"x"; y: <b> & {z} #1', 'note', ''],
    ])
    expect(edgesFrom('work')).toEqual([['done', null, 'end', '']])
  })

  it('distinguishes kinds of states, with their first child and their invocations', () => {
    expect(odd.states.map(({ path, type, initial, invokes }) => [path, type, initial, invokes.join()])).toEqual([
      ['note', 'atomic', null, ''],
      ['work', 'parallel', null, ''],
      ['work.left', 'compound', 'work.left.first', ''],
      ['work.left.first', 'atomic', null, 'work'],
      ['work.left.last', 'final', null, ''],
      ['work.right', 'compound', 'work.right.on', ''],
      ['work.right.on', 'atomic', null, ''],
      ['work.right.back', 'history', null, ''],
      ['end', 'final', null, ''],
    ])
  })
})
