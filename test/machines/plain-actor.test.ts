import { describe, expect, it } from 'vitest'
import { createActor, toPromise } from 'xstate'
import type { OnboardingOutput } from '../../machines/onboarding/context.ts'
import { onboardingMachine } from '../../machines/onboarding/machine.ts'
import { createActors } from '../../src/driver/actors.ts'
import { RpcError } from '../../src/errors/chain/endpoints.ts'
import { TransactionRevertedError } from '../../src/errors/chain/transactions.ts'
import { provideFakes, type Script, scriptedEffects } from '../support/fakes.ts'
import { failure, funding, hashOf, request } from '../support/samples.ts'

function run(script: Script): Promise<OnboardingOutput> {
  const actor = createActor(provideFakes(script).machine, { input: { request: request() } })
  actor.start()
  return toPromise(actor)
}

describe('the machine under a plain createActor', () => {
  it('reaches a funded key', async () => {
    const { outcome, record, failure: last } = await run({ readWalletState: [new RpcError('busy')] })
    expect({ outcome, last }).toEqual({ outcome: 'funded', last: null })
    expect(record.key).not.toBeNull()
  })

  it('reaches an unfunded key', async () => {
    expect(await run({ checkFunding: [funding({ spendable: false })] })).toMatchObject({ outcome: 'unfunded' })
  })

  it('reaches a failure, and returns it with the record', async () => {
    const reverted = failure(new TransactionRevertedError('stake', hashOf('stake', 8)))
    const output = await run({ watchTransactions: [reverted] })
    expect(output).toMatchObject({ outcome: 'failed', failure: reverted })
    expect(output.record.attempts).toHaveLength(2)
  })

  it('says what is missing when no actors were provided', async () => {
    const actor = createActor(onboardingMachine, { input: { request: request() } })
    actor.start()
    const { outcome, failure: last } = await toPromise(actor)
    expect(outcome).toBe('failed')
    expect(last).toMatchObject({
      code: 'unexpected',
      message: 'The effect "readWalletState" is not provided: use onboardingMachine.provide({ actors }).',
    })
  })

  it('names the error of a foreign actor, not the failure before it', async () => {
    const { effects } = scriptedEffects({ script: { broadcast: [new RpcError('busy')] } })
    let calls = 0
    const actors = createActors({
      ...effects,
      broadcast: async (input, io) => {
        calls += 1
        if (calls === 2) throw new Error('not ours')
        return effects.broadcast(input, io)
      },
    })
    const actor = createActor(onboardingMachine.provide({ actors }), { input: { request: request() } })
    actor.start()
    expect((await toPromise(actor)).failure).toMatchObject({ code: 'unexpected', message: 'not ours' })
  })

  it('does not compile with a missing actor or one of another shape', () => {
    const { effects } = scriptedEffects()
    const { mintKey, ...incomplete } = effects
    // @ts-expect-error mintKey is missing
    createActors(incomplete)
    // @ts-expect-error a mint gives a reference to a key, not the key
    createActors({ ...effects, mintKey: async () => ({ apiKey: 'x' }) })
    expect(mintKey).toBeTypeOf('function')
  })
})
