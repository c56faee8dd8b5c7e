import type { RunRecord } from '../../machines/onboarding/context.ts'
import { newestPerNonce } from '../../src/domain/attempt.ts'
import { canPay } from '../../src/domain/funding.ts'
import { drive, type Host } from '../../src/driver/driver.ts'
import { createEffects } from '../../src/driver/effects/create.ts'
import { isFinished } from '../../src/driver/envelope.ts'
import { resultOf } from '../../src/driver/result.ts'
import { Crash } from '../support/memory-host.ts'
import { request } from '../support/samples.ts'
import { createChaos, type FaultKind } from './chaos.ts'
import { type Disk, simulatedHost } from './host.ts'
import { createInvariants } from './invariants.ts'
import { createLife, type Life, portsOf } from './life.ts'
import { createRandom, type Random } from './random.ts'
import { createScenario, type Scenario } from './scenario.ts'
import { createWorld, type World } from './world.ts'

/** The number of processes with faults, and of those that follow without faults. */
const STORMY_LIVES = 8
const CALM_LIVES = 12
const SECOND_MS = 1_000
const MINUTE_MS = 60_000

/** The tested subject: effects and host, or a broken version of them. */
export interface Subject {
  createEffects: typeof createEffects
  wrapHost: (host: Host) => Host
}

export interface SimulationOptions {
  seed: number
  /** Kinds of fault that never happen. */
  without?: readonly FaultKind[]
  /** Maximum number of processes that die. */
  maxCrashes?: number
  subject?: Partial<Subject>
}

export interface Simulated {
  seed: number
  /** `funded`, `unfunded`, or the code of the failure. */
  outcome: string
  /** The sentence that names the violation, if any. */
  violation: string | null
  scenario: Scenario
  faults: ReadonlyMap<FaultKind, number>
  crashes: number
  pauses: number
  /** Number of processes of the run. */
  lives: number
  keys: number
  /** Number of fee bumps, and of nonce fillers. */
  raises: number
  fills: number
  /** The history, one event per line. */
  history: readonly string[]
}

/**
 * One run of the real machine, driver and effects in a world made from `seed`: first with all faults that the seed
 * chooses and dying processes, then without any, and the run must end as that world allows. Deterministic.
 */
export async function simulate(options: SimulationOptions): Promise<Simulated> {
  const { seed, without = [], maxCrashes = Number.POSITIVE_INFINITY, subject = {} } = options
  const history: string[] = []
  const note = (line: string) => history.push(`${new Date(world.clock.now()).toISOString()} ${line}`)
  const scenario = createScenario(seed)
  const chaos = createChaos({ seed, without }, note)
  const world: World = createWorld({
    seed,
    scenario,
    chaos,
    onSend: (sent) => invariants.sending(sent),
    onPay: (by) => invariants.paying(by),
    onPost: (payment) => invariants.posting(payment),
  })
  const disk: Disk = { envelope: null }
  const counts = { crashes: 0, pauses: 0, lives: 0 }
  let life: Life = createLife({ crashAt: null, pauseAt: null, note })
  let violation: string | null = null
  const invariants = createInvariants({
    world,
    saved: () => disk.envelope,
    violate(sentence) {
      violation ??= sentence
      return life.kill(sentence)
    },
  })
  const isOver = () => violation !== null || (disk.envelope !== null && isFinished(disk.envelope))

  /** Runs `work` to its end or to the end of the process. */
  async function toItsEnd(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof Crash)) violation ??= `the driver threw: ${String(error)}`
    }
  }

  /** One process, from its start to any end. */
  async function live(fate: { crashAt: number | null; pauseAt: number | null }): Promise<void> {
    life = createLife({ ...fate, note })
    counts.lives += 1
    const { clock, ports } = world
    const host = simulatedHost({ life, disk, clock, invariants, note })
    const fundsDeadline = new Date(clock.now() + 10 * MINUTE_MS).toISOString()
    await toItsEnd(async () => {
      const { envelope } = await drive({
        effects: (subject.createEffects ?? createEffects)(portsOf(life, ports), {
          settings: { budget: scenario.budget, confirmations: scenario.confirmations },
        }),
        host: subject.wrapHost?.(host) ?? host,
        envelope: disk.envelope,
        input: {
          request: request({
            stakeAmount: scenario.stakeAmount.toString(),
            ...(scenario.fund !== null && { fund: scenario.fund }),
          }),
          ...(scenario.waitsForFunds && { fundsDeadline }),
          mustProve: scenario.mustProve,
        },
        signal: life.signal,
      })
      invariants.told(resultOf(envelope))
    })
    if (life.isDead && violation === null) counts.crashes += 1
    if (life.signal.aborted) counts.pauses += 1
  }

  const random = createRandom(seed).fork('lives')
  const [crashRate, pauseRate] = [random.pick([0, 0.3, 0.7, 0.95]), random.pick([0, 0, 0.3])]
  for (let lives = 0; lives < STORMY_LIVES && !isOver(); lives += 1) {
    const crashAt = random.chance(crashRate) ? somePoint(random) : null
    const pauseAt = random.chance(pauseRate) ? somePoint(random) : null
    await live({ crashAt: counts.crashes < maxCrashes ? crashAt : null, pauseAt })
    world.clock.pass(random.pick([random.int(0, 20) * SECOND_MS, random.int(1, 30) * MINUTE_MS]))
  }
  chaos.calm()
  const isHopeless = () => scenario.hopeless.includes(disk.envelope?.snapshot.context.failure?.code ?? '')
  for (let lives = 0; lives < CALM_LIVES && !isOver() && (lives === 0 || !isHopeless()); lives += 1) {
    await live({ crashAt: null, pauseAt: null })
    world.clock.pass(10 * MINUTE_MS)
  }
  world.clock.pass(10 * MINUTE_MS)
  if (violation === null) await toItsEnd(async () => invariants.ended(disk.envelope))

  const end = disk.envelope?.snapshot
  const outcome = end?.context.failure?.code ?? (isPaidFor(end?.context.record) ? 'funded' : 'unfunded')
  const attempts = end?.context.record.attempts ?? []
  const fills = attempts.filter(({ purpose }) => purpose === 'fillNonce').length
  const raises = attempts.length - newestPerNonce(attempts).length
  const made = { keys: world.keys.length, raises, fills }
  return { seed, outcome, violation, scenario, faults: chaos.counts, ...counts, ...made, history }
}

const isPaidFor = (record: RunRecord | undefined): boolean => record?.funding != null && canPay(record.funding)

/** The point at which a process dies: usually an early one, because other processes reach the later ones. */
const somePoint = (random: Random): number => random.int(1, random.pick([10, 40, 150]))
