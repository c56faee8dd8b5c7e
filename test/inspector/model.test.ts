import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../machines/onboarding/select.ts'
import {
  ConnectionFailedError,
  InvalidAddressError,
  NoStakedVvvError,
  TokenExpiredError,
} from '../../src/errors/venice/all.ts'
import { createFeed } from '../../src/inspector/feed.ts'
import { deedOf } from '../../src/inspector/model/deeds.ts'
import { changesOf } from '../../src/inspector/model/facts.ts'
import { headlineOf } from '../../src/inspector/model/headline.ts'
import { type Been, createHistory } from '../../src/inspector/model/history.ts'
import { apply, diff } from '../../src/inspector/model/patch.ts'
import { takenWords } from '../../src/inspector/model/reasons.ts'
import { stageRows } from '../../src/inspector/model/stages.ts'
import type { Json, Step } from '../../src/inspector/model/step.ts'
import { projectStep } from '../../src/inspector/projection.ts'
import { onboardingChart } from '../../src/inspector/run.ts'
import type { Script } from '../support/fakes.ts'
import { funding } from '../support/samples.ts'
import { historyOf } from './history.ts'

async function stepsOf(script: Script = {}): Promise<Step[]> {
  let before: Step | null = null
  return (await historyOf(script)).flatMap((event) => {
    before = projectStep(event, before)?.step ?? before
    return before === null ? [] : [before]
  })
}

describe('a difference', () => {
  const VALUES: Json[] = [
    null,
    1,
    'a',
    [],
    [1, 2, 3],
    [{ a: 1 }, { a: 2 }],
    {},
    { a: 1, b: { c: [1] } },
    { a: null, b: { c: [1, 2] } },
    { b: { d: 'x' } },
    { 0: 'a', length: 1 },
  ]
  it.each(VALUES.flatMap((a) => VALUES.map((b) => [a, b])))('turns %j into %j', (a, b) => {
    expect(apply(a, JSON.parse(JSON.stringify(diff(a, b))))).toEqual(b)
  })

  it('treats a key of the prototype like any other', () => {
    const given = JSON.parse('{"__proto__": {"isAdmin": true}, "constructor": 1}')
    const made = apply({}, diff({}, given))
    expect(JSON.stringify(made)).toBe(JSON.stringify(given))
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
  })

  it('shares what did not change', () => {
    const before = { kept: { a: 1 }, changed: 1 }
    expect((apply(before, diff(before, { kept: { a: 1 }, changed: 2 })) as typeof before).kept).toBe(before.kept)
  })
})

describe('a list of steps', () => {
  it('has each step as it was, with the path up to it', async () => {
    const steps = await stepsOf({ mintKey: [new TokenExpiredError()] })
    const feed = createFeed()
    for (const step of steps) feed.push(step)
    const history = createHistory(onboardingChart)
    history.add(JSON.parse(JSON.stringify(feed.patches(0, feed.count))))
    expect(history.steps).toEqual(steps)
    const counts = (index: number) =>
      ['fetchToken', 'mint', 'funded'].map((path) => history.at(index).states.get(path) ?? 0)
    expect(counts(steps.length - 1)).toEqual([2, 4, 1])
    expect(counts(0)).toEqual([0, 0, 0])
    expect(counts(steps.length - 1)).toEqual([2, 4, 1])
  })

  it('finds the transitions of every step except the first, including eventless ones', async () => {
    const scripts: Script[] = [
      {},
      { readWalletState: [new ConnectionFailedError({ cause: new Error('no') })] },
      { mintKey: [new TokenExpiredError(), new NoStakedVvvError(), new NoStakedVvvError()] },
    ]
    for (const script of scripts) {
      const steps = await stepsOf(script)
      const history = createHistory(onboardingChart)
      const feed = createFeed()
      for (const step of steps) feed.push(step)
      history.add(feed.patches(0, feed.count))
      const total = (index: number) => [...history.at(index).edges.values()].reduce((sum, count) => sum + count, 0)
      for (let index = 1; index < steps.length; index += 1)
        expect([steps[index]?.to, total(index) > total(index - 1)]).toEqual([steps[index]?.to, true])
      expect(history.at(steps.length - 1).states.has('approve.choose')).toBe(true)
    }
  })
})

/** How a run left the chart. */
async function beenIn(script: Script): Promise<Readonly<Been>> {
  const feed = createFeed()
  for (const step of await stepsOf(script)) feed.push(step)
  const history = createHistory(onboardingChart)
  history.add(feed.patches(0, feed.count))
  return history.at(feed.count - 1)
}

/** Labels of the arrows from `from` to `to`, in every diagram. */
const labelsOf = (been: Readonly<Been>, from: string, to: string): string[] =>
  [onboardingChart.overview, ...Object.values(onboardingChart.insides)]
    .flatMap(({ arrows }) => arrows.filter((arrow) => arrow.from === from && arrow.to === to))
    .map(({ edges }) => takenWords(edges, been).label)

