import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { onboard } from '../../src/index.ts'
import { CAPS, useAgents } from './lab.ts'

const lab = useAgents()

const MINT = 'POST /api_keys/generate_web3_key'
const codeOf = ({ failure }: { failure: { code: string } | null }) => failure?.code

describe('the list of tools', () => {
  test('has names, descriptions and schemas that every host accepts', async () => {
    const { tools } = await lab.begin()
    expect(tools.map(({ name, annotations }) => [name, annotations.readOnly, annotations.destructive])).toEqual([
      ['venice_plan', true, false],
      ['venice_start', false, true],
      ['venice_status', true, false],
      ['venice_resume', false, true],
      ['venice_doctor', true, false],
      ['venice_fund_options', true, false],
      ['venice_fund', false, true],
      ['venice_keys_list', false, false],
      ['venice_keys_rotate', false, true],
      ['venice_keys_revoke', false, true],
    ])
    for (const { name, inputSchema, outputSchema, description } of tools) {
      expect(name).toMatch(/^[a-z_]{1,64}$/)
      expect(description.length).toBeGreaterThan(40)
      for (const schema of [inputSchema, outputSchema]) {
        expect(schema.toJSONSchema({ io: 'input' })).toMatchObject({ type: 'object' })
      }
    }
  })

  test('lets a model choose neither wallet, endpoint, budget nor key sink', async () => {
    const { tools } = await lab.begin()
    const names = tools.flatMap(({ inputSchema }) => Object.keys(inputSchema.shape))
    expect(names.filter((name) => /wallet|address|url|sink|save|path|file|dir|max|private(?!cy)/i.test(name))).toEqual(
      [],
    )
  })
})

describe('plan, start and status', () => {
  test('get a key for a wallet in short calls', async () => {
    const agent = await lab.begin({ budget: { ...CAPS, maxVvv: '2' } })
    const plan = await agent.call('venice_plan', { stake: '1.5', keyType: 'ADMIN' })
    expect(plan).toMatchObject({
      ok: true,
      data: { stakeVvv: '1.5', keyType: 'ADMIN', caps: { maxVvv: '2', maxGasEth: '0.01' } },
      nextAction: { tool: 'venice_start' },
    })
    const begun = await agent.call('venice_start', {
      stake: '1.5',
      keyType: 'ADMIN',
      planDigest: plan.data?.planDigest,
    })
    expect(begun).toMatchObject({ ok: true, data: { runId: expect.any(String), address: agent.wallet.address } })
    const words: string[] = []
    await agent.call('venice_status', { waitSeconds: 20 }, { onProgress: (message) => void words.push(message) })
    const ended = await agent.settle()
    expect(ended).toMatchObject({
      ok: true,
      data: { runId: begun.data?.runId, phase: 'idle', outcome: 'unfunded', spent: { vvv: '1.5' } },
      nextAction: { tool: 'venice_fund_options' },
    })
    expect(words.length).toBeGreaterThan(0)
    const [key] = lab.sandbox.keys(agent.wallet.address)
    expect(key?.type).toBe('ADMIN')
    expect(readFileSync(join(agent.folder, '.env'), 'utf8')).toContain(key?.apiKey)
    expect(JSON.stringify(ended)).not.toContain(key?.apiKey)
  })

  test('start only the plan that was shown', async () => {
    const agent = await lab.begin()
    const { data } = await agent.call('venice_plan', { stake: '1' })
    const refused = [
      await agent.call('venice_start', { stake: '2', planDigest: data?.planDigest }),
      await agent.call('venice_start', { stake: '1', keyType: 'ADMIN', planDigest: data?.planDigest }),
      await agent.call('venice_start', { stake: '1', planSummary: 'Stakes nothing.' }),
    ]
    expect(refused.map(codeOf)).toEqual(Array(3).fill('policy/plan-changed'))
    expect(refused.map(({ nextAction }) => nextAction?.tool)).toEqual(Array(3).fill('venice_plan'))
    expect((await lab.sandbox.holdings(agent.wallet.address)).transactions).toBe(0)
    expect(codeOf(await agent.call('venice_status'))).toBe('run/none')
  })

  test('stop at the operator’s budget', async () => {
    const agent = await lab.begin({ budget: { ...CAPS, maxVvv: '1' } })
    expect(codeOf(await agent.start({ stake: '3' }))).toBe('policy/budget-exceeded')
    // What was refused is not what the next run is asked for.
    expect(codeOf(await agent.call('venice_status'))).toBe('run/none')
    expect((await lab.sandbox.holdings(agent.wallet.address)).transactions).toBe(0)
  })

  test('start one run, however often they are called', async () => {
    const agent = await lab.begin()
    const { data } = await agent.call('venice_plan')
    const planDigest = data?.planDigest
    const first = await agent.call('venice_start', { planDigest })
    const second = await agent.call('venice_start', { planDigest })
    expect(second.data?.runId).toBe(first.data?.runId)
    await agent.settle()
    const third = await agent.call('venice_start', {})
    expect(third.data).toMatchObject({ runId: first.data?.runId, outcome: 'unfunded' })
    expect(lab.sandbox.keys(agent.wallet.address)).toHaveLength(1)
    expect(codeOf(await agent.call('venice_start', { stake: '4', planDigest }))).toBe('run/request-changed')
  })

  test('wait no longer than requested, and report the run by its id', async () => {
    const agent = await lab.begin()
    lab.sandbox.fault({ on: MINT, effect: { kind: 'delay', ms: 1_500 } })
    const { data } = await agent.start()
    const { revision, runId } = (await agent.call('venice_status', { runId: data?.runId })).data ?? {}
    const later = await agent.call('venice_status', { runId, sinceRevision: Number(revision) - 1, waitSeconds: 20 })
    expect(later.data?.phase).toBe('running')
    expect(codeOf(await agent.call('venice_status', { runId: 'another' }))).toBe('run/none')
    await agent.settle()
  })

  test('wait for the end of a run that they start or resume, where a host calls once', async () => {
    const agent = await lab.begin()
    const { planDigest } = (await agent.call('venice_plan')).data ?? {}
    const words: string[] = []
    const onProgress = (message: string) => void words.push(message)
    const begun = await agent.call('venice_start', { planDigest, waitSeconds: 20 }, { onProgress })
    expect(begun).toMatchObject({ ok: true, data: { phase: 'idle', outcome: 'unfunded' } })
    expect(words).toContain('now in mint.post')
    const resumed = await agent.call('venice_resume', { waitSeconds: 20 })
    expect(resumed).toMatchObject({ ok: true, data: { phase: 'idle', outcome: 'unfunded' } })
    expect(lab.sandbox.keys(agent.wallet.address)).toHaveLength(1)
  })

  test('reject arguments outside their schema, and do not quote them', async () => {
    const agent = await lab.begin()
    const answers = [
      await agent.call('venice_plan', { stake: 'canary' }),
      await agent.call('venice_start', { planDigest: 'canary' }),
      await agent.call('venice_status', { waitSeconds: 60 }),
    ]
    expect(answers.map(codeOf)).toEqual(Array(3).fill('cli/usage'))
    expect(JSON.stringify(answers)).not.toContain('canary')
  })
})

