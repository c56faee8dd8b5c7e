import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sponsorDirectory } from '../../src/adapters/stores/file-run-store.ts'
import type { Beneficiary } from '../../src/domain/sponsoring.ts'
import { runOnboarding } from '../../src/operations/run-onboarding.ts'
import { MOST_AGENTS, type SponsorOptions, sponsor } from '../../src/sponsoring/sponsor.ts'
import { ADDRESS, VVV } from '../support/samples.ts'
import { agentAt, sponsorRequest, type TreasuryOptions, treasuryWorld } from '../support/sponsor-world.ts'
import { fakeWorld } from '../support/world.ts'

/** This process's own chain id, so that its locks do not conflict with others. */
const chainId = 3_000_000 + process.pid

function setUp(options: TreasuryOptions = {}) {
  const stateDir = mkdtempSync(join(tmpdir(), 'venice-onboard-test-'))
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }))
  const world = treasuryWorld(options)
  const run = (agents: readonly Beneficiary[], changes: Partial<SponsorOptions> = {}) =>
    sponsor({ ports: world.ports, chainId, stateDir, agents, ...changes })
  return { world, run, stateDir, directory: sponsorDirectory({ stateDir, chainId, address: ADDRESS }) }
}
const { agents } = sponsorRequest(3)

describe('a treasury stored in files', () => {
  it('reports the outcome of each agent', async () => {
    const { run } = setUp({ held: { 1: VVV } })
    const result = await run(agents)
    expect(result).toMatchObject({ outcome: 'done', wasFinished: false, spent: { vvv: (2n * VVV).toString() } })
    expect(result.agents.map(({ status, hash }) => [status, hash !== null])).toEqual([
      ['staked', true],
      ['staked', false],
      ['staked', true],
    ])
  })

  it('that is finished answers without a request, for agents in any order', async () => {
    const { run, world } = setUp()
    const first = await run(agents)
    const { signatures } = world
    expect(await run([...agents].reverse())).toEqual({ ...first, wasFinished: true })
    expect(world.signatures).toBe(signatures)
  })

  it('reads the same agents again on request, and stakes nothing for those that have enough', async () => {
    const { run, world } = setUp()
    await run(agents)
    expect(await run(agents, { again: true })).toMatchObject({ outcome: 'done', wasFinished: false, transactions: [] })
    expect(world.mined).toHaveLength(4)
  })

  it('stakes only the difference to a larger amount', async () => {
    const { run, world } = setUp()
    await run(agents)
    const more = agents.map(({ address }) => ({ address, amount: (3n * VVV).toString() }))
    expect(await run(more)).toMatchObject({ outcome: 'done', spent: { vvv: (6n * VVV).toString() } })
    expect(world.heldBy(0)).toBe(3n * VVV)
  })

  it('that is paused resumes where it was', async () => {
    const { run, world } = setUp()
    const pause = new AbortController()
    const paused = await run(agents, {
      signal: pause.signal,
      onEvent: (event) => {
        if (event.type === 'transition' && event.to === 'awaitConfirmation.watch') pause.abort(new Error('SIGINT'))
      },
    })
    expect(paused.outcome).toBe('paused')
    expect(paused.agents.map(({ status }) => status)).toEqual(['open', 'open', 'open'])
    expect(await run(agents)).toMatchObject({ outcome: 'done' })
    expect(world.sent).toHaveLength(4)
  })

  it('with stakes in flight keeps the wallet’s own run from its nonces', async () => {
    const { run, stateDir } = setUp()
    const pause = new AbortController()
    await run(agents, { signal: pause.signal, onEvent: ({ type }) => type === 'transition' && pause.abort() })
    // Nothing is signed yet: the wallet is free.
    const own = () => runOnboarding({ ports: fakeWorld().ports, chainId, stateDir })
    const later = new AbortController()
    await run(agents, {
      signal: later.signal,
      onEvent: (event) => {
        if (event.type === 'transition' && event.to === 'broadcast.send') later.abort()
      },
    })
    await expect(own()).rejects.toMatchObject({ code: 'sponsor/treasury-in-use', exit: 'waiting' })
    await run(agents)
    expect(await own()).toMatchObject({ outcome: 'funded' })
  })

  it('does nothing while the wallet’s own run has transactions in flight', async () => {
    const { run, stateDir, world } = setUp()
    const pause = new AbortController()
    await runOnboarding({
      ports: fakeWorld().ports,
      chainId,
      stateDir,
      signal: pause.signal,
      onEvent: (event) => {
        if (event.type === 'transition' && event.to === 'approve.broadcast') pause.abort()
      },
    })
    await expect(run(agents)).rejects.toMatchObject({ code: 'sponsor/treasury-in-use' })
    expect(world.signatures).toBe(0)
  })

  it('keeps hundreds of agents in a small record', async () => {
    const { run, directory } = setUp()
    const many = sponsorRequest(300).agents
    expect(await run(many)).toMatchObject({ outcome: 'done' })
    const bytes = readFileSync(join(directory, 'run.json')).length
    expect((bytes / 300) * MOST_AGENTS).toBeLessThan(4 * 1024 * 1024)
  })
})

describe('agents that cannot be staked for', () => {
  const one = { address: agentAt(0), amount: VVV.toString() }
  it.each<[string, readonly Beneficiary[], string]>([
    ['an empty list', [], 'sponsor/agents-not-usable'],
    [
      'the same agent twice',
      [one, { ...one, address: agentAt(0).toUpperCase().replace('0X', '0x') as `0x${string}` }],
      'sponsor/agents-not-usable',
    ],
    ['one with an amount of zero', [{ ...one, amount: '0' }], 'sponsor/agents-not-usable'],
    ['one with an invalid amount', [{ ...one, amount: '1.5' }], 'sponsor/agents-not-usable'],
    ['more than fit in a record', sponsorRequest(MOST_AGENTS + 1).agents, 'sponsor/agents-not-usable'],
    ['the treasury itself', [{ ...one, address: ADDRESS }], 'sponsor/is-agent'],
  ])('are rejected before anything is read: %s', async (_, given, code) => {
    const { run, world } = setUp()
    await expect(run(given)).rejects.toMatchObject({ code, exit: 'usage' })
    expect(world.signatures).toBe(0)
  })
})