describe('a taken arrow', () => {
  const unreachable = new ConnectionFailedError({ cause: new Error('no') })
  const CASES: [name: string, script: Script, from: string, to: string, labels: string[]][] = [
    [
      'names the wait for the stake, not another error with the same target',
      { mintKey: [new NoStakedVvvError(), new NoStakedVvvError()] },
      'mint.post',
      'mint.wait',
      ['venice/no-staked-vvv ×2'],
    ],
    [
      'names no refused payment when none was refused',
      { checkFunding: [funding({ spendable: false })] },
      'fundingCheck',
      'unfunded',
      [''],
    ],
    [
      'names no refusal when the answer failed',
      { checkFunding: { always: unreachable } },
      'fundingCheck.ask',
      'fundingCheck.wait',
      [expect.stringMatching(/^\w+\/[\w-]+ ×\d+$/) as unknown as string],
    ],
    [
      'names the matching one of eleven codes',
      { mintKey: [new TokenExpiredError()] },
      'mint.post',
      'fetchToken',
      ['venice/token-expired'],
    ],
    ['names a guard when no other leads there', {}, 'approve.broadcast', 'stake', ['open stake']],
    ['says nothing when there was no request', {}, 'sign.sign', 'mint', ['']],
  ]
  it.each(CASES)('%s', async (_, script, from, to, labels) => {
    expect(labelsOf(await beenIn(script), from, to)).toEqual(labels)
  })

  it('the arrow shared by all failures names why the run has stopped', async () => {
    const been = await beenIn({ mintKey: [new InvalidAddressError()] })
    expect(labelsOf(been, '*', 'failed').filter((label) => label !== '')).toEqual(
      Array(2).fill('venice/invalid-address'),
    )
  })
})

describe('the headline', () => {
  const about = {
    title: '',
    runId: null,
    address: null,
    chainId: null,
    explorer: null,
    source: 'live',
    machine: 'onboarding',
    command: 'venice-onboard run --network base',
    limits: LIMITS,
  } as const
  const now = { driver: 'running', awaiting: null, next: null, isCut: false } as const
  const of = (step: Step | null, rest: Partial<Parameters<typeof headlineOf>[0]> = {}) =>
    headlineOf({ step, isPast: false, now, about, machine: onboardingChart, ...rest })

  it('says where the run is, what it waits for and what comes next', async () => {
    const steps = await stepsOf()
    const watching = steps.find(({ to }) => to[0] === 'awaitConfirmation.watch') ?? null
    expect(of(watching)).toMatchObject({
      word: 'Running',
      sentence: 'Confirming the transactions: waits for the chain.',
      next: 'Next: fetch Venice’s challenge.',
    })
    expect(of(watching, { now: { ...now, driver: 'idle' } })).toMatchObject({
      word: 'Paused',
      next: 'This command continues it:',
      command: 'venice-onboard run --network base',
    })
    expect(of(watching, { isPast: true }).word).toBe('Earlier')
    expect(of(steps.at(-1) ?? null)).toMatchObject({
      word: 'Finished',
      sentence: 'The key is minted, stored, and can spend.',
    })
    expect(of(null).word).toBe('Not begun')
  })

  it('says why a run waits or has stopped', async () => {
    const steps = await stepsOf({ readWalletState: { always: new ConnectionFailedError({ cause: new Error('no') }) } })
    expect(of(steps[1] ?? null, { before: steps[0] ?? null })).toMatchObject({
      word: 'Waiting',
      next: expect.stringMatching(/^Attempt 1 of 13 failed\. The reason: ./),
    })
    expect(of(steps.at(-1) ?? null)).toMatchObject({ word: 'Stopped', next: steps.at(-1)?.failure?.hint })
  })
})

describe('the next command', () => {
  const next = {
    command: 'venice-onboard run --prove --state-dir x',
    tool: 'venice_resume',
    reason: 'It may be that it can.',
  }
  const now = { driver: 'ended', awaiting: null, next, isCut: false } as const
  const about = createFeed({ command: 'venice-onboard run --state-dir x' }).about
  const of = (step: Step | null, rest: Partial<Parameters<typeof headlineOf>[0]> = {}) =>
    headlineOf({ step, isPast: false, now, about, machine: onboardingChart, ...rest }).command

  it('is on the page of a key that cannot spend, of a paused run and of a stopped one', async () => {
    const unfunded = await stepsOf({ checkFunding: [funding({ spendable: false })] })
    const failed = await stepsOf({ mintKey: [new InvalidAddressError()] })
    expect([unfunded.at(-1), unfunded[4], failed.at(-1)].map((step) => of(step ?? null))).toEqual(
      Array(3).fill(next.command),
    )
    expect(of(unfunded[4] ?? null, { now: { ...now, next: null } })).toBe(about.command)
  })

  it('is nowhere while a process runs, and in no earlier step', async () => {
    const [step = null] = await stepsOf()
    expect(of(step, { now: { ...now, driver: 'running' } })).toBeNull()
    expect(of(step, { isPast: true })).toBeNull()
    expect(of(null)).toBeNull()
  })
})