describe('resume', () => {
  test('continues what another process has begun', async () => {
    const first = await lab.begin()
    lab.sandbox.fault({ on: MINT, effect: { kind: 'reply', status: 503, body: {} }, times: 50 })
    await first.start()
    await first.close()
    lab.sandbox.clearFaults()
    const second = lab.again(first)
    const found = await second.call('venice_status')
    expect(found).toMatchObject({ data: { phase: 'idle', outcome: 'paused' }, nextAction: { tool: 'venice_resume' } })
    const { planDigest } = (await second.call('venice_plan')).data ?? {}
    await second.call('venice_resume', { planDigest })
    expect(await second.settle()).toMatchObject({ data: { outcome: 'unfunded', runId: found.data?.runId } })
    expect((await lab.sandbox.holdings(first.wallet.address)).transactions).toBe(2)
  })

  test('asks before it signs a payment', async () => {
    const first = await lab.begin({}, { vvv: '0' })
    await first.start()
    expect(await first.settle()).toMatchObject({ data: { failure: { code: 'wallet/insufficient-vvv' } } })
    await lab.sandbox.fund(first.wallet.address, { vvv: '1' })
    const second = lab.again(first, { confirm: () => false })
    expect(codeOf(await second.call('venice_resume'))).toBe('policy/declined')
    expect((await lab.sandbox.holdings(first.wallet.address)).transactions).toBe(0)
    expect(codeOf(await second.call('venice_resume', { planDigest: 'ab'.repeat(32) }))).toBe('policy/plan-changed')
    await first.call('venice_resume')
    expect(await first.settle()).toMatchObject({ data: { outcome: 'unfunded' } })
  })

  test('reports once that another process holds the wallet', async () => {
    const first = await lab.begin()
    lab.sandbox.fault({ on: MINT, effect: { kind: 'delay', ms: 1_000 } })
    await first.start()
    const second = lab.again(first)
    expect(await second.call('venice_status')).toMatchObject({ data: { phase: 'elsewhere' } })
    expect(codeOf(await second.call('venice_resume'))).toBe('store/locked')
    await first.settle()
    expect(await second.call('venice_status')).toMatchObject({ data: { phase: 'idle', outcome: 'unfunded' } })
  })

  test('finds nothing to resume when there is no run', async () => {
    const agent = await lab.begin()
    expect(await agent.call('venice_resume')).toMatchObject({
      ok: false,
      failure: { code: 'run/none' },
      nextAction: { tool: 'venice_plan' },
    })
  })
})

