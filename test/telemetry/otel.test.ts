import { join } from 'node:path'
import { context, SpanStatusCode, trace } from '@opentelemetry/api'
import { describe, expect, test } from 'vitest'
import { createRun, onboard } from '../../src/index.ts'
import { fileSpanContexts, openTelemetry } from '../../src/otel.ts'
import { useTestSandbox } from '../library/lab.ts'
import { filesUnder } from '../support/leaks.ts'
import { MINT } from '../support/sandbox.ts'
import { AsyncLocalStorageContextManager, useSdk } from './sdk.ts'

const lab = useTestSandbox()

/** A wallet, and an observer of its runs; `observer` makes another one over the same files, as in another process. */
async function begin() {
  const { wallet, folder, options } = await lab.begin()
  const sdk = useSdk()
  const { tracerProvider, meterProvider } = sdk
  const contexts = fileSpanContexts(join(folder, 'runs'))
  const observer = () => openTelemetry({ tracerProvider, meterProvider, contexts })
  return { sdk, folder, observer, options: { ...options, signer: wallet.privateKey } }
}

const effectsIn = (spans: readonly { attributes: object }[]) =>
  spans.map(({ attributes }) => (attributes as Record<string, unknown>)['venice_onboard.effect'])

describe('the trace of a run', () => {
  test('is one span with a child for each effect, with its times', async () => {
    const { sdk, observer, options } = await begin()
    const { runId } = await onboard({ ...options, onEvent: observer() })
    const [pass, ...others] = sdk.passes()
    if (pass === undefined) throw new Error('There is no span of the run.')
    expect(others).toEqual([])
    expect(pass.attributes).toEqual({
      'venice_onboard.run.id': runId,
      'venice_onboard.pass': 1,
      'venice_onboard.state': 'unfunded',
      'venice_onboard.outcome': 'unfunded',
    })
    expect([pass.parentSpanContext, pass.links, pass.status]).toEqual([undefined, [], { code: SpanStatusCode.UNSET }])
    const children = sdk.childrenOf(pass)
    expect(children).toHaveLength(sdk.spans().length - 1)
    expect(effectsIn(children)).toEqual([
      'readWalletState',
      'signTransactions',
      'broadcast',
      'broadcast',
      'watchTransactions',
      'fetchChallenge',
      'signChallenge',
      'openSink',
      'mintKey',
      'checkFunding',
    ])
    const times = children.flatMap(({ startTime, endTime }) => [startTime, endTime].map(([s, ns]) => s + ns / 1e9))
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(children.at(0)?.attributes).toEqual({
      'venice_onboard.effect': 'readWalletState',
      'venice_onboard.state': 'checkBalance.read',
      'venice_onboard.next_state': 'approve.prepare',
      'venice_onboard.revision': 2,
      'venice_onboard.outcome': 'done',
    })
  })

  test('is under the span that is active when the run starts', async () => {
    const { sdk, observer, options } = await begin()
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    try {
      const own = sdk.tracerProvider.getTracer('agent').startSpan('work')
      await context.with(trace.setSpan(context.active(), own), () => onboard({ ...options, onEvent: observer() }))
      own.end()
      expect(sdk.passes().map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual([own.spanContext().spanId])
    } finally {
      context.disable()
    }
  })

  test('shows what failed, and how often it was tried', async () => {
    const { sdk, observer, options } = await begin()
    lab.sandbox.fault({ on: 'GET /api_keys/generate_web3_key', effect: { kind: 'reply', status: 503, body: {} } })
    await onboard({ ...options, onEvent: observer() })
    // A challenge is fetched before any transaction is signed, together with the first read of the wallet.
    const tries = sdk.spans().filter(({ name }) => name === 'venice_onboard.readWalletState')
    expect(tries.map(({ status, attributes }) => [status.code, attributes['error.type']])).toEqual([
      [SpanStatusCode.ERROR, 'venice/unavailable'],
      [SpanStatusCode.UNSET, undefined],
    ])
    expect(tries.map(({ attributes }) => attributes['venice_onboard.counters.retries'])).toEqual([undefined, 1])
    expect(sdk.passes().at(0)?.status.code).toBe(SpanStatusCode.UNSET)
  })
})

describe('the span of a pass links to the previous one', () => {
  test('when another process resumes a paused run', async () => {
    const { sdk, observer, options, folder } = await begin()
    const pause = new AbortController()
    const observe = observer()
    const paused = await onboard({
      ...options,
      signal: pause.signal,
      onEvent(event) {
        observe(event)
        if (event.type === 'transition' && event.to === 'awaitConfirmation.watch') pause.abort()
      },
    })
    expect(paused.outcome).toBe('paused')
    await onboard({ ...options, onEvent: observer() })
    const [first, second] = sdk.passes()
    expect(first?.attributes).toMatchObject({ 'venice_onboard.outcome': 'paused' })
    expect(second?.links.map(({ context: { traceId, spanId } }) => [traceId, spanId])).toEqual([
      [first?.spanContext().traceId, first?.spanContext().spanId],
    ])
    expect(second?.attributes['venice_onboard.run.id']).toBe(first?.attributes['venice_onboard.run.id'])
    expect(await sdk.points('venice_onboard.transactions')).toEqual([
      { attributes: { purpose: 'approve', status: 'mined' }, value: 1 },
      { attributes: { purpose: 'stake', status: 'mined' }, value: 1 },
    ])
    const modes = filesUnder(join(folder, 'runs', 'traces')).map(({ mode }) => mode)
    expect(modes).toEqual(['600'])
  })

  test('when a failed run is started again from its record', async () => {
    const { sdk, observer, options } = await begin()
    const failed = await onboard({ ...options, budget: { maxVvv: '0.5' }, onEvent: observer() })
    expect(failed.failure?.code).toBe('policy/budget-exceeded')
    await onboard({ ...options, onEvent: observer() })
    const [first, second] = sdk.passes()
    expect(first).toMatchObject({
      attributes: { 'venice_onboard.outcome': 'failed', 'error.type': 'policy/budget-exceeded' },
      status: { code: SpanStatusCode.ERROR },
    })
    expect(second?.attributes['venice_onboard.pass']).toBe(2)
    expect(second?.links.map((link) => link.context.spanId)).toEqual([first?.spanContext().spanId])
  })

  test('in one process, when a paused run is resumed', async () => {
    const { sdk, observer, options } = await begin()
    const run = await createRun({ ...options, onEvent: observer() })
    for await (const event of run.events) if (event.type === 'transition') break
    await run.pause()
    run.resume()
    await run.result
    const [first, second] = sdk.passes()
    expect(second?.links.map((link) => link.context.spanId)).toEqual([first?.spanContext().spanId])
  })
})

describe('the metrics of a run', () => {
  test('count steps, failures, retries and transactions, and measure every effect', async () => {
    const { sdk, observer, options } = await begin()
    lab.sandbox.fault({ on: MINT, effect: { kind: 'reply', status: 503, body: {} } })
    await onboard({ ...options, onEvent: observer() })
    const total = async (name: string) => (await sdk.points(name)).reduce((sum, { value }) => sum + value, 0)
    const effects = sdk.spans().length - 1
    expect(await total('venice_onboard.effect.duration')).toBe(effects)
    // The first step starts the pass, and no effect leads to it.
    expect(await total('venice_onboard.transitions')).toBe(effects + 1)
    expect(await sdk.points('venice_onboard.failures')).toEqual([
      { attributes: { effect: 'mintKey', code: 'venice/mint-outcome-unknown' }, value: 1 },
    ])
    expect(await sdk.points('venice_onboard.retries')).toEqual([{ attributes: { effect: 'mintKey' }, value: 1 }])
    expect(await total('venice_onboard.transactions')).toBe(2)
  })
})

describe('the observer stops no run', () => {
  test('without an SDK, and leaves no file', async () => {
    const { options, folder } = await begin()
    const contexts = fileSpanContexts(join(folder, 'runs'))
    expect((await onboard({ ...options, onEvent: openTelemetry({ contexts }) })).outcome).toBe('unfunded')
    expect(filesUnder(folder).filter(({ path }) => path.includes('traces'))).toEqual([])
  })

  test('when spans cannot be stored', async () => {
    const { sdk, options } = await begin()
    const { tracerProvider } = sdk
    const contexts = fileSpanContexts('/dev/null')
    const result = await onboard({ ...options, onEvent: openTelemetry({ tracerProvider, contexts }) })
    expect([result.outcome, sdk.passes().length]).toEqual(['unfunded', 1])
  })
})