describe('the list of steps', () => {
  const deedsOf = async (script: Script = {}) => {
    const steps = await stepsOf(script)
    return steps.map((step, index) => deedOf(step, steps[index + 1] ?? null))
  }

  it('shows for each step what it did itself', async () => {
    const deeds = await deedsOf()
    const details = new Map(deeds.map(({ title, detail }) => [title, detail]))
    expect(details.get('checkBalance › read')).toMatch(/^wallet read · /)
    expect(details.get('approve › broadcast')).toMatch(/^approve sent/)
    expect(details.get('fetchToken › fetch')).toMatch(/^challenge fetched · /)
    expect(details.get('sign › sign')).toMatch(/^challenge signed · /)
    expect(details.get('mint › post')).toMatch(/^key minted and stored · /)
    expect(details.get('funded')).toBe('the run has ended')
  })

  it('marks the failed step, not the wait after it', async () => {
    const deeds = await deedsOf({ mintKey: [new NoStakedVvvError()] })
    expect(deeds.filter(({ isTrouble }) => isTrouble)).toEqual([
      {
        sign: '!',
        title: 'mint › post',
        detail: expect.stringMatching(/^failed after \S+ \w+: venice\/no-staked-vvv$/),
        isTrouble: true,
      },
    ])
    expect(deeds.find(({ title }) => title === 'mint › wait')?.detail).toMatch(/^waited \d/)
  })

  it('shows the block of a transaction, and how long it took', async () => {
    const [watching, judged] = (await stepsOf()).filter(({ view }) => view.transactions.length > 0)
    const [sent] = watching?.view.transactions ?? []
    const mined = sent && { ...sent, status: 'mined', blockNumber: '123', minedAfterMs: 210 }
    const after = { ...judged, view: { ...judged?.view, transactions: mined ? [mined] : [] } } as Step
    expect(deedOf(watching as Step, after).detail).toMatch(/^approve in block 123 after 210 ms · /)
  })
})

describe('the list of stages', () => {
  it('shows each stage in order with the total time of its visits, and the end', async () => {
    const steps = await stepsOf({ mintKey: [new TokenExpiredError()] })
    const rows = stageRows({
      steps,
      index: steps.length - 1,
      nowMs: Date.parse(steps.at(-1)?.at ?? ''),
      machine: onboardingChart,
      status: 'done',
      stoppedIn: [],
    })
    expect(rows.map(({ path }) => path).slice(0, 4)).toEqual(['checkBalance', 'approve', 'stake', 'awaitConfirmation'])
    expect(rows.at(-1)).toMatchObject({ path: 'funded', standing: 'active', ms: null })
    expect(rows.find(({ path }) => path === 'mint')).toMatchObject({ standing: 'been', visits: 2 })
    const total = rows.reduce((sum, { ms }) => sum + (ms ?? 0), 0)
    expect(total).toBe(Date.parse(steps.at(-1)?.at ?? '') - Date.parse(steps[0]?.at ?? ''))
  })
})

it('a change in a step is shown with the earlier value', async () => {
  const steps = await stepsOf()
  const index = steps.findIndex(({ to }) => to[0] === 'stake.broadcast')
  const changes = changesOf(steps[index - 1] ?? null, steps[index] as Step)
  expect(changes).toEqual([{ name: 'transactions.0.status', text: 'sent', before: 'signed' }])
})

describe('the chart of the onboarding', () => {
  const sketches = [onboardingChart.overview, ...Object.values(onboardingChart.insides)]

  it('has a place for every state and every path between stages', () => {
    const drawn = new Set(
      sketches.flatMap(({ boxes }) => boxes.flatMap(({ path, chips }) => [path, ...chips.map((chip) => chip.path)])),
    )
    expect(onboardingChart.states.map(({ path }) => path).filter((path) => !drawn.has(path))).toEqual([])
    const lit = new Set(sketches.flatMap(({ arrows }) => arrows.flatMap(({ edges }) => edges)))
    expect(onboardingChart.edges.filter((_, index) => !lit.has(index))).toEqual([])
  })

  it('overlaps no boxes and no labels', () => {
    for (const { boxes, arrows } of sketches) {
      const frames = boxes.map(({ x, y, width, height }) => [x, y, x + width, y + height])
      const labels = arrows.flatMap(({ at, label }) =>
        at === null ? [] : [[at[0] - label.length * 3, at[1] - 7, at[0] + label.length * 3, at[1] + 7]],
      )
      expect(overlaps(frames)).toBe(0)
      expect(overlaps(labels)).toBe(0)
    }
  })
})

function overlaps(rectangles: readonly (readonly number[])[]): number {
  const meets = ([a = 0, b = 0, c = 0, d = 0]: readonly number[], [e = 0, f = 0, g = 0, h = 0]: readonly number[]) =>
    a < g && e < c && b < h && f < d
  return rectangles.filter((one, index) => rectangles.slice(index + 1).some((other) => meets(one, other))).length
}
