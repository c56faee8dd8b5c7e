import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Place, useTestSandbox } from '../library/lab.ts'
import { type Connected, type ConnectOptions, connect, type Era } from './mcp-client.ts'

const lab = useTestSandbox()
const ERAS: readonly Era[] = [2025, 2026]
const MINT = 'POST /api_keys/generate_web3_key'

const CAPS = ['--max-vvv', '5', '--max-gas-eth', '0.01']
/** The budget alone approves. */
const TRUSTED = { words: [...CAPS, '--yes'] }
const YES = { action: 'accept' } as const

const connectTo = ({ folder, wallet, options }: Place, more: Partial<ConnectOptions> = {}) =>
  connect({
    cwd: folder,
    env: { WALLET_PRIVATE_KEY: wallet.privateKey },
    ...more,
    words: [
      ...['--network', 'base', '--rpc-url', options.network.rpcUrl, '--api-url', options.network.apiUrl],
      ...(more.words ?? []),
    ],
  })

describe.each(ERAS)('a %i client', (era) => {
  test('without elicitation gets a key for a wallet with a digest from the host', async () => {
    const place = await lab.begin()
    const first = await connectTo(place, { era, words: CAPS })
    const { tools } = await first.client.listTools()
    expect(tools.find(({ name }) => name === 'venice_start')).toMatchObject({
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
      inputSchema: { type: 'object' },
      outputSchema: { type: 'object' },
    })
    const { data: plan } = await first.call('venice_plan')
    const { planDigest, summary: planSummary } = plan ?? {}
    for (const args of [{}, { planDigest }, { planDigest, planSummary }]) {
      const refused = await first.call('venice_start', args)
      expect(refused).toMatchObject({
        ok: false,
        failure: { code: 'policy/approval-needed' },
        nextAction: { tool: null },
      })
      expect(refused.failure?.hint).toContain(String(planDigest))
    }
    await first.close()
    const agent = await connectTo(place, { era, words: [...CAPS, '--plan-digest', String(planDigest)] })
    const begun = await agent.call('venice_start', { planDigest })
    expect(begun).toMatchObject({ ok: true, data: { runId: expect.any(String) } })
    expect(await agent.settle()).toMatchObject({ data: { outcome: 'unfunded', runId: begun.data?.runId } })
    const [key] = lab.sandbox.keys(place.wallet.address)
    expect(readFileSync(join(place.folder, '.env'), 'utf8')).toContain(key?.apiKey)
    await agent.close()
    expect(agent.stderr()).toBe('Serving MCP on stdin and stdout.\n')
  })

  test('with elicitation starts the plan that the person saw', async () => {
    const place = await lab.begin()
    const asked: string[] = []
    const agent = await connectTo(place, {
      era,
      words: CAPS,
      answer(message) {
        asked.push(message)
        return YES
      },
    })
    expect(await agent.call('venice_start', { stake: '2' })).toMatchObject({ ok: true })
    expect(await agent.settle()).toMatchObject({ data: { outcome: 'unfunded', spent: { vvv: '2' } } })
    expect(asked).toEqual([expect.stringMatching(/^Stakes 2 VVV of 0x.*Sign and send\?$/)])
    expect(await agent.call('venice_start')).toMatchObject({ ok: true })
    expect(asked).toHaveLength(1)
  })

  test.each([{}, undefined, { confirm: true }, { confirm: 'true' }, { other: 'x' }])(
    'whose person accepts with the content %j approves',
    async (content) => {
      const place = await lab.begin()
      const agent = await connectTo(place, {
        era,
        words: CAPS,
        answer: () => ({ ...YES, ...(content && { content }) }),
      })
      expect(await agent.call('venice_start')).toMatchObject({ ok: true })
    },
  )

  test.each([
    { action: 'decline' } as const,
    { action: 'cancel' } as const,
    { ...YES, content: { confirm: false } },
    { ...YES, content: { confirm: 'false' } },
  ])('whose person declines (%j) starts nothing, with or without a digest', async (said) => {
    const place = await lab.begin()
    const agent = await connectTo(place, { era, words: CAPS, answer: () => said })
    const { data } = await agent.call('venice_plan')
    const answers = [
      await agent.call('venice_start'),
      await agent.call('venice_start', { planDigest: data?.planDigest }),
      await agent.call('venice_keys_revoke', { key: 'abcdef', confirm: true }),
    ]
    expect(answers.map(({ failure }) => failure?.code)).toEqual(Array(3).fill('policy/declined'))
    expect(answers[0]?.failure?.hint).toContain(String(data?.planDigest))
    expect((await lab.sandbox.holdings(place.wallet.address)).transactions).toBe(0)
  })

  test('with failing elicitation gets a hint for its host', async () => {
    const place = await lab.begin()
    const agent = await connectTo(place, { era, words: CAPS, isBoasting: true })
    // A 2026 client fails on its own side first, and the server sees no answer.
    const first = await agent.call('venice_start').catch(() => null)
    const { failure } = first ?? (await agent.call('venice_start'))
    expect(failure).toMatchObject({ code: 'policy/approval-needed', hint: expect.stringContaining('the host') })
    expect((await lab.sandbox.holdings(place.wallet.address)).transactions).toBe(0)
  })

  test('gets progress only when it asks for it', async () => {
    const place = await lab.begin()
    const messages: unknown[] = []
    const agent = await connectTo(place, { ...TRUSTED, era, onMessage: (message) => void messages.push(message) })
    const { data } = await agent.call('venice_plan')
    await agent.call('venice_start', { planDigest: data?.planDigest })
    const told: (string | undefined)[] = []
    while (told.length === 0) {
      const onprogress = ({ message }: { message?: string | undefined }) => void told.push(message)
      const status = await agent.call('venice_status', { waitSeconds: 20 }, { onprogress })
      expect(status.data?.phase).toBe('running')
    }
    expect(told[0]).toMatch(/^(now in|waits for) /)
    const before = JSON.stringify(messages).split('notifications/progress').length
    await agent.settle()
    expect(JSON.stringify(messages).split('notifications/progress').length).toBe(before)
  })
})

