import { describe, expect, it } from 'vitest'
import { createEffects } from '../../src/driver/effects/create.ts'
import { Interrupted } from '../../src/driver/effects/guard.ts'
import type { Effects, Ports } from '../../src/driver/effects/io.ts'
import type { Failure } from '../../src/errors/failure.ts'
import { SinkWriteError } from '../../src/errors/sink.ts'
import { ConnectionFailedError, MintOutcomeUnknownError } from '../../src/errors/venice/all.ts'
import { ADDRESS, attempt, intent, keyRef, request, VVV, walletState } from '../support/samples.ts'
import { CHALLENGE_TEXT, fakeWorld, SIGNATURE, type WorldOptions } from '../support/world.ts'

const io = { signal: new AbortController().signal, report: () => {} }
const key = request().key
const mintInput = { address: ADDRESS, key, intent: intent() }
const failureOf = (promise: Promise<unknown>): Promise<Failure> =>
  promise.then(
    () => {
      throw new Error('The effect did not fail.')
    },
    (error: Failure) => error,
  )

function setUp(options: WorldOptions = {}) {
  const world = fakeWorld({ sVvv: VVV, ...options })
  return { world, effects: createEffects(world.ports) }
}

async function signed(effects: Effects): Promise<void> {
  await effects.fetchChallenge({ address: ADDRESS }, io)
  await effects.signChallenge({ address: ADDRESS }, io)
}

describe('a challenge', () => {
  it('that is not in memory cannot be signed, and the signer is not asked', async () => {
    const { world, effects } = setUp()
    expect((await failureOf(effects.signChallenge({ address: ADDRESS }, io))).code).toBe('challenge/lost')
    expect(world.counts.messages).toBe(0)
  })

  it('about to expire is neither signed nor posted', async () => {
    const { world, effects } = setUp()
    await signed(effects)
    world.clock.pass(900_000 - 14_000)
    expect((await failureOf(effects.signChallenge({ address: ADDRESS }, io))).code).toBe('challenge/stale')
    expect((await failureOf(effects.mintKey(mintInput, io))).code).toBe('challenge/stale')
    expect([world.counts.messages, world.counts.posts]).toEqual([1, 0])
  })

  it('replaces the signature of the one before', async () => {
    const { world, effects } = setUp()
    await signed(effects)
    await effects.fetchChallenge({ address: ADDRESS }, io)
    expect((await failureOf(effects.mintKey(mintInput, io))).code).toBe('challenge/lost')
    expect(world.counts.posts).toBe(0)
  })
})

describe('minting', () => {
  it('stores the key before it reports it, and shows only its last characters', async () => {
    const { world, effects } = setUp()
    await signed(effects)
    const ref = await effects.mintKey(mintInput, io)
    expect(world.held).toBe(world.keys[0]?.apiKey)
    expect(ref).toEqual({
      id: 'key-1',
      last6: 'form-1',
      type: 'INFERENCE',
      sink: 'fake',
      expiresAt: null,
      label: intent().label,
    })
  })

  it('never posts a token a second time while the outcome of its first post is unknown', async () => {
    const { world, effects } = setUp({ mints: ['answer lost'] })
    await signed(effects)
    for (let n = 0; n < 3; n += 1) {
      expect((await failureOf(effects.mintKey(mintInput, io))).code).toBe('venice/mint-outcome-unknown')
    }
    expect(world.counts.posts).toBe(1)
  })

  it('posts a token again after Venice rejected it', async () => {
    const { world, effects } = setUp({ mints: [new ConnectionFailedError()] })
    await signed(effects)
    await failureOf(effects.mintKey(mintInput, io))
    await effects.mintKey(mintInput, io)
    expect(world.keys).toHaveLength(1)
  })

  it('posts a single-use challenge again, which proves the outcome of the first post', async () => {
    const { world, effects } = setUp({ form: 'siwe', mints: ['answer lost'] })
    await signed(effects)
    await failureOf(effects.mintKey(mintInput, io))
    expect((await failureOf(effects.mintKey(mintInput, io))).code).toBe('venice/challenge-used')
    expect(world.keys).toHaveLength(1)
  })

  it('is not cut short by a pause', async () => {
    const { world, effects } = setUp()
    await signed(effects)
    const paused = { ...io, signal: AbortSignal.abort() }
    await effects.mintKey(mintInput, paused)
    expect(world.held).not.toBeNull()
  })

  it('keeps a key that its sink did not store, for the next try', async () => {
    const full = new SinkWriteError({ sink: 'fake', reason: 'x' })
    const { world, effects } = setUp({ stores: [full] })
    await signed(effects)
    expect((await failureOf(effects.mintKey(mintInput, io))).code).toBe('sink/write-failed')
    const ref = await effects.storeKey({ key, intent: intent() }, io)
    expect(world.held?.slice(-6)).toBe(ref.last6)
    expect(world.counts.posts).toBe(1)
  })
})

