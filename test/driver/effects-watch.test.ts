import { expect, it } from 'vitest'
import type { Attempt, AttemptReport, ChainReport } from '../../src/domain/attempt.ts'
import { createEffects } from '../../src/driver/effects/create.ts'
import { Interrupted } from '../../src/driver/effects/guard.ts'
import type { EffectSettings, Ports } from '../../src/driver/effects/io.ts'
import { RpcError } from '../../src/errors/chain.ts'
import type { Failure } from '../../src/errors/failure.ts'
import { START } from '../support/fake-clock.ts'
import { ADDRESS, attempt, hashOf, raise, VVV } from '../support/samples.ts'
import { fakeWorld } from '../support/world.ts'

const io = { signal: new AbortController().signal, report: () => {} }

function setUp(settings: Partial<EffectSettings>, report: Ports['chain']['report']) {
  const world = fakeWorld()
  let head: number | null = null
  const chain: Ports['chain'] = {
    ...world.ports.chain,
    nextBlockMs: () => (head === null ? null : head * 1_000 + world.ports.chain.blockTimeMs),
    async report(...asked) {
      const found = await report(...asked)
      head = found.head.timestamp
      return found
    },
  }
  const ports = { ...world.ports, chain }
  return { world, effects: createEffects(ports, { settings }) }
}

const stake = attempt('stake', 8)
const approve = attempt('approve', 7)
const raised = raise(stake)
const BASE_FEE = '4500000'
const headAt = (number: number | string, timestamp = 0) => ({
  number: number.toString(),
  timestamp,
  baseFeePerGas: BASE_FEE,
})
type Fates = Partial<Record<Attempt['hash'], AttemptReport['status']>>
interface Look extends Partial<ChainReport> {
  fates: Fates
  blockNumber?: string
}
/** What the chain says of every attempt asked about; one block later at each look, unless the look has a head. */
const reportOf = ({ fates, blockNumber, ...changes }: Look, looks: number): ChainReport => ({
  attempts: Object.entries(fates).map(([hash, status]) => ({
    hash: hash as Attempt['hash'],
    status: status ?? 'missing',
    blockNumber: blockNumber ?? (status === 'mined' || status === 'reverted' ? '100' : null),
    gasUsed: null,
    feeWei: null,
  })),
  head: headAt(100 + looks),
  nonce: 8,
  sVvv: VVV.toString(),
  allowance: '0',
  ...changes,
})
const seen = (status: AttemptReport['status'], changes: Omit<Look, 'fates'> = {}): Look => ({
  fates: { [stake.hash]: status },
  ...changes,
})
/** Looks that are answered by `looks`, the last one again and again. */
const watch = async (
  answers: readonly Look[],
  { attempts = [stake], ...settings }: Partial<EffectSettings> & { attempts?: readonly Attempt[] } = {},
) => {
  let looks = 0
  const report = async () => {
    const answer = answers[Math.min(looks, answers.length - 1)]
    if (answer === undefined) throw new Error('nothing to see')
    looks += 1
    return reportOf(answer, looks)
  }
  const { world, effects } = setUp(settings, report)
  const output = await effects
    .watchTransactions({ address: ADDRESS, attempts }, io)
    .catch((failure: Failure) => ({ problem: failure, report: null }))
  return { output, code: output.problem?.code ?? null, looks, world }
}
const mined = seen('mined')

it('ends when all is mined and the chain shows what it was to do', async () => {
  const { code, looks } = await watch([seen('pending'), seen('pending'), mined])
  expect({ code, looks }).toEqual({ code: null, looks: 3 })
})