test('a server killed in the middle leaves a run that another server resumes', async () => {
  const place = await lab.begin()
  const first = await connectTo(place, TRUSTED)
  lab.sandbox.fault({ on: MINT, effect: { kind: 'delay', ms: 3_000 } })
  const { data } = await first.call('venice_plan')
  const planDigest = data?.planDigest
  const begun = await first.call('venice_start', { planDigest })
  for (let sinceRevision = begun.data?.revision; ; ) {
    // Whatever happened between two calls is a change, too: the mint lasts three seconds, and is not to be missed.
    const { data: status } = await first.call('venice_status', { waitSeconds: 20, sinceRevision })
    if (/^fetchToken|^sign|^mint/.test(String(status?.state))) break
    sinceRevision = status?.revision
  }
  process.kill(first.pid, 'SIGKILL')
  await first.close()
  lab.sandbox.clearFaults()
  const second = await connectTo(place, { ...TRUSTED, era: 2025 })
  const found = await second.call('venice_status', { runId: begun.data?.runId })
  expect(found).toMatchObject({ data: { phase: 'idle', outcome: 'paused' }, nextAction: { tool: 'venice_resume' } })
  await second.call('venice_resume')
  expect(await second.settle()).toMatchObject({ data: { outcome: 'unfunded', runId: begun.data?.runId } })
  expect((await lab.sandbox.holdings(place.wallet.address)).transactions).toBe(2)
})

test('a client that disconnects pauses the run, and the server exits', async () => {
  const place = await lab.begin()
  lab.sandbox.fault({ on: MINT, effect: { kind: 'reply', status: 503, body: {} }, times: 99 })
  const first = await connectTo(place, TRUSTED)
  const { data } = await first.call('venice_plan')
  await first.call('venice_start', { planDigest: data?.planDigest })
  await first.close()
  lab.sandbox.clearFaults()
  const second = await connectTo(place, TRUSTED)
  expect(await second.call('venice_status')).toMatchObject({ data: { phase: 'idle', outcome: 'paused' } })
})