describe('the label of the next key', () => {
  it('is recorded with the sink’s earlier content, and fits Venice’s limits', async () => {
    const { effects } = setUp()
    const wordy = { ...key, description: 'w'.repeat(100) }
    const opened = await effects.openSink({ key: wordy }, io)
    expect(opened.intent).toMatchObject({ status: 'posting', sink: 'fake', sinkBefore: null })
    expect(opened.intent.label).toHaveLength(64)
    expect((await effects.openSink({ key: wordy }, io)).intent.label).not.toBe(opened.intent.label)
  })
})

describe('the search for a key', () => {
  const recoverIn = async (
    before: WorldOptions & { minted: boolean },
    changes: Partial<ReturnType<typeof intent>> = {},
  ) => {
    const { world, effects } = setUp(before)
    if (before.minted) {
      await signed(effects)
      await effects.mintKey(mintInput, io)
    }
    // Another process: nothing is in memory.
    const { key: found } = await createEffects(world.ports).recoverKey({ key, intent: intent(changes) }, io)
    return found
  }

  it('finds a key that reached the sink before the process died', async () => {
    expect(await recoverIn({ minted: true })).toEqual(keyRef({ id: null, last6: 'form-1' }))
  })

  it('finds none when the sink is unchanged', async () => {
    expect(await recoverIn({ minted: false })).toBeNull()
  })

  it('ignores a key that was in the sink before', async () => {
    const { world, effects } = setUp()
    await signed(effects)
    await effects.mintKey(mintInput, io)
    const fresh = createEffects(world.ports)
    const { intent: next } = await fresh.openSink({ key }, io)
    expect(await fresh.recoverKey({ key, intent: next }, io)).toEqual({ key: null })
  })

  it('ignores a key that another sink holds', async () => {
    expect(await recoverIn({ minted: true }, { sink: 'env-file:.env' })).toBeNull()
  })
})

describe('the funding check', () => {
  it('uses the key from the sink in another process', async () => {
    const { world, effects } = setUp()
    await signed(effects)
    const ref = await effects.mintKey(mintInput, io)
    await expect(createEffects(world.ports).checkFunding({ key: ref, asked: key }, io)).resolves.toMatchObject({
      spendable: true,
    })
  })

  it('does not use a key that somebody else has put into the sink since', async () => {
    const { world, effects } = setUp()
    await signed(effects)
    await effects.mintKey(mintInput, io)
    const { checkFunding } = createEffects(world.ports)
    expect((await failureOf(checkFunding({ key: keyRef({ last6: 'others' }), asked: key }, io))).code).toBe(
      'key/not-readable',
    )
  })

  it('cannot be made when the sink is write-only', async () => {
    const { world } = setUp()
    const { probe, store, name } = world.ports.sink
    const effects = createEffects({ ...world.ports, sink: { name, probe, store } })
    expect((await failureOf(effects.checkFunding({ key: keyRef(), asked: key }, io))).code).toBe('key/not-readable')
  })
})

