import { describe, expect, it } from 'vitest'
import { createSponsorEffects } from '../../src/sponsoring/effects.ts'
import { ADDRESS, attempt, VVV } from '../support/samples.ts'
import { agentAt, liveTreasury, sponsorRequest, type TreasuryOptions, treasuryWorld } from '../support/sponsor-world.ts'

type World = ReturnType<typeof treasuryWorld>

const AGENTS = 3
const settings = { inFlight: 2 }

/** What is true of every treasury, however often its process was interrupted. */
function checkPromises(
  world: World,
  { approves = 1, held = {} }: { approves?: number; held?: TreasuryOptions['held'] },
) {
  const stakes = world.mined.filter(({ attempt }) => attempt.purpose === 'sponsor')
  const expected = Array.from({ length: AGENTS }, (_, index) => (index in (held ?? {}) ? 0 : 1))
  const made = expected.map((_, index) => stakes.filter(({ attempt }) => attempt.beneficiary === agentAt(index)).length)
  expect(made, 'stakes for each agent').toEqual(expected)
  expect(expected.map((_, index) => world.heldBy(index))).toEqual(expected.map(() => VVV))
  const approved = new Set(world.sent.filter(({ purpose }) => purpose === 'approve').map(({ hash }) => hash))
  expect(approved.size, 'approves').toBeLessThanOrEqual(approves)
}

const SCENARIOS: [string, TreasuryOptions][] = [
  ['with two stakes in flight at a time', {}],
  ['that may have one transaction in flight', { account: 'delegated' }],
  ['on a node that cannot simulate a stake before its approve', { hasNoOverrides: true }],
  ['whose node forgets stakes', { forgotten: [1, 3] }],
  ['whose node lags behind the chain', { lagging: 3 }],
  ['for agents of which one already has its stake', { held: { 2: VVV } }],
]

describe.each(SCENARIOS)('a treasury %s', (_, options) => {
  const begin = () => ({ world: treasuryWorld(options), request: sponsorRequest(AGENTS) })

  it('stakes once for each agent, and approves once, wherever it is interrupted', async () => {
    const straight = begin()
    const { points, driven } = await liveTreasury(straight.world, { request: straight.request, settings })
    expect(driven?.envelope.snapshot.value).toBe('done')
    checkPromises(straight.world, options)
    for (let crashAt = 1; crashAt <= points; crashAt += 1) {
      const { world, request } = begin()
      const first = await liveTreasury(world, { crashAt, request, settings })
      expect(first.driven, `no crash at ${crashAt}`).toBeNull()
      const { driven: second } = await liveTreasury(world, { disk: first.disk, request, settings })
      expect({ crashAt, end: second?.envelope.snapshot.value }).toEqual({ crashAt, end: 'done' })
      checkPromises(world, options)
    }
  })

  it('finishes although each process gets only one point further than the last', async () => {
    const { world, request } = begin()
    let disk: string | null = null
    for (let crashAt = 3; crashAt <= 500; crashAt += 1) {
      const life = await liveTreasury(world, { disk, crashAt, request, settings })
      disk = life.disk
      if (life.driven?.envelope.snapshot.value === 'done') return checkPromises(world, options)
    }
    throw new Error('It never ended.')
  })
})

