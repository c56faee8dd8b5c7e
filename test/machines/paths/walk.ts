import type { Counters, RunRecord } from '../../../machines/onboarding/context.ts'
import { LIMITS } from '../../../machines/onboarding/select.ts'
import { type Attempt, isOpen } from '../../../src/domain/attempt.ts'
import { isDoubtful } from '../../../src/domain/key.ts'
import type { Payment } from '../../../src/domain/payment.ts'
import { restarted, unbegun } from '../../../src/driver/amend.ts'
import type { Effects } from '../../../src/driver/effects/io.ts'
import { type Envelope, recordOf, seal } from '../../../src/driver/envelope.ts'
import { resultOf } from '../../../src/driver/result.ts'
import { ChallengeLostError } from '../../../src/errors/challenge.ts'
import { isFailure } from '../../../src/errors/failure.ts'
import { type FakeClock, fakeClock, START } from '../../support/fake-clock.ts'
import { type Script, scriptedEffects } from '../../support/fakes.ts'
import { Crash, driveOn, type MemoryHost, memoryHost, onDisk, transitions } from '../../support/memory-host.ts'
import { failure, keyRef } from '../../support/samples.ts'
import { shown } from '../../support/told.ts'
import { type Path, startOf } from './explore.ts'

/** More points than the host of any of these walks has. */
const ENOUGH = 1_000

/** What outlives every process: the sink, and what Venice made. */
interface Outside {
  readonly stored: Set<string>
  readonly made: Set<string>
}

export interface Walk {
  /** States that the machine visited, in all processes. */
  states: readonly string[]
  /** Violations that were found. */
  broken: readonly string[]
  /** Points at which the process could have died. */
  points: number
}

/**
 * Drives the real driver with effects that answer as in `path`, and well after its end. With `crashAt` the process dies
 * at that point of its host, and another one, whose memory is empty, goes on from the disk.
 */
export async function walk(path: Path, crashAt = ENOUGH): Promise<Walk> {
  const { input } = path.seed
  const clock = fakeClock()
  const outside: Outside = { stored: new Set(), made: new Set() }
  const broken = new Set<string>()
  const states: string[] = []
  let { answers } = path
  let disk = await diskOf(path)
  for (let at = crashAt; ; at = ENOUGH) {
    const host = memoryHost({ clock, disk, crashAt: at })
    const saved = await watch(host, broken)
    const effects = effectsOf(answers, { clock, outside, host, saved: saved.last, broken })
    try {
      const { envelope: end, status } = await driveOn(host, effects, { input })
      states.push(...transitions(host).map(({ to }) => to))
      if (status !== 'done') broken.add(`it is ${status}`)
      for (const label of unreported(end, outside)) broken.add(`the key "${label}" is neither stored nor reported`)
      return { states, broken: [...broken], points: host.points }
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      states.push(...transitions(host).map(({ to }) => to))
      // An answer that was not recorded is repeated.
      answers = answers.slice(saved.count() - (disk === null ? 1 : 0))
      disk = host.disk
    }
  }
}

/** A run whose loops have turned is resumed; any other is new. */
async function diskOf({ seed }: Path): Promise<string | null> {
  if (seed.counters === undefined) return null
  const { request, record } = seed.input
  const empty = await unbegun(request, START)
  const envelope = record === undefined ? empty : await restarted(empty, { request, record }, START)
  const { context } = startOf(seed)
  return seal({ ...envelope, revision: 1, pass: 1, snapshot: { ...envelope.snapshot, context } })
}

/** Compares every saved revision of the host with the one before it. */
async function watch(host: MemoryHost, broken: Set<string>) {
  const { save } = host
  let last = await onDisk(host)
  let count = 0
  host.save = async (next) => {
    for (const fault of faultsBetween(last && recordOf(last), next)) broken.add(fault)
    await save(next).finally(() => {
      if (host.log.at(-1) !== `save ${next.revision} ${next.due?.src ?? 'nothing'}`) return
      last = next
      count += 1
    })
  }
  return { last: () => last, count: () => count }
}

