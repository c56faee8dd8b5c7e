import { describe, expect, it } from 'vitest'
import type { Attempt, AttemptReport, ChainReport } from '../../src/domain/attempt.ts'
import { createEffects } from '../../src/driver/effects/create.ts'
import { Interrupted } from '../../src/driver/effects/guard.ts'
import type { EffectSettings, Ports, Progress } from '../../src/driver/effects/io.ts'
import { RpcError } from '../../src/errors/chain/endpoints.ts'
import type { Failure } from '../../src/errors/failure.ts'
import { START } from '../support/fake-clock.ts'
import { ADDRESS, attempt, hashOf, raise, VVV } from '../support/samples.ts'
import { fakeWorld } from '../support/world.ts'

const io = { signal: new AbortController().signal, report: () => {} }

function setUp(settings: Partial<EffectSettings>, report: Ports['chain']['report'], blockTimeMs = 2_000) {
  const world = fakeWorld()
  let head: number | null = null
  const chain: Ports['chain'] = {
    ...world.ports.chain,
    blockTimeMs,
    nextBlockMs: () => (head === null ? null : head * 1_000 + blockTimeMs),
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
interface Look extends Omit<Partial<ChainReport>, 'head'> {
  head?: ChainReport['head'] | undefined
  fates: Fates
  blockNumber?: string
  baseFee?: string
  usedBy?: AttemptReport['usedBy']
  hasEvent?: boolean
}
/** The chain's report of every attempt; one block later at each receipt check, unless the check has a head. */
const reportOf = (
  { fates, blockNumber, baseFee = BASE_FEE, usedBy, hasEvent, head, ...changes }: Look,
  looks: number,
): ChainReport => ({
  attempts: Object.entries(fates).map(([hash, status]) => ({
    hash: hash as Attempt['hash'],
    status: status ?? 'missing',
    blockNumber: blockNumber ?? (status === 'mined' || status === 'reverted' ? '100' : null),
    gasUsed: null,
    feeWei: null,
    ...(status === 'superseded' && usedBy !== undefined && { usedBy }),
    ...(hasEvent !== undefined && { hasEvent }),
  })),
  head: head ?? { ...headAt(100 + looks), baseFeePerGas: baseFee },
  nonce: 8,
  sVvv: VVV.toString(),
  allowance: '0',
  diem: null,
  ...changes,
})
const seen = (status: AttemptReport['status'], changes: Omit<Look, 'fates'> = {}): Look => ({
  fates: { [stake.hash]: status },
  ...changes,
})
/** Receipt checks that are answered by `looks`; the last answer repeats. */
const watch = async (
  answers: readonly Look[],
  {
    attempts = [stake],
    blockTimeMs = 2_000,
    ...settings
  }: Partial<EffectSettings> & { attempts?: readonly Attempt[]; blockTimeMs?: number } = {},
) => {
  let looks = 0
  const report = async () => {
    const answer = answers[Math.min(looks, answers.length - 1)]
    if (answer === undefined) throw new Error('nothing to see')
    looks += 1
    return reportOf(answer, looks)
  }
  const { world, effects } = setUp(settings, report, blockTimeMs)
  const output = await effects
    .watchTransactions({ address: ADDRESS, attempts }, io)
    .catch((failure: Failure) => ({ problem: failure, report: null }))
  return { output, code: output.problem?.code ?? null, looks, world }
}
const mined = seen('mined')

it('ends when all transactions are mined and the chain shows their effect', async () => {
  const { code, looks } = await watch([seen('pending'), seen('pending'), mined])
  expect({ code, looks }).toEqual({ code: null, looks: 3 })
})

/** A chain of `blockTimeMs`, with a receipt after `minedMs`. Counts its requests. */
function onTime(minedMs: number, { sVvv = () => VVV, blockTimeMs = 2_000, announces = false } = {}) {
  const { ports } = fakeWorld()
  const { clock } = ports
  const asked = { checks: [] as number[], reports: [] as number[] }
  const passed = () => clock.now() - Date.parse(START)
  let head = 0
  const chain: Ports['chain'] = {
    ...ports.chain,
    blockTimeMs,
    announcesBlocks: announces,
    followHeads: (onHead) => {
      if (announces) onHead()
      return () => {}
    },
    // At 200 ms, whole seconds do not tell when a block is due.
    nextBlockMs: () => (blockTimeMs < 1_000 ? null : Date.parse(START) + (head + 1) * blockTimeMs),
    async hasReceipt() {
      asked.checks.push(passed())
      return passed() >= minedMs
    },
    async report() {
      asked.reports.push(passed())
      head = Math.floor(passed() / blockTimeMs)
      const status = passed() >= minedMs ? 'mined' : 'pending'
      return reportOf(seen(status, { head: headAt(100 + head), sVvv: sVvv().toString() }), 0)
    },
  }
  const effects = createEffects({ ...ports, chain })
  const progress: Progress[] = []
  const watching = (attempts: readonly Attempt[] = [{ ...stake, sentAt: START }]) =>
    effects.watchTransactions({ address: ADDRESS, attempts }, { ...io, report: (told) => progress.push(told) })
  return { asked, chain, clock, watching, progress }
}

it('reports transactions that are already mined at once, without a pause', async () => {
  const { asked, watching } = onTime(0)
  expect((await watching()).problem).toBeNull()
  expect(asked).toEqual({ checks: [0], reports: [0] })
})

it('checks a moment later in case blocks are quick, and then when the next block is due', async () => {
  const quick = onTime(50)
  await quick.watching()
  expect(quick.asked).toEqual({ checks: [0, 80], reports: [80] })
  const late = onTime(2_200)
  await late.watching()
  expect(late.asked.checks.slice(0, 3)).toEqual([0, 80, 2_060])
})

it.each([
  [100, 6],
  [250, 6],
  [400, 6],
  [900, 9],
])('asks about a transaction at 200 ms mined after %i ms at most %i times, and sees it soon', async (ms, most) => {
  const { asked, watching } = onTime(ms, { blockTimeMs: 200 })
  await watching()
  expect(asked.checks.length + asked.reports.length).toBeLessThanOrEqual(most)
  expect((asked.reports[0] ?? 0) - ms).toBeLessThanOrEqual(Math.max(160, ms / 2))
})

it.each([true, false])(
  'waits a long time with few requests, with and without announced blocks (%s)',
  async (announces) => {
    const { asked, watching } = onTime(45_000, { blockTimeMs: 200, announces })
    const { problem } = await watching()
    expect(problem).toBeNull()
    const atOnce = asked.checks.filter((ms) => ms < 1_000)
    expect(atOnce.length).toBeLessThanOrEqual(7)
    expect(asked.checks.length).toBeLessThanOrEqual(announces ? 60 : 40)
    expect(asked.reports.length).toBeLessThanOrEqual(25)
  },
)

it('keeps polling the state once there is a receipt, with growing pauses', async () => {
  let asks = 0
  const { asked, watching } = onTime(0, { sVvv: () => (++asks < 4 ? 0n : VVV), blockTimeMs: 200 })
  await watching()
  expect(asked).toEqual({ checks: [0], reports: [0, 80, 230, 380] })
})

it('checks everything at once that was signed before this process', async () => {
  const { asked, watching } = onTime(0)
  const signedAt = new Date(Date.parse(START) - 60_000).toISOString()
  await watching([{ ...stake, signedAt }])
  expect(asked).toEqual({ checks: [], reports: [0] })
})

it('reports how long a transaction took, and what is pending while it waits', async () => {
  const { watching, progress } = onTime(5_000, { blockTimeMs: 200 })
  const { report } = await watching()
  const [found] = report.attempts
  expect(found?.minedAfterMs).toBeGreaterThanOrEqual(5_000)
  expect(progress.flatMap(({ transactions = [] }) => transactions)[0]).toMatchObject({
    purpose: 'stake',
    sentAt: START,
    blockNumber: null,
  })
  for (const { until } of progress) if (until !== undefined) expect(until > START).toBe(true)
})

it('reports no wait shorter than a second', async () => {
  const { watching, progress } = onTime(900, { blockTimeMs: 200 })
  await watching()
  expect(progress.filter(({ until }) => until !== undefined)).toEqual([])
})

it('fails a watch without receipt checks like one without reports', async () => {
  const { chain, watching } = onTime(0)
  chain.hasReceipt = () => Promise.reject(new RpcError('connection reset'))
  await expect(watching()).rejects.toMatchObject({ code: 'chain/rpc', recovery: 'retry' })
})

it('fetches the challenge while a stake is pending, and only once', async () => {
  const { world, effects } = setUp({}, async () => reportOf(mined, 1))
  await effects.watchTransactions({ address: ADDRESS, attempts: [stake] }, io)
  expect(world.counts.challenges).toBe(1)
  await effects.fetchChallenge({ address: ADDRESS }, io)
  expect(world.counts.challenges).toBe(1)
  await effects.fetchChallenge({ address: ADDRESS }, io)
  expect(world.counts.challenges).toBe(2)
})

it('fetches no challenge for transactions that lead to no mint', async () => {
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

it('continues after a node shows a transaction before its block', async () => {
  const { code, looks } = await watch([seen('mined', { head: headAt(99) }), seen('missing'), seen('pending'), mined])
  expect({ code, looks }).toEqual({ code: null, looks: 4 })
})

const usedBy = { hash: `0x${'f0'.repeat(32)}`, blockNumber: '99', isFinal: false } as const
/** Milliseconds until a problem was reported. */
const patience = async (...given: Parameters<typeof watch>) => {
  const { code, world } = await watch(...given)
  return { code, ms: world.clock.now() - Date.parse(START) }
}
/** Each sign, how long it must last, and the failure that it then becomes. */
const SIGNS: [string, Look, string, number][] = [
  ['missing', seen('missing'), 'chain/transaction-missing', 5_000],
  ['superseded by what a block shows', { ...seen('superseded'), usedBy }, 'chain/transaction-superseded', 3_000],
  ['superseded by what no block shows', seen('superseded'), 'chain/transaction-superseded', 75_000],
  ['reverted', seen('reverted'), 'chain/transaction-reverted', 2_000],
  ['gap', seen('missing', { nonce: 6 }), 'chain/nonce-gap', 75_000],
  ['underpriced', seen('missing', { head: undefined, baseFee: '10000001' }), 'chain/transaction-underpriced', 30_000],
  ['stuck', seen('pending'), 'chain/transaction-stuck', 60_000],
]

describe.each([200, 2_000, 12_000])('with a block every %i ms', (blockTimeMs) => {
  it.each(SIGNS)('accepts %s after seconds, not after a number of blocks', async (_, look, code, leastMs) => {
    const found = await patience([look], { blockTimeMs })
    expect(found.code).toBe(code)
    expect(found.ms).toBeGreaterThanOrEqual(leastMs)
    expect(found.ms).toBeLessThanOrEqual(leastMs * 1.2 + 3 * Math.max(2_000, blockTimeMs))
  })

  it.each(SIGNS)('ignores %s when it does not last', async (_, look) => {
    expect((await patience([look, seen('pending'), look, mined], { blockTimeMs })).code).toBeNull()
  })
})

it('does not count repeats within one block as evidence, unless more time passes than blocks take', async () => {
  const missing = await patience([seen('missing', { head: headAt(100) })])
  expect(missing.code).toBe('chain/transaction-missing')
  expect(missing.ms).toBeGreaterThanOrEqual(10_000)
  // A chain without new blocks includes no transaction, whatever its fee.
  for (const baseFeePerGas of [BASE_FEE, '10000001']) {
    const halted = seen('pending', { head: { ...headAt(100), baseFeePerGas } })
    expect((await watch([halted], { confirmationTimeoutMs: 100_000 })).code).toBe('chain/confirmation-timeout')
  }
})

it('rebroadcasts the same bytes after doubling pauses, within one time limit for all', async () => {
  const { effects, world } = setUp({}, async () =>
    reportOf(seen('missing', { head: headAt(Math.floor(world.clock.now() / 200)) }), 0),
  )
  const at: number[] = []
  const watchAgain = () => effects.watchTransactions({ address: ADDRESS, attempts: [stake] }, io)
  for (let again = 0; again < 3; again += 1) {
    expect((await watchAgain()).problem?.code).toBe('chain/transaction-missing')
    at.push(Math.round((world.clock.now() - Date.parse(START)) / 1_000))
  }
  const [first = 0, second = 0, third = 0] = at
  expect(first).toBeGreaterThanOrEqual(5)
  expect(second).toBeGreaterThanOrEqual(2 * first - 1)
  expect(third).toBeGreaterThanOrEqual(2 * second - 1)
  expect(third).toBeLessThanOrEqual(45)
  // No single watch shows that it is stuck.
  expect((await watchAgain()).problem?.code).toBe('chain/transaction-stuck')
})

it('has one time limit for all watches of a process, and a new one in the next process', async () => {
  const { effects, world } = setUp({ confirmationTimeoutMs: 20_000 }, async () =>
    reportOf(seen('missing', { head: headAt(Math.floor(world.clock.now() / 200)) }), 0),
  )
  const codes: (string | undefined)[] = []
  for (let again = 0; again < 4; again += 1) {
    const watching = effects.watchTransactions({ address: ADDRESS, attempts: [stake] }, io)
    codes.push((await watching.catch((failure: Failure) => ({ problem: failure }))).problem?.code)
  }
  const missing = 'chain/transaction-missing'
  expect(codes).toEqual([missing, missing, 'chain/confirmation-timeout', missing])
})

it('does not ask a wallet to send again within a minute', async () => {
  const sentByWallet = { ...stake, raw: null, intent: hashOf('stake', 80), status: 'sent' } as const
  const found = await patience([seen('missing')], { attempts: [sentByWallet] })
  expect(found).toMatchObject({ code: 'chain/transaction-missing' })
  expect(found.ms).toBeGreaterThanOrEqual(60_000)
})

it('does not send a stake again whose approve may have lost its nonce', async () => {
  const fates = { [approve.hash]: 'superseded', [stake.hash]: 'missing' } as const
  const found = await patience([{ fates }], { attempts: [approve, stake] })
  expect(found.code).toBe('chain/transaction-superseded')
})

describe('a temporary disturbance causes no failure:', () => {
  const pending = seen('pending')
  const lasting = (look: Look, looks: number) => Array.from({ length: looks }, () => look)
  const dear = seen('pending', { baseFee: '100000000' })
  it.each<[string, readonly Look[]]>([
    ['a spike of the base fee', [pending, dear, dear, pending, mined]],
    ['a replica that lags', [...lasting(seen('mined', { sVvv: '0' }), 25), mined]],
    ['receipts from a replica that lags', [...lasting(seen('superseded'), 15), mined]],
    ['a nonce from a replica that lags', [...lasting(seen('missing', { nonce: 6 }), 15), mined]],
    ['a reorganisation after the receipt', [seen('mined', { sVvv: '0' }), pending, seen('missing'), pending, mined]],
    ['a transaction that is pending', [...lasting(pending, 12), mined]],
  ])('%s', async (_, looks) => {
    expect((await watch(looks, { blockTimeMs: 200 })).code).toBeNull()
  })
})

it('calls a stake superseded when it reverted without its approve, so that it can be planned again', async () => {
  const fates = { [approve.hash]: 'superseded', [stake.hash]: 'reverted' } as const
  expect((await watch([{ fates }], { attempts: [approve, stake] })).code).toBe('chain/transaction-superseded')
})

it('calls the next transaction stuck, and not the ones that wait behind it', async () => {
  const behind = await watch([seen('pending', { nonce: null })], { confirmationTimeoutMs: 100_000 })
  expect(behind.code).toBe('chain/confirmation-timeout')
})

it('does not accept a gap from a node that also shows transactions mined after it', async () => {
  const fates = { [approve.hash]: 'mined', [stake.hash]: 'pending' } as const
  const found = await watch([{ fates, nonce: 7 }], { attempts: [approve, stake], confirmationTimeoutMs: 100_000 })
  expect(found.code).toBe('chain/confirmation-timeout')
})

it('checks the newer of two transactions under one nonce, until one of them is mined', async () => {
  const attempts = [stake, raised]
  const both = (old: AttemptReport['status'], newer: AttemptReport['status']) => ({
    fates: { [stake.hash]: old, [raised.hash]: newer },
  })
  expect((await watch([both('pending', 'missing')], { attempts })).code).toBe('chain/transaction-missing')
  expect((await watch([both('missing', 'pending'), both('superseded', 'mined')], { attempts })).code).toBeNull()
  expect((await watch([both('mined', 'superseded')], { attempts })).code).toBeNull()
  expect((await watch([both('superseded', 'superseded')], { attempts })).code).toBe('chain/transaction-superseded')
})

it('gives a lagging replica time to show the stake, but little time without the event in the receipt', async () => {
  const notYet = seen('mined', { sVvv: '0' })
  const lagging = await patience([notYet])
  expect(lagging.code).toBe('chain/not-credited')
  expect(lagging.ms).toBeGreaterThanOrEqual(120_000)
  const eventless = await patience([{ ...notYet, hasEvent: false }])
  expect(eventless.code).toBe('chain/not-credited')
  expect(eventless.ms).toBeLessThanOrEqual(10_000)
})

describe('a node that is behind our own receipt', () => {
  const behind = (status: AttemptReport['status'], changes: Omit<Look, 'fates'> = {}) =>
    seen(status, { isBehind: true, sVvv: '0', ...changes })

  it('proves nothing by what it lacks, however often', async () => {
    const looks = Array.from({ length: 100 }, () => behind('mined', { hasEvent: true }))
    expect((await watch([...looks, mined], { blockTimeMs: 2_000, confirmationTimeoutMs: 1_000_000 })).code).toBeNull()
  })

  it.each(['superseded', 'missing'] as const)('does not count when it reports a transaction as %s', async (status) => {
    const fates = { [approve.hash]: 'mined', [stake.hash]: status } as const
    const looks = Array.from({ length: 50 }, () => ({ fates, isBehind: true, sVvv: '0', nonce: 7 }))
    const done = { fates: { [approve.hash]: 'mined', [stake.hash]: 'mined' } } as const
    const found = await watch([...looks, done], { attempts: [approve, stake], confirmationTimeoutMs: 1_000_000 })
    expect(found.code).toBeNull()
  })

  it('does not cancel evidence from other reports', async () => {
    const notYet = seen('mined', { sVvv: '0' })
    const found = await patience(Array.from({ length: 400 }, (_, index) => (index % 2 ? behind('mined') : notYet)))
    expect(found.code).toBe('chain/not-credited')
    expect(found.ms).toBeLessThanOrEqual(150_000)
  })

  it('is believed when it has a receipt of a revert', async () => {
    expect((await watch([behind('reverted')])).code).toBe('chain/transaction-reverted')
  })

  it('ends the watch at its time limit, so that a later watch may find another node', async () => {
    const { output } = await watch([behind('mined')], { confirmationTimeoutMs: 180_000 })
    expect(output.problem).toMatchObject({ code: 'chain/node-behind', recovery: 'retry' })
  })
})

it('checks an approve by its allowance, unless a stake has used it up', async () => {
  const alone = await watch([{ fates: { [approve.hash]: 'mined' } }], { attempts: [approve] })
  expect(alone.code).toBe('chain/not-credited')
  const both = { [approve.hash]: 'mined', [stake.hash]: 'mined' } as const
  expect((await watch([{ fates: both }], { attempts: [approve, stake] })).code).toBeNull()
})

it('checks a revocation by an allowance of zero', async () => {
  const revoke = attempt('revoke', 9)
  const look = { fates: { [revoke.hash]: 'mined' } } as const
  expect((await watch([look], { attempts: [revoke] })).code).toBeNull()
  expect((await watch([{ ...look, allowance: '1' }], { attempts: [revoke] })).code).toBe('chain/not-credited')
})

it('ends with a timeout that a later run can wait out when a transaction is never mined', async () => {
  const { output } = await watch([seen('pending')], { confirmationTimeoutMs: 10_000 })
  expect(output.problem).toMatchObject({ code: 'chain/confirmation-timeout', exit: 'waiting' })
  expect(output.problem?.message).toContain(hashOf('stake', 8))
})

it('treats an interruption by a pause as no failure', async () => {
  const pause = new AbortController()
  const report = async () => {
    pause.abort()
    return reportOf(seen('pending'), 1)
  }
  const { effects } = setUp({}, report)
  const watching = effects.watchTransactions({ address: ADDRESS, attempts: [stake] }, { ...io, signal: pause.signal })
  await expect(watching).rejects.toBeInstanceOf(Interrupted)
})

it('calls a reverted lock for DIEM a moved price, so that it can be planned again', async () => {
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
] as const)('accepts a %s only when the chain shows the DIEM', async (purpose, after, before) => {
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

it('does not check DIEM again that an earlier watch saw mined and that was unstaked or sold since', async () => {
  const [earlier, now] = [attempt('stakeDiem', 9, { status: 'mined' }), attempt('mintDiem', 10, { expected: '1' })]
  const fates = { [earlier.hash]: 'mined', [now.hash]: 'mined' } as const
  const found = await watch([{ fates, diem: { liquid: '1', staked: '0' } }], { attempts: [earlier, now] })
  expect(found.code).toBeNull()
})
