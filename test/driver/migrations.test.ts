import { describe, expect, it } from 'vitest'
import { type Envelope, FORMAT, seal, unseal } from '../../src/driver/envelope.ts'
import {
  formatOf,
  MIGRATIONS,
  type Migration,
  OLDEST_FORMAT,
  type StoredEnvelope,
} from '../../src/driver/migrations.ts'
import { StoreCorruptError, StoreNewerFormatError, StoreOlderFormatError } from '../../src/errors/store.ts'
import { diskAfter } from '../corpus/stories.ts'
import { request } from '../support/samples.ts'

const OWNER = { chainId: request().chainId, address: request().address }
const NEXT = FORMAT + 1
const AFTER_NEXT = FORMAT + 2

const { text } = await diskAfter([{ until: 'mint.post' }])
const envelope = await unseal(text, 'x', OWNER)

/** A step that records itself in the envelope. */
const step = (from: number, to = from + 1): Migration => ({
  from,
  to,
  migrate: (before) => ({ ...before, steps: [...((before.steps as string[] | undefined) ?? []), `${from}→${to}`] }),
})
const STEPS = [...MIGRATIONS, step(FORMAT), step(NEXT)]

const open = (sealed: string, steps: readonly Migration[]) => unseal(sealed, '/state/run.json', OWNER, steps)
const ofFormat = (format: number) => seal({ ...envelope, format })
const stepsOf = (opened: Envelope) => (opened as unknown as StoredEnvelope).steps

/** A step may only read its argument. */
const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(Object.freeze(value))) frozen(part)
  return value
}

describe('the list of migrations', () => {
  it('leads from the first format to today’s, one number per step', () => {
    const formats = MIGRATIONS.map(({ from, to }) => [from, to])
    expect(formats).toEqual(MIGRATIONS.map((_, index) => [OLDEST_FORMAT + index, OLDEST_FORMAT + index + 1]))
    expect(FORMAT).toBe(OLDEST_FORMAT + MIGRATIONS.length)
  })

  it.each(MIGRATIONS)('has a pure step from $from', async ({ from, migrate }) => {
    const before = frozen({ ...structuredClone(envelope), format: from }) as unknown as StoredEnvelope
    expect(migrate(before)).toEqual(migrate(structuredClone(before)))
  })
})

describe('a record of an older format', () => {
  it('takes every step from its own format to the last, in order', async () => {
    const first = await open(await ofFormat(FORMAT), STEPS)
    expect([first.format, stepsOf(first)]).toEqual([AFTER_NEXT, [`${FORMAT}→${NEXT}`, `${NEXT}→${AFTER_NEXT}`]])
    const second = await open(await ofFormat(NEXT), STEPS)
    expect([second.format, stepsOf(second)]).toEqual([AFTER_NEXT, [`${NEXT}→${AFTER_NEXT}`]])
    const last = await open(await ofFormat(AFTER_NEXT), STEPS)
    expect([last.format, stepsOf(last)]).toEqual([AFTER_NEXT, undefined])
  })

  it('has its checksum verified before a step sees it', async () => {
    const seen: StoredEnvelope[] = []
    const watching: Migration = {
      from: FORMAT,
      to: NEXT,
      migrate: (before) => {
        seen.push(before)
        return before
      },
    }
    const edited = text.replace('"pass":1', '"pass":2')
    expect(edited).not.toBe(text)
    await expect(open(edited, [...MIGRATIONS, watching])).rejects.toBeInstanceOf(StoreCorruptError)
    expect(seen).toEqual([])
    await open(text, [...MIGRATIONS, watching])
    expect(seen).toHaveLength(1)
  })

  it('is validated against today’s schema after the last step', async () => {
    const losing: Migration = { from: FORMAT, to: NEXT, migrate: ({ format }) => ({ format }) }
    await expect(open(text, [...MIGRATIONS, losing])).rejects.toBeInstanceOf(StoreCorruptError)
  })

  it('is refused as untrusted when a step fails on it', async () => {
    const stumbling: Migration = {
      from: FORMAT,
      to: NEXT,
      migrate: () => {
        throw new TypeError('attempts is not iterable')
      },
    }
    await expect(open(text, [...MIGRATIONS, stumbling])).rejects.toMatchObject({
      code: 'store/corrupt',
      hint: expect.arrayContaining([{ action: 'wipe', arguments: { force: true } }]),
    })
  })

  it.each([0, -1, 0.5])('that no release wrote (%d) is refused, with the way to fix it', async (format) => {
    const refused = open(await ofFormat(format), STEPS)
    await expect(refused).rejects.toBeInstanceOf(StoreOlderFormatError)
    await expect(refused).rejects.toMatchObject({
      exit: 'config',
      hint: expect.arrayContaining([{ action: 'wipe', arguments: { force: true } }]),
    })
  })

  it.each([
    ['a gap', [step(FORMAT), step(AFTER_NEXT)]],
    ['another order', [step(NEXT), step(FORMAT)]],
    ['no first step', [step(NEXT)]],
  ])('is never half migrated by a list with %s', async (_, steps) => {
    const opened = await open(await ofFormat(FORMAT), steps).catch((error: unknown) => error)
    if (opened instanceof Error) return expect(opened).toBeInstanceOf(StoreOlderFormatError)
    expect((opened as Envelope).format).toBe(formatOf(steps))
  })
})

describe('a record of a newer format', () => {
  it('than the last step leads to is refused, with the way to fix it', async () => {
    const refused = open(await ofFormat(AFTER_NEXT + 1), STEPS)
    await expect(refused).rejects.toBeInstanceOf(StoreNewerFormatError)
    await expect(refused).rejects.toMatchObject({ exit: 'config', hint: expect.stringMatching(/^Install a version/) })
  })

  it('is refused although it could be read, when a later machine wrote it', async () => {
    const { machine } = envelope
    const later = await seal({ ...envelope, machine: { ...machine, version: machine.version + 1 } })
    await expect(open(later, MIGRATIONS)).rejects.toMatchObject({ code: 'store/newer-format' })
  })
})