/** A chain whose blocks come in time, with a receipt after `minedMs`. Counts what it is asked. */
function onTime(minedMs: number, sVvv = () => VVV) {
  const { ports } = fakeWorld()
  const { clock } = ports
  const asked = { glances: 0, looks: [] as number[] }
  const passed = () => clock.now() - Date.parse(START)
  let head = 0
  const chain: Ports['chain'] = {
    ...ports.chain,
    nextBlockMs: () => Date.parse(START) + (head + 1) * ports.chain.blockTimeMs,
    async hasReceipt() {
      asked.glances += 1
      return passed() >= minedMs
    },
    async report() {
      asked.looks.push(passed())
      head = Math.floor(passed() / ports.chain.blockTimeMs)
      const status = passed() >= minedMs ? 'mined' : 'pending'
      return reportOf(seen(status, { head: headAt(100 + head), sVvv: sVvv().toString() }), 0)
    },
  }
  const effects = createEffects({ ...ports, chain })
  const watching = () => effects.watchTransactions({ address: ADDRESS, attempts: [stake] }, io)
  return { asked, chain, clock, watching }
}

it('looks at what is mined at once without a pause', async () => {
  const { asked, watching } = onTime(0)
  expect((await watching()).problem).toBeNull()
  expect(asked).toEqual({ glances: 1, looks: [0] })
})

it('glances a moment later, in case blocks are quick, and then when the next one is due', async () => {
  const quick = onTime(50)
  await quick.watching()
  expect(quick.asked).toEqual({ glances: 2, looks: [80] })
  const late = onTime(2_200)
  await late.watching()
  expect(late.asked).toEqual({ glances: 4, looks: [2_210] })
})

it('looks once a block, however often it has glanced', async () => {
  const { asked, watching } = onTime(8_000)
  await watching()
  expect(asked.looks).toEqual([2_772.5, 4_772.5, 6_772.5, 8_060])
})

it('does not glance for longer where answers are slow', async () => {
  const { asked, chain, clock, watching } = onTime(8_000)
  const { hasReceipt } = chain
  chain.hasReceipt = async (...glance) => {
    const answer = await hasReceipt(...glance)
    await clock.sleepUntil(clock.now() + 1_500)
    return answer
  }
  await watching()
  expect(asked.looks).toEqual([3_080, 5_560, 7_560, 9_560])
})

it('only looks once there is a receipt', async () => {
  let looks = 0
  const { asked, watching } = onTime(0, () => (++looks < 4 ? 0n : VVV))
  await watching()
  expect(asked).toEqual({ glances: 1, looks: [0, 2_060, 4_060, 6_060] })
})

it('looks at once at what was signed before this process has seen a block', async () => {
  const { asked, chain, watching } = onTime(0)
  chain.nextBlockMs = () => null
  await watching()
  expect(asked).toEqual({ glances: 0, looks: [0] })
})

it('that cannot glance ends as one that cannot look', async () => {
  const { chain, watching } = onTime(0)
  chain.hasReceipt = () => Promise.reject(new RpcError('connection reset'))
  await expect(watching()).rejects.toMatchObject({ code: 'chain/rpc', recovery: 'retry' })
})

it('fetches the challenge while a stake is on its way, and asks for it once', async () => {
  const { world, effects } = setUp({}, async () => reportOf(mined, 1))
  await effects.watchTransactions({ address: ADDRESS, attempts: [stake] }, io)
  expect(world.counts.challenges).toBe(1)
  await effects.fetchChallenge({ address: ADDRESS }, io)
  expect(world.counts.challenges).toBe(1)
  await effects.fetchChallenge({ address: ADDRESS }, io)
  expect(world.counts.challenges).toBe(2)
})

it('fetches no challenge for what leads to none', async () => {
  const { world, effects } = setUp({}, async () => reportOf({ fates: {}, allowance: '0' }, 1))
  await effects.watchTransactions({ address: ADDRESS, attempts: [attempt('revoke', 9)] }, io)
  expect(world.counts.challenges).toBe(0)
})

it('counts the block of the transaction as its first confirmation', async () => {
  const { code, looks } = await watch(
    [100, 101, 102, 103].map((head) => seen('mined', { head: headAt(head) })),
    { confirmations: 3 },
  )
  expect({ code, looks }).toEqual({ code: null, looks: 3 })
})