function* faultsBetween(before: RunRecord | null, { snapshot: { context, value } }: Envelope): Generator<string> {
  const { record, counters } = context
  const at = ` in ${JSON.stringify(value)}`
  const known = new Set(record.attempts.map(({ hash }) => hash))
  if (before?.attempts.some(({ hash }) => !known.has(hash))) yield `an attempt is forgotten${at}`
  const stakes = record.attempts.filter(({ purpose }) => purpose === 'stake')
  if (new Set(stakes.filter(isOpen).map(({ nonce }) => nonce)).size > 1) yield `two stakes are open${at}`
  if (stakes.filter(({ status }) => status === 'mined').length > 1) yield `two stakes are mined${at}`
  if (before?.key && record.key?.label !== before.key.label) yield `the key is forgotten${at}`
  const labels = new Set(record.mints.map(({ label }) => label))
  if (before?.mints.some((mint) => isDoubtful(mint) && !labels.has(mint.label))) yield `a mint is forgotten${at}`
  const { payments = [] } = record
  const nonces = new Set(payments.map(({ nonce }) => nonce))
  if (before?.payments?.some(({ nonce }) => !nonces.has(nonce))) yield `a payment is forgotten${at}`
  if (payments.filter(({ status }) => status !== 'void').length > 1) yield `two payments may be taken${at}`
  for (const name of Object.keys(counters) as (keyof Counters)[]) {
    if (counters[name] > LIMITS[name]) yield `${name} turned ${counters[name]} times${at}`
  }
}

/** Labels of keys that exist or may exist, and that the run does not report. */
function unreported(end: Envelope, { made }: Outside): string[] {
  const { warnings, orphans } = resultOf(end)
  const { key } = recordOf(end)
  return [...made].filter(
    (label) =>
      key?.label !== label &&
      !orphans.some((orphan) => orphan.label === label) &&
      !warnings.some((warning) => shown(warning).includes(`"${label}"`)),
  )
}

interface Surroundings {
  clock: FakeClock
  outside: Outside
  host: MemoryHost
  /** The last revision on the disk. */
  saved: () => Envelope | null
  broken: Set<string>
}

/** Effects of one process: first `answers` in order, then success. What is in memory is lost with it. */
function effectsOf(answers: Path['answers'], { clock, outside, host, saved, broken }: Surroundings): Effects {
  const script: Record<string, unknown[]> = {}
  for (const { effect, answer } of answers) script[effect] = [...(script[effect] ?? []), answer]
  const { effects } = scriptedEffects({ script: script as Script, clock })
  const memory = { hasChallenge: false, hasSignature: false, key: null as string | null }
  const lost = () => failure(new ChallengeLostError())
  const attempts = () => saved()?.snapshot.context.record.attempts ?? []
  const { sleepUntil } = host
  host.sleepUntil = async (until, signal) => {
    await sleepUntil(until, signal)
    await effects.sleepUntil({ until }, { signal, report: () => {} })
  }
  return {
    ...effects,
    async signTransactions(input, tools) {
      const made = await effects.signTransactions(input, tools)
      const isOpenStake = (attempt: Attempt) => attempt.purpose === 'stake' && isOpen(attempt)
      if (attempts().some(isOpenStake) && made.some(isOpenStake)) broken.add('a second stake is signed')
      return made
    },
    async broadcast(input, tools) {
      const known = new Set(attempts().map(({ hash }) => hash))
      if (input.attempts.some(({ hash }) => !known.has(hash))) broken.add('what is sent is not recorded')
      return effects.broadcast(input, tools)
    },
    async postPayment(input, tools) {
      const isRecorded = ({ nonce }: Payment) => nonce === input.payment.nonce
      const recorded = saved()?.snapshot.context.record.payments ?? []
      if (!recorded.some(isRecorded)) broken.add('what is posted is not recorded')
      return effects.postPayment(input, tools)
    },
    async fetchChallenge(input, tools) {
      const fetched = await effects.fetchChallenge(input, tools)
      Object.assign(memory, { hasChallenge: true, hasSignature: false })
      return fetched
    },
    async signChallenge(input, tools) {
      if (!memory.hasChallenge) throw lost()
      const signed = await effects.signChallenge(input, tools)
      memory.hasSignature = true
      return signed
    },
    async mintKey(input, tools) {
      if (!memory.hasSignature) throw lost()
      const { label } = input.intent
      const isRecorded = saved()?.snapshot.context.record.mints.some((mint) => mint.label === label)
      if (isRecorded !== true) broken.add('what is minted is not recorded')
      try {
        const key = await effects.mintKey(input, tools)
        outside.made.add(label)
        outside.stored.add(label)
        return key
      } catch (error) {
        const code = isFailure(error) ? error.code : null
        if (code === 'sink/write-failed') memory.key = label
        if (code === 'sink/write-failed' || code === 'venice/mint-outcome-unknown') outside.made.add(label)
        throw error
      }
    },
    async storeKey(input, tools) {
      if (memory.key !== input.intent.label) throw lost()
      const key = await effects.storeKey(input, tools)
      outside.stored.add(input.intent.label)
      return key
    },
    async recoverKey(input, tools) {
      const { label } = input.intent
      if (outside.stored.has(label)) return { key: keyRef({ id: null, label }) }
      return effects.recoverKey(input, tools)
    },
  }
}
