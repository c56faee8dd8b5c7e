import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Stage } from '../../machines/onboarding/context.ts'
import { isOpen } from '../../src/domain/attempt.ts'
import type { Effects } from '../../src/driver/effects/io.ts'
import { type Envelope, FORMAT, isFinished, requestOf, seal, unseal, unsealAs } from '../../src/driver/envelope.ts'
import { statePath } from '../../src/driver/events.ts'
import { isSameMachine } from '../../src/driver/machine-stamp.ts'
import { requireForm } from '../../src/driver/record-schema.ts'
import { resultOf } from '../../src/driver/result.ts'
import { ChallengeLostError } from '../../src/errors/challenge.ts'
import { StoreNewerFormatError, StoreOlderFormatError } from '../../src/errors/store.ts'
import { SPONSORING, type Sponsoring } from '../../src/sponsoring/kind.ts'
import { recordsOfToday } from '../corpus/stories.ts'
import { runCli } from '../support/cli.ts'
import { scriptedEffects } from '../support/fakes.ts'
import { driveOn, memoryHost, transitions } from '../support/memory-host.ts'
import { failure, request } from '../support/samples.ts'
import { newFolder } from '../support/sandbox.ts'
import { shown } from '../support/told.ts'

const CORPUS = new URL('../corpus/', import.meta.url).pathname
const OWNER = { chainId: request().chainId, address: request().address }
const open = (text: string) => unseal(text, '/state/run.json', OWNER)

type Record = [name: string, text: string]
const recordsOf = (folder: string): Record[] =>
  readdirSync(join(CORPUS, folder))
    .sort()
    .map((name) => [name.replace('.json', ''), readFileSync(join(CORPUS, folder, name), 'utf8')])
const format1 = recordsOf('format-1')
const format2 = recordsOf('format-2')
const textOf = (records: Record[], name: string): string => {
  const [, text] = records.find(([found]) => found === name) ?? []
  if (text === undefined) throw new Error(`There is no record of ${name}.`)
  return text
}
const { texts, unseen } = await recordsOfToday()
const today: Record[] = [...texts].map(([name, text]) => [name, text])

/** Effects that all succeed, in a process that has no secrets of the previous one. */
function newProcess() {
  const { effects, calls } = scriptedEffects()
  let hasChallenge = false
  const withChallenge =
    <Input extends unknown[], Output>(effect: (...input: Input) => Promise<Output>) =>
    async (...input: Input): Promise<Output> => {
      if (!hasChallenge) throw failure(new ChallengeLostError())
      return effect(...input)
    }
  const forgetful: Effects = {
    ...effects,
    async fetchChallenge(input, io) {
      hasChallenge = true
      return effects.fetchChallenge(input, io)
    },
    signChallenge: withChallenge(effects.signChallenge),
    mintKey: withChallenge(effects.mintKey),
    storeKey: withChallenge(effects.storeKey),
  }
  return { effects: forgetful, calls }
}

/** The stage in which a pass that starts from this record begins. */
function firstStage({ snapshot }: Envelope): Stage {
  const { key, attempts } = snapshot.context.record
  if (attempts.some(isOpen)) return 'awaitConfirmation'
  if (key !== null) return 'fundingCheck'
  const isStaked = attempts.some(({ purpose, status }) => purpose === 'stake' && status === 'mined')
  return isStaked ? 'awaitConfirmation' : 'checkBalance'
}

describe('the recorded stories', () => {
  it('cover every state in which a run can rest', () => {
    expect(unseen).toEqual([])
  })

  it('leave the same records each time they are played', async () => {
    expect(await recordsOfToday()).toEqual({ texts, unseen })
  })
})

describe('a record of format 1', () => {
  it.each(format1)('such as %s has today’s form once it is opened', async (_, text) => {
    expect(JSON.parse(text).envelope.format).toBe(1)
    const opened = await open(text)
    expect(() => requireForm(opened, 'x')).not.toThrow()
  })

  it('includes the approve that its stake depends on, also in the due transactions', async () => {
    const { snapshot, due } = await open(textOf(format1, 'stake-broadcast'))
    expect(snapshot.context.record.attempts.map(({ purpose, restsOn }) => [purpose, restsOn])).toEqual([
      ['approve', null],
      ['stake', 7],
    ])
    expect(due?.input).toEqual({ attempts: [snapshot.context.record.attempts[1]] })
  })
})

describe('a record of format 2', () => {
  it.each(format2)('such as %s has today’s words once it is opened', async (_, text) => {
    expect(JSON.parse(text).envelope.format).toBe(2)
    const opened = await open(text)
    expect(() => requireForm(opened, 'x')).not.toThrow()
    expect(JSON.stringify(opened)).not.toMatch(/"(?:position|unblocks?|fill|readPosition|unblockTransactions)"/)
  })

  it('keeps its state, what is due and its counters under their new names', async () => {
    const { snapshot, due } = await open(textOf(format2, 'await-confirmation-unblock'))
    expect(snapshot.value).toEqual({ awaitConfirmation: 'replace' })
    expect(due).toMatchObject({ id: 'replaceTransactions', src: 'replaceTransactions' })
    expect(snapshot.context.counters.replacements).toBe(1)
    expect(snapshot.context.walletState).toMatchObject({ feeCeiling: '2000000002000' })
    expect(snapshot.context.failure).toMatchObject({ code: 'chain/transaction-stuck', recovery: 'replace' })
  })

  it('keeps what fills a nonce', async () => {
    const { snapshot } = await open(textOf(format2, 'await-confirmation-rebroadcast-filler'))
    expect(snapshot.context.record.attempts.map(({ purpose }) => purpose)).toContain('fillNonce')
  })

  it.each(recordsOf('sponsoring-1'))('of a treasury, such as %s, has today’s words, too', async (_, text) => {
    const opened = await unsealAs<Sponsoring>(SPONSORING, text, '/state/sponsoring.json', OWNER)
    expect(statePath(opened.snapshot.value)).toMatch(/^(?:survey\.read|awaitConfirmation\.watch)$/)
    expect(opened.snapshot.context).toMatchObject({ counters: { replacements: 0 } })
    expect(opened.snapshot.context).toHaveProperty('walletState')
  })
})