it('of what a node shows before its block is there goes on', async () => {
  const { code, looks } = await watch([seen('mined', { head: headAt(99) }), seen('missing'), seen('pending'), mined])
  expect({ code, looks }).toEqual({ code: null, looks: 4 })
})

it.each([
  ['missing', 'chain/transaction-missing', 3],
  ['superseded', 'chain/transaction-superseded', 3],
  ['reverted', 'chain/transaction-reverted', 2],
] as const)('believes in %s only when blocks in a row say so', async (status, code, blocks) => {
  const found = await watch([seen(status)])
  expect({ code: found.code, looks: found.looks }).toEqual({ code, looks: blocks })
  const few = Array.from({ length: blocks - 1 }, () => seen(status))
  expect((await watch([...few, seen('pending'), ...few, mined])).code).toBeNull()
})

it('does not count looks at one and the same block', async () => {
  const sameBlock = seen('missing', { head: headAt(100) })
  expect((await watch([sameBlock, sameBlock, sameBlock, mined])).code).toBeNull()
})

it('counts a look without a new block when there was time for one', async () => {
  const found = await watch([seen('missing', { head: headAt(100) })])
  expect(found.code).toBe('chain/transaction-missing')
  const [first, last] = [found.world.clock.wakes[0], found.world.clock.wakes.at(-1)]
  expect(Date.parse(last ?? '') - Date.parse(first ?? '')).toBeGreaterThanOrEqual(3_000)
})

it('calls a stake that reverted for want of its approve superseded: that can be planned anew', async () => {
  const fates = { [approve.hash]: 'superseded', [stake.hash]: 'reverted' } as const
  expect((await watch([{ fates }], { attempts: [approve, stake] })).code).toBe('chain/transaction-superseded')
})

it.each(['pending', 'missing'] as const)('calls what is %s below the base fee underpriced', async (status) => {
  const dear = seen(status, { head: { ...headAt(100), baseFeePerGas: '10000001' } })
  const found = await watch([dear])
  expect(found.code).toBe('chain/transaction-underpriced')
  expect((await watch([dear, seen('pending'), mined])).code).toBeNull()
})

it('calls what is next and left out of thirty blocks stuck, and what waits behind it not', async () => {
  expect(await watch([seen('pending')])).toMatchObject({ code: 'chain/transaction-stuck', looks: 30 })
  const behind = await watch([seen('pending', { nonce: null })], { confirmationTimeoutMs: 100_000 })
  expect(behind.code).toBe('chain/confirmation-timeout')
  const halted = await watch([seen('pending', { head: headAt(100) })], { confirmationTimeoutMs: 100_000 })
  expect(halted.code).toBe('chain/confirmation-timeout')
})

it.each(['pending', 'missing'] as const)(
  'calls a nonce before what is %s, which nobody uses, a gap',
  async (status) => {
    expect(await watch([seen(status, { nonce: 6 })])).toMatchObject({ code: 'chain/nonce-gap', looks: 15 })
  },
)

it('does not believe in a gap that a node shows beside what is mined after it', async () => {
  const fates = { [approve.hash]: 'mined', [stake.hash]: 'pending' } as const
  const found = await watch([{ fates, nonce: 7 }], { attempts: [approve, stake], confirmationTimeoutMs: 100_000 })
  expect(found.code).toBe('chain/confirmation-timeout')
})

it('of two under one nonce asks for the newer, until one of them is mined', async () => {
  const attempts = [stake, raised]
  const both = (old: AttemptReport['status'], newer: AttemptReport['status']) => ({
    fates: { [stake.hash]: old, [raised.hash]: newer },
  })
  expect((await watch([both('pending', 'missing')], { attempts })).code).toBe('chain/transaction-missing')
  expect((await watch([both('missing', 'pending'), both('superseded', 'mined')], { attempts })).code).toBeNull()
  expect((await watch([both('mined', 'superseded')], { attempts })).code).toBeNull()
  expect((await watch([both('superseded', 'superseded')], { attempts })).code).toBe('chain/transaction-superseded')
})

