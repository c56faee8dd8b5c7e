import { describe, expect, it } from 'vitest'
import { fingerprint } from '../../src/adapters/sinks/fingerprint.ts'
import { createEffects } from '../../src/driver/effects/create.ts'
import type { Ports } from '../../src/driver/effects/io.ts'
import { probeSinks, readHeld, storeInOne } from '../../src/driver/effects/sinks.ts'
import type { Failure } from '../../src/errors/failure.ts'
import { SinkUnusableError, SinkWriteError } from '../../src/errors/sink.ts'
import type { KeySink } from '../../src/ports/key-sink.ts'
import { ADDRESS, intent, keyRef, request, VVV } from '../support/samples.ts'
import { fakeWorld } from '../support/world.ts'

const io = { signal: new AbortController().signal, report: () => {} }
const { key } = request()

interface Place {
  name: string
  held?: string | null
  /** The results of its next stores; after them it stores the key. */
  stores?: Error[]
  isUnusable?: boolean
}

/** A sink that depends on `this`, like one that an embedder writes as a class. */
class MemorySink implements KeySink {
  readonly name: string
  readonly stores: Error[]
  readonly isUnusable: boolean
  held: string | null
  tries = 0

  constructor({ name, held = null, stores = [], isUnusable = false }: Place) {
    this.name = name
    this.held = held
    this.stores = stores
    this.isUnusable = isUnusable
  }

  async probe() {
    if (this.isUnusable) throw new SinkUnusableError({ sink: this.name, reason: 'it is locked' })
    return { fingerprint: this.held && fingerprint(this.held), warnings: [] }
  }

  async store({ apiKey }: { apiKey: string }) {
    this.tries += 1
    const error = this.stores.shift()
    if (error !== undefined) throw error
    this.held = apiKey
  }

  async read() {
    return this.held
  }
}

const full = (sink: string) => new SinkWriteError({ sink, reason: 'it is full' })

function setUp(first: Place, ...others: Place[]) {
  const world = fakeWorld({ sVvv: VVV })
  const [sink, ...fallbackSinks] = [first, ...others].map((place) => new MemorySink(place)) as [
    MemorySink,
    ...MemorySink[],
  ]
  const ports: Ports = { ...world.ports, sink, fallbackSinks }
  return { world, sink, fallbackSinks, ports, effects: createEffects(ports) }
}

async function minted(set: ReturnType<typeof setUp>) {
  const { effects } = set
  await effects.fetchChallenge({ address: ADDRESS }, io)
  await effects.signChallenge({ address: ADDRESS }, io)
  const { intent: opened } = await effects.openSink({ key }, io)
  const outcome = await effects.mintKey({ address: ADDRESS, key, intent: opened }, io).catch((error: Failure) => error)
  return { opened, outcome }
}

describe('a minted key', () => {
  it('is stored in the first sink only, when that works', async () => {
    const set = setUp({ name: 'a' }, { name: 'b' })
    expect((await minted(set)).outcome).toMatchObject({ sink: 'a' })
    expect(set.fallbackSinks[0]?.tries).toBe(0)
  })

  it('is stored in the first fallback that works, in their order', async () => {
    const set = setUp(
      { name: 'a', stores: [full('a')] },
      { name: 'b', stores: [full('b')] },
      { name: 'c' },
      { name: 'd' },
    )
    expect((await minted(set)).outcome).toMatchObject({ sink: 'c' })
    expect(set.fallbackSinks.map(({ held }) => held !== null)).toEqual([false, true, false])
  })

  it('is stored in the next sink when a sink throws an unexpected error, whose text is not shown', async () => {
    const set = setUp({ name: 'a', stores: [new Error('canary-of-no-known-form-1')] })
    const { outcome } = await minted(set)
    expect(outcome).toMatchObject({ code: 'sink/write-failed' })
    expect(JSON.stringify(outcome)).not.toContain('canary')
    expect((await minted(setUp({ name: 'a', stores: [new Error('x')] }, { name: 'b' }))).outcome).toMatchObject({
      sink: 'b',
    })
  })

  it('stays in memory when every sink fails, and each sink is tried again', async () => {
    const set = setUp({ name: 'a', stores: [full('a'), full('a')] }, { name: 'b', stores: [full('b')] })
    const { outcome, opened } = await minted(set)
    expect(outcome).toMatchObject({
      code: 'sink/write-failed',
      message: 'The key could not be stored in a, because it is full.',
      facts: ['The key could not be stored in b, because it is full.'],
    })
    expect(await set.effects.storeKey({ key, intent: opened }, io)).toMatchObject({ sink: 'b' })
    expect(set.world.keys).toHaveLength(1)
  })
})

