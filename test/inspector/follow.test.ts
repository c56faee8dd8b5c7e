import { appendFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Envelope } from '../../src/driver/envelope.ts'
import { createFeed } from '../../src/inspector/feed.ts'
import { type Followed, follow, readInto } from '../../src/inspector/follow.ts'
import { createJournalReader } from '../../src/inspector/journal.ts'
import { scriptedEffects } from '../support/fakes.ts'
import { driveOn, memoryHost } from '../support/memory-host.ts'
import { newFolder } from '../support/sandbox.ts'
import { asJournal, historyOf } from './history.ts'

const history = await historyOf()
const journalOf = (folder: string): string => join(folder, 'journal.ndjson')
const alone = (journal: string): Followed => ({ journal, readRecord: null, isDriven: null })

async function begin(text: string | null, followed: Partial<Followed> = {}) {
  const journal = journalOf(newFolder())
  if (text !== null) writeFileSync(journal, text)
  const feed = createFeed()
  const following = await follow(feed, { ...alone(journal), ...followed })
  onTestFinished(following.close)
  return { feed, journal, count: () => expect.poll(() => feed.count, { timeout: 5_000 }) }
}

/** A run of two steps whose record is ahead of its journal. */
async function recordAhead(): Promise<{ envelope: Envelope; journal: string }> {
  const host = memoryHost()
  const { envelope } = await driveOn(host, scriptedEffects().effects)
  return { envelope, journal: asJournal(host.events.filter(({ type }) => type === 'transition').slice(0, 2)) }
}

describe('a journal of another process', () => {
  it('is followed while it grows', async () => {
    const { feed, journal, count } = await begin(null)
    appendFileSync(journal, asJournal(history))
    await count().toBe(history.length)
    expect(feed.last?.to).toEqual(['funded'])
    expect(feed.about.runId).toBe(history[0] && 'runId' in history[0] ? history[0].runId : null)
  })

  it('is read in whole lines, however they arrive', () => {
    const journal = journalOf(newFolder())
    const reader = createJournalReader(journal)
    const found = Array.from(asJournal(history).matchAll(/[\s\S]{1,700}/g), ([piece]) => {
      appendFileSync(journal, piece)
      return reader.read().found
    }).flat()
    expect(found.map(({ step }) => step.to[0])).toEqual(history.flatMap((event) => ('to' in event ? event.to : [])))
  })

  it('may contain broken, foreign and cut lines', async () => {
    const [first = '', second = '', third = ''] = asJournal(history).split(/(?<=\n)/)
    const { count } = await begin(
      `${first}{"type":"transi\n\n[]\nnull\n${'x'.repeat(2_000_000)}\n${second}${third.slice(0, 50)}`,
    )
    await count().toBe(2)
  })

  it('is replaced by another run that takes its place', async () => {
    const { feed, journal } = await begin(asJournal(history))
    const { epoch } = feed
    renameSync(journal, `${journal}.old`)
    writeFileSync(journal, asJournal(history.slice(0, 2).map((event) => ({ ...event, runId: 'another' }))))
    await expect.poll(() => feed.about.runId, { timeout: 5_000 }).toBe('another')
    expect(feed.count).toBe(2)
    expect(feed.epoch).not.toBe(epoch)
  })
})

describe('a journal that lags', () => {
  it('is completed from the record', async () => {
    const { envelope, journal } = await recordAhead()
    const file = journalOf(newFolder())
    writeFileSync(file, journal)
    const feed = createFeed()
    await readInto(feed, { ...alone(file), readRecord: async () => envelope })
    expect(feed.count).toBe(3)
    expect(feed.last).toMatchObject({
      to: ['funded'],
      revision: envelope.revision,
      from: ['approve.prepare'],
      cause: 'record',
    })
  })

  it('can be missing', async () => {
    const { envelope } = await recordAhead()
    const feed = createFeed()
    await readInto(feed, { ...alone(journalOf(newFolder())), readRecord: async () => envelope })
    expect(feed.last?.to).toEqual(['funded'])
  })

  it('is shown alone when the record cannot be read', async () => {
    const { feed } = await begin(asJournal(history), { readRecord: () => Promise.reject(new Error('corrupt')) })
    expect(feed.count).toBe(history.length)
  })
})

it('the inspector says whether a process drives the run', async () => {
  let isDriven = true
  const { feed } = await begin(asJournal(history.slice(0, 3)), { isDriven: async () => isDriven })
  expect(feed.now.driver).toBe('running')
  isDriven = false
  await expect.poll(() => feed.now.driver, { timeout: 5_000 }).toBe('idle')
})