describe('a client that takes tasks', () => {
  const start = async (agent: Connected) => {
    const { data } = await agent.call('venice_plan')
    return agent.send('tools/call', { name: 'venice_start', arguments: { planDigest: data?.planDigest } })
  }

  test('gets one for a run that has begun, and the end of the run for it', async () => {
    const agent = await connectTo(await lab.begin(), TRUSTED)
    expect(agent.client.getServerCapabilities()).toMatchObject({ extensions: { 'io.modelcontextprotocol/tasks': {} } })
    const { result } = await start(agent)
    expect(result).toMatchObject({
      resultType: 'task',
      status: 'working',
      ttlMs: null,
      structuredContent: { ok: true },
    })
    await agent.settle()
    const ended = await agent.send('tasks/get', { taskId: result?.taskId })
    expect(ended.result).toMatchObject({
      taskId: result?.taskId,
      createdAt: result?.createdAt,
      status: 'completed',
      result: { resultType: 'complete', isError: false, structuredContent: { data: { outcome: 'unfunded' } } },
    })
    const again = await start(agent)
    expect(again.result).toMatchObject({ resultType: 'complete', structuredContent: { data: { phase: 'idle' } } })
  })

  test('pauses the run by cancelling it, and another server knows the task', async () => {
    const place = await lab.begin()
    const agent = await connectTo(place, TRUSTED)
    lab.sandbox.fault({ on: MINT, effect: { kind: 'reply', status: 503, body: {} }, times: 99 })
    const { taskId } = (await start(agent)).result ?? {}
    expect(await agent.send('tasks/get', { taskId })).toMatchObject({ result: { status: 'working' } })
    expect(await agent.send('tasks/update', { taskId, inputResponses: {} })).not.toHaveProperty('error')
    expect(await agent.send('tasks/cancel', { taskId })).not.toHaveProperty('error')
    lab.sandbox.clearFaults()
    expect(await agent.send('tasks/get', { taskId })).toMatchObject({ result: { taskId, status: 'cancelled' } })
    for (const unknown of ['', '1-', `${taskId}0`, 'constructor'])
      expect(await agent.send('tasks/get', { taskId: unknown })).toMatchObject({ error: { code: -32602 } })
    await agent.close()
    const second = await connectTo(place, TRUSTED)
    expect(await second.send('tasks/get', { taskId })).toMatchObject({
      result: { status: 'completed', result: { structuredContent: { data: { outcome: 'paused' } } } },
    })
  })
})

test('a cancelled call starts nothing that continues', async () => {
  const place = await lab.begin()
  const agent = await connectTo(place, TRUSTED)
  const { data } = await agent.call('venice_plan')
  lab.sandbox.fault({ on: 'eth_chainId', effect: { kind: 'delay', ms: 1_000 } })
  lab.sandbox.fault({ on: 'eth_getCode', effect: { kind: 'delay', ms: 1_000 } })
  const controller = new AbortController()
  const call = agent.call('venice_start', { planDigest: data?.planDigest }, { signal: controller.signal })
  controller.abort()
  await expect(call).rejects.toThrow()
  lab.sandbox.clearFaults()
  const ended = await agent.settle()
  expect(ended.data?.outcome ?? ended.failure?.code).toMatch(/^(paused|run\/none)$/)
})

test('the operator’s budget applies, whatever the model requests', async () => {
  const place = await lab.begin()
  const agent = await connectTo(place, { words: ['--max-vvv', '1', '--max-gas-eth', '0.01', '--yes'] })
  const { data } = await agent.call('venice_plan', { stake: '3' })
  expect(data).toMatchObject({ caps: { maxVvv: '1' } })
  const refused = await agent.call('venice_start', { stake: '3', planDigest: data?.planDigest })
  expect(refused).toMatchObject({ failure: { code: 'policy/budget-exceeded' } })
  expect((await lab.sandbox.holdings(place.wallet.address)).transactions).toBe(0)
})

test('a wallet that cannot be opened is reported by every call, and can be repaired', async () => {
  const place = await lab.begin()
  const agent = await connectTo(place, { env: {} })
  expect(await agent.call('venice_plan')).toMatchObject({ ok: false, failure: { code: 'signer/no-key' } })
  expect((await agent.client.listTools()).tools).toHaveLength(10)
})

test('without the operator’s caps nothing starts that spends', async () => {
  const place = await lab.begin()
  const agent = await connectTo(place, { words: ['--yes'] })
  expect(await agent.call('venice_start')).toMatchObject({
    failure: { code: 'policy/budget-needed', hint: expect.stringContaining("maxVvv: '…', maxGasEth: '…'") },
    nextAction: { tool: null },
  })
  expect((await lab.sandbox.holdings(place.wallet.address)).transactions).toBe(0)
})