describe('a question without an answer', () => {
  test('times out, stays open, and passes its answer to the next call', async () => {
    const asked: string[] = []
    let answer = (_: boolean): void => {}
    const agent = await lab.begin({
      questionTimeoutMs: 5,
      confirm: ({ message }) => {
        asked.push(message)
        return new Promise<boolean>((resolve) => {
          answer = resolve
        })
      },
    })
    const first = await agent.call('venice_start')
    expect(first).toMatchObject({ failure: { code: 'policy/not-answered', recoverable: true } })
    expect(codeOf(await agent.call('venice_start'))).toBe('policy/not-answered')
    answer(true)
    expect(await agent.call('venice_start')).toMatchObject({ ok: true })
    expect(asked).toHaveLength(1)
    expect(await agent.settle()).toMatchObject({ data: { outcome: 'unfunded' } })
  })
})

describe('a cancelled call', () => {
  test('starts nothing, even while the person is being asked', async () => {
    const controller = new AbortController()
    const asked: boolean[] = []
    const agent = await lab.begin({
      confirm: (_, { signal }) => {
        controller.abort()
        asked.push(signal.aborted)
        return true
      },
    })
    const answer = await agent.call('venice_start', {}, { signal: controller.signal })
    expect([codeOf(answer), asked]).toEqual(['policy/not-answered', [true]])
    expect(codeOf(await agent.settle())).toBe('run/none')
  })

  test('of status does not affect the run', async () => {
    const agent = await lab.begin()
    await agent.start()
    await agent.call('venice_status', { waitSeconds: 20 }, { signal: AbortSignal.abort() })
    expect(await agent.settle()).toMatchObject({ data: { outcome: 'unfunded' } })
  })
})

describe('doctor and funding options', () => {
  test('show what is wrong, how to fix it, and what it costs', async () => {
    const agent = await lab.begin({}, { eth: '0' })
    const { data } = await agent.call('venice_doctor')
    expect(data).toMatchObject({ healthy: false })
    expect(data?.checks).toContainEqual(
      expect.objectContaining({ name: 'ETH', status: 'fail', fix: expect.stringContaining(agent.wallet.address) }),
    )
    const ways = (await agent.call('venice_fund_options')).data?.options
    expect(ways).toContainEqual(expect.objectContaining({ id: 'x402', funds: 'wallet', available: false }))
  })
})

describe('the keys of the account', () => {
  test('are listed, rotated and revoked, with approval before a deletion', async () => {
    const agent = await lab.begin()
    await onboard({ ...agent.options, signer: agent.wallet.privateKey })
    const [old] = lab.sandbox.keys(agent.wallet.address)
    expect(codeOf(await agent.call('venice_keys_list'))).toBe('keys/admin-key-needed')
    const listed = await agent.call('venice_keys_list', { withAdminKey: true })
    expect(listed.data?.keys).toMatchObject([{ id: old?.id, is: 'current' }])
    await agent.call('venice_keys_rotate', { withAdminKey: true, confirm: true })
    await agent.settle()
    const [fresh, ...others] = lab.sandbox.keys(agent.wallet.address)
    expect(others).toEqual([])
    expect(fresh?.id).not.toBe(old?.id)
    expect(readFileSync(join(agent.folder, '.env'), 'utf8')).toContain(fresh?.apiKey)
    const revoke = { key: fresh?.id, withAdminKey: true, confirm: true }
    expect(codeOf(await agent.call('venice_keys_revoke', revoke))).toBe('keys/own-key')
    expect(await agent.call('venice_keys_revoke', { ...revoke, force: true })).toMatchObject({
      data: { status: 'deleted', key: { id: fresh?.id } },
    })
    expect(lab.sandbox.keys(agent.wallet.address)).toEqual([])
  })
})