describe('secrets', () => {
  const SECRETS = [CHALLENGE_TEXT, SIGNATURE, 'canary-of-no-known-form']

  it('are in no output', async () => {
    const { effects } = setUp()
    const challenge = await effects.fetchChallenge({ address: ADDRESS }, io)
    const signature = await effects.signChallenge({ address: ADDRESS }, io)
    const opened = await effects.openSink({ key }, io)
    const ref = await effects.mintKey(mintInput, io)
    const recovered = await effects.recoverKey({ key, intent: intent() }, io)
    const funding = await effects.checkFunding({ key: ref, asked: key }, io)
    const outputs = [challenge, signature, opened, ref, recovered, funding]
    for (const secret of SECRETS) expect(JSON.stringify(outputs)).not.toContain(secret)
  })

  it('are in no failure, even when the server quotes them', async () => {
    const world = fakeWorld({ sVvv: VVV })
    const leak = (): never => {
      const apiKey = world.keys[0]?.apiKey ?? ''
      throw new MintOutcomeUnknownError({ facts: [`sent ${CHALLENGE_TEXT}1 with ${SIGNATURE}`, `got ${apiKey}`] })
    }
    const ports: Ports = {
      ...world.ports,
      sink: { ...world.ports.sink, store: async () => leak() },
      venice: { ...world.ports.venice, rateLimits: async () => leak() },
    }
    const effects = createEffects(ports)
    await signed(effects)
    const failures = [
      await failureOf(effects.mintKey(mintInput, io)),
      await failureOf(effects.storeKey({ key, intent: intent() }, io)),
      await failureOf(
        effects.checkFunding({ key: keyRef({ last6: world.keys[0]?.apiKey.slice(-6) ?? '' }), asked: key }, io),
      ),
    ]
    expect(failures.map(({ facts }) => facts[0])).toEqual(Array(3).fill('sent [redacted] with 0x[redacted]'))
    for (const secret of SECRETS) expect(JSON.stringify(failures)).not.toContain(secret)
  })
})

describe('a pause during an effect that fails', () => {
  const paused = { ...io, signal: AbortSignal.abort() }
  const broken = () => {
    throw new Error('aborted')
  }
  const world = fakeWorld()
  const { chain, venice, signer, sink, clock } = world.ports
  const effects = createEffects({
    chain: { ...chain, survey: broken, report: broken, broadcast: broken },
    venice: { ...venice, fetchChallenge: broken, rateLimits: broken },
    signer: { ...signer, signTransaction: broken },
    sink: { ...sink, probe: broken, read: async () => 'a key' },
    clock,
  })

  it.each([
    ['readWalletState', () => effects.readWalletState({ request: request(), attempts: [] }, paused)],
    ['watchTransactions', () => effects.watchTransactions({ address: ADDRESS, attempts: [] }, paused)],
    ['fetchChallenge', () => effects.fetchChallenge({ address: ADDRESS }, paused)],
    ['checkFunding', () => effects.checkFunding({ key: keyRef(), asked: key }, paused)],
    [
      'signTransactions',
      () => effects.signTransactions({ request: request(), walletState: walletState(), attempts: [] }, paused),
    ],
    ['openSink', () => effects.openSink({ key }, paused)],
    ['sleepUntil', () => effects.sleepUntil({ until: '2027-01-01T00:00:00.000Z' }, paused)],
  ])('interrupts %s', async (_, run) => {
    await expect(run()).rejects.toBeInstanceOf(Interrupted)
  })

  it.each([
    ['broadcast', () => effects.broadcast({ attempts: [attempt('approve', 7)] }, paused)],
    ['recoverKey', () => effects.recoverKey({ key, intent: intent() }, paused)],
  ])('does not interrupt %s, whose failure is recorded', async (_, run) => {
    expect((await failureOf(run())).code).toBe('unexpected')
  })
})