describe('a sink that cannot store a key', () => {
  it('causes only a warning when it is a fallback', async () => {
    const { effects } = setUp({ name: 'a' }, { name: 'b', isUnusable: true }, { name: 'c', held: 'other' })
    const { intent: opened, warnings } = await effects.openSink({ key }, io)
    expect(opened.fallbacks).toEqual([{ sink: 'c', before: fingerprint('other') }])
    expect(warnings).toEqual([expect.stringMatching(/^b would not take the key .*, because it is locked\.$/)])
  })
})

describe('the search for the key of an interrupted mint', () => {
  const look = ({ ports }: ReturnType<typeof setUp>, changes: Partial<ReturnType<typeof intent>>) =>
    createEffects(ports).recoverKey({ key, intent: intent(changes) }, io)

  it('finds the key in the sink that stored it', async () => {
    const set = setUp({ name: 'a', held: 'before', stores: [full('a')] }, { name: 'b', held: 'older' }, { name: 'c' })
    const { opened } = await minted(set)
    expect(await look(set, opened)).toMatchObject({ key: { sink: 'b', last6: 'form-1', id: null } })
  })

  it('finds no key when every sink is unchanged', async () => {
    const set = setUp({ name: 'a', held: 'before' }, { name: 'b', held: 'older' })
    const { intent: opened } = await set.effects.openSink({ key }, io)
    expect(await look(set, opened)).toEqual({ key: null })
  })

  it('ignores a sink whose earlier content was not recorded, as in records of older versions', async () => {
    const set = setUp({ name: 'a', held: 'before' }, { name: 'b', held: 'somebody’s' })
    expect(await look(set, { sink: 'a', sinkBefore: fingerprint('before') })).toEqual({ key: null })
  })

  it('continues past a broken sink, and reports it only when no other sink has the key', async () => {
    const broken = { name: 'a', isUnusable: true }
    const recorded = { sink: 'a', sinkBefore: null, fallbacks: [{ sink: 'b', before: null }] }
    expect(await look(setUp(broken, { name: 'b', held: 'the key' }), recorded)).toMatchObject({ key: { sink: 'b' } })
    await expect(look(setUp(broken, { name: 'b' }), recorded)).rejects.toMatchObject({ code: 'sink/not-searchable' })
  })
})

describe('the funding check', () => {
  it('uses the key of the sink that holds it, whichever sink is first now', async () => {
    const set = setUp({ name: 'a', stores: [full('a')] }, { name: 'b' })
    const { outcome } = await minted(set)
    const [b] = set.fallbackSinks
    const ports = { ...set.ports, sink: set.sink, fallbackSinks: b === undefined ? [] : [b] }
    await expect(
      createEffects(ports).checkFunding({ key: outcome as never, asked: request().key }, io),
    ).resolves.toMatchObject({
      spendable: true,
    })
  })

  it('names the missing option when that sink is not configured in this process', async () => {
    const { effects } = setUp({ name: 'a' })
    await expect(
      effects.checkFunding({ key: keyRef({ sink: 'file:elsewhere' }), asked: request().key }, io),
    ).rejects.toMatchObject({
      code: 'key/not-readable',
      hint: expect.arrayContaining([{ setting: 'saveKey', value: "'file:elsewhere'" }]),
    })
  })
})

