import { createInspector } from '@statelyai/inspect'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { assign, createActor, createMachine, fromPromise, setup, toPromise } from 'xstate'
import { graphOf } from '../../src/diagram/graph.ts'
import { type AttachedInspector, chartOf, startInspector } from '../../src/inspector/attach.ts'
import { layeredEngine } from '../../src/inspector/layout/layered.ts'
import { sketchMachine } from '../../src/inspector/layout/sketch.ts'
import { statelyBridge } from '../../src/inspector/stately.ts'
import { oddMachine } from '../diagram/charts.ts'
import { provideFakes } from '../support/fakes.ts'
import { request } from '../support/samples.ts'

const CANARY = 'canary-of-no-known-form'

/** A foreign machine with secrets in every possible place. */
const other = setup({
  types: { context: {} as { secret: string; tries: number }, events: {} as { type: 'go'; secret: string } },
  actors: { work: fromPromise(async ({ input }: { input: { secret: string } }) => ({ apiKey: input.secret })) },
}).createMachine({
  id: 'other',
  context: { secret: CANARY, tries: 0 },
  initial: 'idle',
  states: {
    idle: { on: { go: { target: 'busy', actions: assign({ tries: ({ context }) => context.tries + 1 }) } } },
    busy: { type: 'parallel', onDone: 'over', states: { a: leaf(), b: leaf() } },
    over: { type: 'final' },
  },
  output: { secret: CANARY },
})

function leaf() {
  return {
    initial: 'work',
    states: {
      work: { invoke: { src: 'work', input: { secret: CANARY }, onDone: 'done' } },
      done: { type: 'final' },
    },
  } as const
}

let inspector: AttachedInspector | undefined
afterEach(() => inspector?.close())

/** Everything sent to a viewer until the inspector ends. */
async function streamOf({ url, close }: AttachedInspector): Promise<string> {
  const response = await fetch(url.replace('/?', '/events?'))
  const text = response.text()
  await close()
  return text
}

describe('an attached actor', () => {
  it('of the onboarding machine is shown like a run', async () => {
    const { machine } = provideFakes()
    inspector = await startInspector()
    const actor = createActor(machine, { input: { request: request() }, inspect: inspector.inspect })
    actor.start()
    await toPromise(actor)
    const text = await streamOf(inspector)
    expect(text).toContain('"funded"')
    expect(text).toContain('"last6"')
    expect(text).not.toMatch(/"raw"|0x02/)
  })

  it('of any machine shows only states and event types', async () => {
    inspector = await startInspector({ machine: other })
    const actor = createActor(other, { inspect: inspector.inspect }).start()
    actor.send({ type: 'go', secret: CANARY })
    await toPromise(actor)
    const text = await streamOf(inspector)
    expect(text).toMatch(/"busy\.a\.work"[\s\S]*"busy\.b\.work"[\s\S]*"over"/)
    expect(text).not.toContain(CANARY)
    expect(text).not.toContain('tries')
  })

  it('shows the context that the embedder selected', async () => {
    inspector = await startInspector({
      machine: other,
      project: (context) => ({ tries: (context as { tries: number }).tries }),
    })
    const actor = createActor(other, { inspect: inspector.inspect }).start()
    actor.send({ type: 'go', secret: CANARY })
    await toPromise(actor)
    const text = await streamOf(inspector)
    expect(text).toContain('"tries"')
    expect(text).not.toContain(CANARY)
  })

  it('keeps running when the embedder’s callback throws', async () => {
    inspector = await startInspector({
      machine: other,
      project: () => {
        throw new Error('no')
      },
    })
    const actor = createActor(other, { inspect: inspector.inspect }).start()
    actor.send({ type: 'go', secret: CANARY })
    await expect(toPromise(actor)).resolves.toEqual({ secret: CANARY })
  })
})

describe('any machine', () => {
  it.each([
    ['one of everything', oddMachine],
    [
      'a flat one',
      createMachine({ id: 'flat', initial: 'a', states: { a: { on: { NEXT: 'b' } }, b: { on: { BACK: 'a' } } } }),
    ],
    ['one without states', createMachine({ id: 'none' })],
  ])('is laid out with and without elkjs: %s', async (_, machine) => {
    for (const chart of [await chartOf(machine), await sketchMachine(graphOf(machine), layeredEngine)]) {
      const paths = chart.overview.boxes.map(({ path }) => path)
      expect(paths).toEqual(expect.arrayContaining(Object.keys(machine.states)))
      expect(chart.overview.boxes.every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))).toBe(true)
      expect(chart.overview.arrows.every(({ points }) => points.length > 1)).toBe(true)
    }
  })
})

describe('the bridge to Stately', () => {
  function bridgeTo(options: Parameters<typeof statelyBridge>[1]) {
    const sent: { type: string; definition?: string; snapshot?: { value: unknown } }[] = []
    const stately = createInspector({ send: (event) => sent.push(event as never) })
    onTestFinished(() => stately.stop())
    return { sent, inspect: statelyBridge(stately, options) }
  }

  it('sends the chart and every state, with the same allow-list', async () => {
    const { sent, inspect } = bridgeTo({ machine: other })
    const actor = createActor(other, { inspect }).start()
    actor.send({ type: 'go', secret: CANARY })
    await toPromise(actor)
    await expect.poll(() => sent.at(-1)?.snapshot?.value).toBe('over')
    expect(sent[0]).toMatchObject({ type: '@xstate.actor', definition: expect.stringContaining('"busy"') })
    expect(sent.map(({ snapshot }) => snapshot?.value)).toContainEqual({ busy: { a: 'work', b: 'work' } })
    expect(JSON.stringify(sent)).not.toContain(CANARY)
  })

  it('sends what a page would show of the onboarding', async () => {
    const { sent, inspect } = bridgeTo({})
    const actor = createActor(provideFakes().machine, { input: { request: request() }, inspect }).start()
    await toPromise(actor)
    await expect.poll(() => sent.at(-1)?.snapshot?.value).toBe('funded')
    expect(JSON.stringify(sent)).toContain('last6')
    expect(JSON.stringify(sent)).not.toContain('0x02')
  })
})