it('gives a lagging node time to show the stake, then says that it does not', async () => {
  const notYet = seen('mined', { sVvv: '0' })
  expect((await watch([notYet, notYet, mined])).code).toBeNull()
  expect((await watch([notYet])).code).toBe('chain/not-credited')
})

it('asks an approve for its allowance, unless a stake has used it up', async () => {
  const alone = await watch([{ fates: { [approve.hash]: 'mined' } }], { attempts: [approve] })
  expect(alone.code).toBe('chain/not-credited')
  const both = { [approve.hash]: 'mined', [stake.hash]: 'mined' } as const
  expect((await watch([{ fates: both }], { attempts: [approve, stake] })).code).toBeNull()
})

it('asks a revocation for an allowance of nothing', async () => {
  const revoke = attempt('revoke', 9)
  const look = { fates: { [revoke.hash]: 'mined' } } as const
  expect((await watch([look], { attempts: [revoke] })).code).toBeNull()
  expect((await watch([{ ...look, allowance: '1' }], { attempts: [revoke] })).code).toBe('chain/not-credited')
})

it('of what is never mined ends with a time-out that a later run can wait out', async () => {
  const { output } = await watch([seen('pending')], { confirmationTimeoutMs: 10_000 })
  expect(output.problem).toMatchObject({ code: 'chain/confirmation-timeout', exit: 'waiting' })
  expect(output.problem?.message).toContain(hashOf('stake', 8))
})

it('cut short by a pause is no failure', async () => {
  const pause = new AbortController()
  const report = async () => {
    pause.abort()
    return reportOf(seen('pending'), 1)
  }
  const { effects } = setUp({}, report)
  const watching = effects.watchTransactions({ address: ADDRESS, attempts: [stake] }, { ...io, signal: pause.signal })
  await expect(watching).rejects.toBeInstanceOf(Interrupted)
})

it('calls a lock for DIEM that reverted a price that has moved: that can be planned anew', async () => {
  const lock = attempt('mintDiem', 9)
  const { code, output } = await watch([{ fates: { [lock.hash]: 'reverted' }, nonce: 10 }], { attempts: [lock] })
  expect({ code, recovery: output.problem?.recovery }).toEqual({
    code: 'chain/diem-price-moved',
    recovery: 'replan',
  })
})

it.each([
  ['mintDiem', { liquid: '0', staked: VVV.toString() }, { liquid: '0', staked: '0' }],
  ['stakeDiem', { liquid: '0', staked: VVV.toString() }, { liquid: VVV.toString(), staked: '0' }],
] as const)('takes a %s for done when the chain shows the DIEM, and not before', async (purpose, after, before) => {
  const made = attempt(purpose, 9)
  const fates = { [made.hash]: 'mined' } as const
  const found = await watch(
    [
      { fates, diem: before },
      { fates, diem: null },
      { fates, diem: after },
    ],
    {
      attempts: [made],
    },
  )
  expect({ code: found.code, looks: found.looks }).toEqual({ code: null, looks: 3 })
  expect((await watch([{ fates, diem: before }], { attempts: [made] })).code).toBe('chain/not-credited')
})

it('asks nothing of DIEM that an earlier watch saw mined, and that was unstaked or sold since', async () => {
  const [earlier, now] = [attempt('stakeDiem', 9, { status: 'mined' }), attempt('mintDiem', 10, { expected: '1' })]
  const fates = { [earlier.hash]: 'mined', [now.hash]: 'mined' } as const
  const found = await watch([{ fates, diem: { liquid: '1', staked: '0' } }], { attempts: [earlier, now] })
  expect(found.code).toBeNull()
})