describe('a sink that already holds a key', () => {
  const holding = (holds: 'key' | 'reference' | 'nothing', held = 'theirs', name = 'a'): KeySink => {
    const sink = new MemorySink({ name, held })
    return Object.assign(sink, {
      probe: async () => ({
        fingerprint: fingerprint(sink.held ?? ''),
        holds,
        last6: sink.held?.slice(-6) ?? '',
        warnings: [],
      }),
    })
  }
  const replaced = (settings: Parameters<typeof probeSinks>[1], sink = holding('key'), ...fallbackSinks: KeySink[]) =>
    probeSinks({ sink, fallbackSinks }, settings)

  it.each([
    ['key', undefined],
    ['reference', undefined],
    ['key', { approveReplacement: async () => false }],
    ['reference', { isOwnKey: () => true }],
  ] as const)('of somebody else (%s) is refused before anything is spent', async (holds, settings) => {
    await expect(replaced(settings, holding(holds))).rejects.toMatchObject({
      code: 'sink/holds-another-key',
      recovery: 'refuse',
      exit: 'refused',
    })
  })

  it.each([
    ['nothing', undefined],
    ['key', { mayReplaceKey: true }],
    ['reference', { mayReplaceKey: true }],
    ['key', { approveReplacement: async () => true }],
    ['key', { isOwnKey: (sink: string, { last6 }: { last6?: string }) => sink === 'a' && last6 === 'theirs' }],
  ] as const)('is overwritten when nothing is lost or the user wants it (%s)', async (holds, settings) => {
    expect((await replaced(settings, holding(holds))).found).toMatchObject({ sink: 'a' })
  })

  it('is refused by the balance check too', async () => {
    const { ports } = setUp({ name: 'a' })
    const effects = createEffects({ ...ports, sink: holding('key') })
    await expect(effects.readWalletState({ request: request(), attempts: [] }, io)).rejects.toMatchObject({
      code: 'sink/holds-another-key',
    })
  })

  it('is skipped when it is a fallback, and the next sink stores the key', async () => {
    const [broken, theirs, last] = [
      new MemorySink({ name: 'a', stores: [full('a')] }),
      holding('key', 'theirs', 'b') as MemorySink,
      new MemorySink({ name: 'c' }),
    ]
    const minted = { id: '1', apiKey: 'ours', type: 'INFERENCE', expiresAt: null } as const
    const sinks = { sink: broken, fallbackSinks: [theirs, last] }
    expect(await storeInOne(sinks, minted, 'label')).toBe('c')
    expect([theirs.held, last.held]).toEqual(['theirs', 'ours'])
  })
})

describe('a first sink that cannot store a key', () => {
  const broken = () => new MemorySink({ name: 'a', isUnusable: true })

  it('gives way to the next named sink, which the mint then uses', async () => {
    const sinks = { sink: broken(), fallbackSinks: [new MemorySink({ name: 'b', held: 'before' })] }
    const { found, warnings } = await probeSinks(sinks)
    expect(found).toEqual({ sink: 'b', sinkBefore: fingerprint('before'), fallbacks: [] })
    expect(warnings).toContainEqual(expect.stringContaining('a does not take the key, because it is locked'))
  })

  it('is refused when only the default fallback is left', async () => {
    const last = Object.assign(new MemorySink({ name: 'b' }), { isLastResort: true })
    await expect(probeSinks({ sink: broken(), fallbackSinks: [last] })).rejects.toMatchObject({ code: 'sink/unusable' })
  })
})

describe('a key is read only for the API that minted it:', () => {
  const sinks = { sink: new MemorySink({ name: 'a', held: 'a-key-123456' }) }
  const read = (asked: string, origin?: string) =>
    readHeld(
      { ...sinks, venice: { origin: asked } },
      { last6: '123456', sink: 'a', ...(origin !== undefined && { origin }) },
    )

  it.each([
    ['https://api.venice.ai', undefined],
    ['https://api.venice.ai', 'https://api.venice.ai'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ])('%s reads a key minted at %s', async (asked, origin) => {
    expect(await read(asked, origin)).toBe('a-key-123456')
  })

  it.each([
    ['http://test-double', undefined],
    ['http://test-double', 'https://api.venice.ai'],
    ['https://api.venice.ai', 'http://127.0.0.1:8080'],
    ['http://api.venice.ai', 'https://api.venice.ai'],
  ])('%s never reads a key minted at %s', async (asked, origin) => {
    await expect(read(asked, origin)).rejects.toMatchObject({ code: 'sink/other-origin', exit: 'refused' })
  })
})
