import { describe, expect, test } from 'vitest'
import { createActor, toPromise } from 'xstate'
import { createMachineParts, onboardingMachine } from '../../src/core.ts'
import { onboard } from '../../src/index.ts'
import { useTestSandbox } from './lab.ts'

const lab = useTestSandbox()

describe('the parts of a machine', () => {
  test('contain an actor for every effect that the machine names', async () => {
    const { wallet, options } = await lab.begin()
    const { actors, release } = await createMachineParts({ ...options, signer: wallet.privateKey })
    await release()
    expect(Object.keys(actors).sort()).toEqual(Object.keys(onboardingMachine.implementations.actors).sort())
  })

  test('buy credit for a wallet', async () => {
    const { wallet, options } = await lab.begin({ eth: '0.01', vvv: '1', usdc: '10' })
    const { machine, input, release } = await createMachineParts({
      ...options,
      signer: wallet.privateKey,
      fund: 'x402:5',
    })
    const { outcome, failure } = await toPromise(createActor(machine, { input }).start())
    await release()
    expect([outcome, failure]).toEqual(['funded', null])
  })

  test('hold the wallet lock until they are released', async () => {
    const { wallet, options } = await lab.begin()
    const given = { ...options, signer: wallet.privateKey }
    const { release } = await createMachineParts(given)
    await expect(createMachineParts(given)).rejects.toMatchObject({ code: 'store/locked' })
    await expect(onboard(given)).rejects.toMatchObject({ code: 'store/locked' })
    await release()
    await release()
    expect(await onboard(given)).toMatchObject({ outcome: 'unfunded' })
  })

  test('are refused when a recorded run has sent transactions that may still be mined', async () => {
    const { wallet, options } = await lab.begin()
    const given = { ...options, signer: wallet.privateKey }
    lab.sandbox.fault({ on: 'eth_getTransactionReceipt', effect: { kind: 'rpcResult', result: null }, times: 99 })
    const enough = new AbortController()
    await onboard({
      ...given,
      signal: enough.signal,
      onEvent: (event) => event.type === 'transition' && /^awaitConfirmation/.test(event.to) && enough.abort(),
    })
    lab.sandbox.clearFaults()
    await expect(createMachineParts(given)).rejects.toMatchObject({ code: 'run/in-flight' })
    expect(await onboard(given)).toMatchObject({ outcome: 'unfunded' })
  })
})