const named = (records: Record[], format: number) =>
  records.map(([name, text]) => [`${name} of format ${format}`, text])

describe.each([...named(format1, 1), ...named(format2, 2), ...today])('the record %s', (_, text = '') => {
  it('opens, and can be shown', async () => {
    const envelope = await open(text)
    expect(envelope.format).toBe(FORMAT)
    const result = resultOf(envelope)
    expect(result.state).toBe(statePath(envelope.snapshot.value))
    expect(JSON.parse(JSON.stringify(result))).toMatchObject({ address: OWNER.address })
  })

  it('is resumed to a sound end, and nothing in it is done again', async () => {
    const before = await open(text)
    const { record } = before.snapshot.context
    const host = memoryHost({ disk: text })
    const { effects, calls } = newProcess()
    const { status, envelope } = await driveOn(host, effects, { input: { request: requestOf(before) } })
    expect(status).toBe('done')
    if (isFinished(before)) {
      expect([envelope, calls]).toEqual([before, []])
      return
    }

    const goesOn = before.snapshot.status === 'active' && (await isSameMachine(before))
    const [first] = host.events
    if (goesOn) {
      expect(first).toMatchObject({ type: 'resumed', state: statePath(before.snapshot.value) })
      expect(host.log[0]).toBe(before.due?.src === 'sleepUntil' ? 'sleep' : `step ${before.due?.src}`)
    } else {
      expect(first).toMatchObject({ type: 'transition', cause: 'onboarding.restart', pass: before.pass + 1 })
      expect(transitions(host)[0]?.to.split('.')[0]).toBe(firstStage(before))
    }
    expect(transitions(host)[0]?.revision).toBe(before.revision + 1)
    expect(envelope.pass).toBe(before.pass + (goesOn ? 0 : 1))
    expect(envelope.runId).toBe(before.runId)

    const after = envelope.snapshot.context.record
    expect(envelope.snapshot.value).toBe('funded')
    const standing = record.attempts.filter((attempt) => isOpen(attempt) || attempt.status === 'mined')
    const signed = after.attempts.slice(record.attempts.length)
    expect(new Set(signed.map(({ purpose }) => purpose)).size).toBe(signed.length)
    for (const { purpose, nonce } of standing) {
      // The same nonce means the same transaction at other fees; another nonce would be a second transaction.
      expect(signed.find((made) => made.purpose === purpose)?.nonce ?? nonce, `a second ${purpose}`).toBe(nonce)
    }
    expect(after.attempts.map(({ hash }) => hash)).toEqual(
      expect.arrayContaining(record.attempts.map(({ hash }) => hash)),
    )

    const posts = calls.filter(({ name }) => name === 'mintKey').length
    if (record.key !== null) expect([after.key, posts]).toEqual([record.key, 0])
    else expect(posts).toBeLessThanOrEqual(1)
    for (const warning of record.warnings) expect(after.warnings).toContainEqual(warning)
    for (const { label, status } of record.mints) {
      if (status === 'lost') expect(after.warnings.map(shown).join()).toContain(`"${label}"`)
    }
  })

  it('of an unknown or newer format is refused, with the way to fix it', async () => {
    const envelope = await open(text)
    await expect(open(await seal({ ...envelope, format: FORMAT + 1 }))).rejects.toBeInstanceOf(StoreNewerFormatError)
    await expect(open(await seal({ ...envelope, format: 0 }))).rejects.toBeInstanceOf(StoreOlderFormatError)
  })
})

describe('the CLI', () => {
  const place = (text: string): string => {
    const cwd = newFolder()
    const directory = join(cwd, '.venice-onboard', `${OWNER.chainId}-${OWNER.address.toLowerCase()}`)
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, 'run.json'), text)
    return cwd
  }
  it.each([
    ['await-confirmation-watch', 'paused'],
    ['pass-2-mint-recover-one-lost', 'paused'],
    ['failed-mints-lost', 'failed'],
    ['pass-3-funded', 'funded'],
  ])('shows %s of format 1', async (name, outcome) => {
    const { code, json } = await runCli(['status', '--json'], { cwd: place(textOf(format1, name)) })
    expect(code).toBe(0)
    expect(json.runs).toEqual([expect.objectContaining({ outcome, runId: 'run-1' })])
  })

  it.each([
    [FORMAT + 1, 'store/newer-format', /^Install a version/],
    [0, 'store/older-format', /wipe --force/],
  ])('refuses format %d with exit 78 and the way to fix it', async (format, code, hint) => {
    const envelope = await open(textOf(format1, 'mint-post'))
    const cwd = place(await seal({ ...envelope, format }))
    const run = await runCli(['status', '--json'], { cwd })
    expect(run.code).toBe(78)
    expect(run.json.failure).toMatchObject({ code, hint: expect.stringMatching(hint) })
  })
})