describe('another request of the same treasury', () => {
  it('watches what an earlier one has sent before it reads anything', async () => {
    const world = treasuryWorld()
    const straight = await liveTreasury(treasuryWorld(), { request: sponsorRequest(1) })
    const begun = straight.path.indexOf('awaitConfirmation.watch')
    expect(begun).toBeGreaterThan(0)
    const settled = { inFlight: 1, confirmationTimeoutMs: -1 }
    const first = await liveTreasury(world, { request: sponsorRequest(1), settings: settled })
    expect(first.driven?.envelope.snapshot.context.failure?.code).toBe('chain/confirmation-timeout')
    const { driven, path } = await liveTreasury(world, {
      disk: first.disk,
      request: sponsorRequest(2, { runId: 'sponsoring-2' }),
    })
    expect(path.slice(0, 2)).toEqual(['awaitConfirmation.watch', 'survey.read'])
    expect(driven?.envelope.snapshot.value).toBe('done')
    expect([0, 1].map(world.heldBy)).toEqual([VVV, VVV])
  })

  it('finishes the transactions of an earlier one, and does not count them as its own', async () => {
    const straight = await liveTreasury(treasuryWorld(), { request: sponsorRequest(2) })
    for (let crashAt = 1; crashAt <= straight.points; crashAt += 1) {
      const world = treasuryWorld()
      const { disk } = await liveTreasury(world, { crashAt, request: sponsorRequest(2) })
      // The second agent of the first request, and two others.
      const agents = [1, 5, 6].map((index) => ({ address: agentAt(index), amount: VVV.toString() }))
      const request = { ...sponsorRequest(0), runId: 'sponsoring-2', agents }
      const budget = { maxVvv: 3n * VVV }
      const { driven } = await liveTreasury(world, { disk, request, settings: { budget } })
      expect({ crashAt, end: driven?.envelope.snapshot.value }).toEqual({ crashAt, end: 'done' })
      expect([1, 5, 6].map(world.heldBy)).toEqual([VVV, VVV, VVV])
      expect(world.heldBy(0)).toBeLessThanOrEqual(VVV)
    }
  })
})

describe('a node with stale state', () => {
  it('that does not show a mined stake is not planned from', async () => {
    const { ports } = treasuryWorld()
    const beneficiary = agentAt(0)
    const unproven = [attempt('sponsor', 7, { beneficiary, status: 'mined', expected: VVV.toString() })]
    const look = { treasury: ADDRESS, agents: sponsorRequest(1).agents, unproven, nextNonce: 0, isFirst: false }
    const io = { signal: new AbortController().signal, report: () => {} }
    await expect(createSponsorEffects(ports).readTreasury(look, io)).rejects.toMatchObject({ recovery: 'retry' })
    const shown = treasuryWorld({ held: { 0: VVV } })
    expect(await createSponsorEffects(shown.ports).readTreasury(look, io)).toMatchObject({ short: 0 })
  })

  const both = [1, 0].map((index) => ({ address: agentAt(index), amount: VVV.toString() }))
  const second = { ...sponsorRequest(0), runId: 'sponsoring-2', agents: both }

  it('is not trusted by another request, which would stake again for an agent of the first', async () => {
    const world = treasuryWorld({ laggingFrom: 2, lagging: 2 })
    const first = await liveTreasury(world, { request: sponsorRequest(1) })
    const { driven, path } = await liveTreasury(world, { disk: first.disk, request: second })
    expect(driven?.envelope.snapshot.value).toBe('done')
    expect(path).toContain('survey.wait')
    expect([0, 1].map(world.heldBy)).toEqual([VVV, VVV])
  })

  it('leads to no second stake although the record of the first request is gone', async () => {
    const world = treasuryWorld({ laggingFrom: 2, lagging: 1 })
    await liveTreasury(world, { request: sponsorRequest(1) })
    const { driven } = await liveTreasury(world, { request: second })
    expect(driven?.envelope.snapshot.value).toBe('done')
    expect([0, 1].map(world.heldBy)).toEqual([VVV, VVV])
  })
})

it('a reverted stake is reported, and repeated by the next call, for exactly the missing amount', async () => {
  const world = treasuryWorld({ reverting: [2] })
  const request = sponsorRequest(3)
  const first = await liveTreasury(world, { request })
  expect(first.driven?.envelope.snapshot.value).toBe('failed')
  expect(first.driven?.envelope.snapshot.context.failure?.code).toBe('chain/transaction-reverted')
  expect([0, 1, 2].map(world.heldBy)).toEqual([VVV, 0n, VVV])
  const { driven } = await liveTreasury(world, {
    disk: first.disk,
    request,
    settings: { budget: { maxVvv: 3n * VVV } },
  })
  expect(driven?.envelope.snapshot.value).toBe('done')
  expect([0, 1, 2].map(world.heldBy)).toEqual([VVV, VVV, VVV])
})
