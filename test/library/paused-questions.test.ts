import { describe, expect, test } from 'vitest'
import { createRun, onboard } from '../../src/index.ts'
import { counted } from './counted.ts'
import { useTestSandbox } from './lab.ts'

// Regression: issue 22, number 7 — a pause waited until a person, a wallet or a sink answered.
const lab = useTestSandbox()
const never = new Promise<never>(() => {})

/** `asked` resolves when `ask` is called; `answer` answers it. */
function question() {
  let isAsked = () => {}
  let answer: (said: boolean) => void = () => {}
  const asked = new Promise<void>((resolve) => {
    isAsked = resolve
  })
  const signals: AbortSignal[] = []
  const ask = (signal: AbortSignal) => {
    signals.push(signal)
    isAsked()
    return new Promise<boolean>((resolve) => {
      answer = resolve
    })
  }
  return { asked, ask, signals, answer: (said: boolean) => answer(said) }
}

describe('a pause does not wait', () => {
  test('for a person, whose late approval signs nothing', async () => {
    const { wallet, options } = await lab.begin()
    const { asked, ask, signals, answer } = question()
    let isFirst = true
    const run = await createRun({
      ...options,
      signer: wallet.privateKey,
      approve: (_, { signal }) => {
        if (!isFirst) return true
        isFirst = false
        return ask(signal)
      },
    })
    await asked
    expect(run.status().awaits).toBe('signer')
    expect(await run.pause()).toMatchObject({ outcome: 'paused' })
    expect([signals[0]?.aborted, run.status().awaits]).toEqual([true, null])
    answer(true)
    await Promise.resolve()
    expect((await lab.sandbox.holdings(wallet.address)).transactions).toBe(0)
    run.resume()
    expect(await run.result).toMatchObject({ outcome: 'unfunded' })
    expect((await lab.sandbox.holdings(wallet.address)).transactions).toBe(2)
  })

  test.each(['signMessage', 'signTransaction'] as const)('for a wallet at %s', async (method) => {
    const { wallet, options } = await lab.begin()
    const pausing = new AbortController()
    const { asked, ask } = question()
    const own = counted(wallet.privateKey).wallet
    const signer = { ...own, [method]: async () => ask(pausing.signal).then(() => never) }
    const paused = onboard({ ...options, signer, signal: pausing.signal })
    await asked
    pausing.abort()
    expect(await paused).toMatchObject({ outcome: 'paused' })
    expect(await onboard({ ...options, signer: own })).toMatchObject({ outcome: 'unfunded' })
    expect((await lab.sandbox.holdings(wallet.address)).transactions).toBe(2)
  })
})
