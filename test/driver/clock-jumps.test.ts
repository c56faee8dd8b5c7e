import { describe, expect, it } from 'vitest'
import { createClock } from '../../src/adapters/clock.ts'
import { createEffects } from '../../src/driver/effects/create.ts'
import type { Ports } from '../../src/driver/effects/io.ts'
import { RpcError } from '../../src/errors/chain/endpoints.ts'
import { WalletStateStaleError } from '../../src/errors/run.ts'
import { RateLimitedError, TokenExpiredError } from '../../src/errors/venice/all.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { createRandom, type Random } from '../simulation/random.ts'
import { type FakeClock, fakeClock, START } from '../support/fake-clock.ts'
import { scriptedEffects } from '../support/fakes.ts'
import { Crash, driveOn, memoryHost, onDisk } from '../support/memory-host.ts'
import { request, walletState } from '../support/samples.ts'
import { type SettableTime, settableTime } from '../support/settable-clock.ts'
import { shown } from '../support/told.ts'
import { fakeWorld } from '../support/world.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const YEAR_MS = 365 * 24 * HOUR_MS
const JUMPS = [SECOND_MS, MINUTE_MS, HOUR_MS, 24 * HOUR_MS, YEAR_MS, 10 * YEAR_MS].flatMap((ms) => [ms, -ms])

/** The longest wait in these runs: what Venice asks for in `RateLimitedError`. */
const LONGEST_WAIT_MS = 42 * SECOND_MS
const CHALLENGE_LIFE_MS = 15 * MINUTE_MS
const RUNS = 150
const LIVES = 40

/** A host's clock on `clock`; no test moves its time by hand. */
const asFake = (clock: Clock): FakeClock => ({ ...clock, wakes: [], pass: () => {} })

interface Process {
  clock: Clock
  random: Random
  time: SettableTime
  /** The real time between the read of the wallet and the signature, for the oldest signed draft. */
  oldest: { draftMs: number }
}

/** The ports of a process whose wall clock differs from the world's. */
function portsOf({ ports }: ReturnType<typeof fakeWorld>, { clock, random, time, oldest }: Process): Ports {
  const iso = (ms: number) => new Date(ms).toISOString()
  let readAtMs: number | null = null
  const issuedAtMs = new Map<string, number>()
  return {
    ...ports,
    clock,
    chain: {
      ...ports.chain,
      async survey(...wanted) {
        if (random.chance(0.1)) throw new RpcError('busy')
        readAtMs = time.passedMs
        return { ...(await ports.chain.survey(...wanted)), readAt: iso(clock.now()) }
      },
    },
    signer: {
      ...ports.signer,
      async signTransaction(draft) {
        // No clock can tell how old the drafts of the previous process are.
        if (readAtMs !== null) oldest.draftMs = Math.max(oldest.draftMs, time.passedMs - readAtMs)
        return ports.signer.signTransaction(draft)
      },
      async signMessage(text) {
        time.pass(random.pick([0, 0, 0, 20 * MINUTE_MS]))
        return ports.signer.signMessage(text)
      },
    },
    venice: {
      ...ports.venice,
      async fetchChallenge(...wanted) {
        const challenge = await ports.venice.fetchChallenge(...wanted)
        issuedAtMs.set(challenge.text, time.passedMs)
        return { ...challenge, expiresAtMs: clock.now() + CHALLENGE_LIFE_MS }
      },
      async mint(wanted) {
        const ageMs = time.passedMs - (issuedAtMs.get(wanted.challenge.text) ?? 0)
        if (ageMs > CHALLENGE_LIFE_MS) throw new TokenExpiredError()
        return ports.venice.mint(wanted)
      },
    },
  }
}

