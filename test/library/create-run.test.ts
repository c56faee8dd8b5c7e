import { describe, expect, test } from 'vitest'
import { createRun, onboard, type RunEvent, type RunHandle } from '../../src/index.ts'
import { useTestSandbox } from './lab.ts'

const lab = useTestSandbox()

const MINT = 'POST /api_keys/generate_web3_key'

async function collect(run: RunHandle): Promise<RunEvent[]> {
  const events: RunEvent[] = []
  for await (const event of run.events) events.push(event)
  return events
}

const steps = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'transition' ? [event.revision] : []))

describe('createRun', () => {
  test('reports every step to a callback and to every reader, even a late one', async () => {
    const { wallet, options } = await lab.begin()
    const told: RunEvent[] = []
    const run = await createRun({ ...options, signer: wallet.privateKey, onEvent: (event) => void told.push(event) })
    const read = await collect(run)
    const result = await run.result
    expect(result.outcome).toBe('unfunded')
    expect(steps(read)).toEqual(steps(told))
    expect(steps(read).length).toBeGreaterThan(5)
    expect(steps(await collect(run))).toEqual(steps(told))
    expect(run.status()).toMatchObject({ phase: 'ended', runId: result.runId, state: result.state, result })
  })

  test('pauses between two steps, and resumes there', async () => {
    const { wallet, options } = await lab.begin()
    const run = await createRun({ ...options, signer: wallet.privateKey })
    for await (const event of run.events) if (event.type === 'transition' && event.to.startsWith('sign')) break
    const paused = await run.pause()
    expect(paused).toMatchObject({ outcome: 'paused', recoverable: true })
    expect(run.status()).toMatchObject({ phase: 'paused', result: paused })
    expect(lab.sandbox.keys(wallet.address)).toHaveLength(0)
    const rest = collect(run)
    run.resume()
    expect((await run.result).outcome).toBe('unfunded')
    expect((await rest).some(({ type }) => type === 'resumed')).toBe(true)
    expect(await run.pause()).toEqual(await run.result)
    expect((await lab.sandbox.holdings(wallet.address)).transactions).toBe(2)
  })

  test('ends as paused when its signal aborts, and another call resumes it', async () => {
    const { wallet, options } = await lab.begin()
    const controller = new AbortController()
    const run = await createRun({
      ...options,
      signer: wallet.privateKey,
      signal: controller.signal,
      onEvent: (event) => event.type === 'transition' && event.to.startsWith('fetchToken') && controller.abort(),
    })
    expect(await run.result).toMatchObject({ outcome: 'paused', recoverable: true })
    run.resume()
    expect(run.status().phase).toBe('ended')
    expect(await onboard({ ...options, signer: wallet.privateKey })).toMatchObject({ outcome: 'unfunded' })
    expect((await lab.sandbox.holdings(wallet.address)).transactions).toBe(2)
  })

  test('ends a paused run when its signal aborts', async () => {
    const { wallet, options } = await lab.begin()
    const controller = new AbortController()
    const run = await createRun({ ...options, signer: wallet.privateKey, signal: controller.signal })
    const paused = await run.pause()
    controller.abort()
    expect(await run.result).toEqual(paused)
    expect(await collect(run)).toEqual(expect.any(Array))
  })

  test('rejects when another process holds the wallet, for readers of the events too', async () => {
    const { wallet, options } = await lab.begin()
    lab.sandbox.fault({ on: MINT, effect: { kind: 'delay', ms: 500 } })
    const first = await createRun({ ...options, signer: wallet.privateKey })
    for await (const event of first.events) if (event.type === 'transition') break
    const second = await createRun({ ...options, signer: wallet.privateKey })
    await expect(second.result).rejects.toMatchObject({ code: 'store/locked' })
    await expect(collect(second)).rejects.toMatchObject({ code: 'store/locked' })
    await expect(second.pause()).rejects.toMatchObject({ code: 'store/locked' })
    expect((await first.result).outcome).toBe('unfunded')
  })
})