/** One run, in as many processes as it needs, while somebody sets the wall clock. */
async function live(seed: number) {
  const random = createRandom(seed)
  let longestSleepMs = 0
  const oldest = { draftMs: 0 }
  const time = settableTime(Date.parse(START), () => maybeJump())
  const maybeJump = () => {
    if (random.chance(0.1)) time.set(random.pick(JUMPS))
  }
  const truth = fakeClock({ seed })
  const trueNow = () => Date.parse(START) + time.passedMs
  const world = fakeWorld({
    clock: { ...truth, now: trueNow },
    mints: random.chance(0.5) ? [new RateLimitedError({ retryAfterMs: LONGEST_WAIT_MS }), new RateLimitedError()] : [],
    dropped: random.chance(0.3) ? ['stake'] : [],
  })
  let disk: string | null = null
  for (let lives = 1; lives <= LIVES; lives += 1) {
    maybeJump()
    const clock = createClock({
      ...time,
      wallMs() {
        maybeJump()
        return time.wallMs()
      },
    })
    const measured: Clock = {
      ...clock,
      async sleepUntil(atMs, signal) {
        const from = time.passedMs
        await clock.sleepUntil(atMs, signal)
        longestSleepMs = Math.max(longestSleepMs, time.passedMs - from)
      },
    }
    const crashAt = random.chance(0.6) ? random.int(2, 40) : Number.POSITIVE_INFINITY
    const host = memoryHost({ clock: asFake(measured), disk, crashAt })
    const effects = createEffects(portsOf(world, { clock: measured, random, time, oldest }), {
      settings: {
        async approve() {
          time.pass(random.pick([0, 0, 5 * MINUTE_MS]))
          return true
        },
      },
    })
    const driven = await driveOn(host, effects).catch((error: unknown) => {
      if (error instanceof Crash) return null
      throw error
    })
    disk = host.disk
    const envelope = driven?.envelope
    if (envelope?.snapshot.value === 'funded')
      return { world, lives, longestSleepMs, oldest, passedMs: time.passedMs, envelope }
  }
  throw new Error(`Seed ${seed}: the run never ended.`)
}

describe(`in ${RUNS} runs whose wall clock is set back and forth by up to ten years`, () => {
  it('each run ends soon with one approve, one stake and one key, and no wait is longer than planned', async () => {
    let resumed = 0
    for (let seed = 1; seed <= RUNS; seed += 1) {
      const { world, lives, longestSleepMs, oldest, passedMs, envelope } = await live(seed)
      const seen = `seed ${seed}`
      for (const purpose of ['approve', 'stake'] as const) {
        const hashes = new Set(world.sent.filter((sent) => sent.purpose === purpose).map(({ hash }) => hash))
        expect(hashes.size, `${purpose} of ${seen}`).toBe(1)
      }
      const { key, warnings } = envelope.snapshot.context.record
      expect(key?.last6, seen).toBe(world.held?.slice(-6))
      const orphans = world.keys.filter(({ apiKey }) => apiKey !== world.held)
      for (const { label } of orphans) expect(warnings.map(shown).join(), seen).toContain(`"${label}"`)
      expect(longestSleepMs, `longest sleep of ${seen}`).toBeLessThanOrEqual(LONGEST_WAIT_MS)
      expect(oldest.draftMs, `oldest draft of ${seen}`).toBeLessThanOrEqual(MINUTE_MS)
      expect(passedMs, `duration of ${seen}`).toBeLessThan(6 * HOUR_MS)
      resumed += lives > 1 ? 1 : 0
    }
    expect(resumed).toBeGreaterThan(RUNS / 4)
  }, 120_000)
})

describe('a process that resumes after the wall clock was set back', () => {
  const ago = (ms: number) => new Date(Date.parse(START) - ms).toISOString()

  it('waits as long as planned, and not until the clock shows the old time again', async () => {
    const before = memoryHost()
    const { effects } = scriptedEffects({
      script: { readWalletState: [new RpcError('busy', { retryAfterMs: 30_000 })] },
    })
    const asleep = new AbortController()
    const falling = {
      ...before,
      sleepUntil: async () => {
        asleep.abort(new Error('SIGINT'))
        throw asleep.signal.reason
      },
    }
    const { envelope } = await driveOn(falling, effects, { signal: asleep.signal })
    expect(envelope.snapshot.context.wakeAt).toBe('2026-11-23T12:00:30.000Z')

    const clock = fakeClock({ start: ago(YEAR_MS) })
    const after = memoryHost({ clock, disk: before.disk })
    await driveOn(after, scriptedEffects({ clock }).effects)
    expect(clock.wakes[0]).toBe(ago(YEAR_MS - 30_000))
    expect((await onDisk(after))?.snapshot.value).toBe('funded')
  })

  it.each([
    ['in the future', 1],
    ['an hour ago', -HOUR_MS],
  ])('signs nothing that was drafted %s', async (_, offMs) => {
    const { ports } = fakeWorld()
    const { signTransactions } = createEffects(ports)
    const readAt = new Date(ports.clock.now() + offMs).toISOString()
    const input = { request: request(), walletState: walletState({ readAt }), attempts: [] }
    const io = { signal: new AbortController().signal, report: () => {} }
    await expect(signTransactions(input, io)).rejects.toMatchObject({ code: new WalletStateStaleError(readAt).code })
  })
})
