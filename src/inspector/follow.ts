import { type FSWatcher, watch } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Envelope } from '../driver/envelope.ts'
import { transitionEvent } from '../driver/events.ts'
import type { Feed } from './feed.ts'
import { createJournalReader } from './journal.ts'
import type { NextAction } from './model/step.ts'
import { type Projected, projectStep } from './projection.ts'

/** Not every file system tells of changes; this often the files are looked at anyway. */
const POLL_MS = 500
/** The journal is written after the record: a record that is ahead for longer has lost its line. */
const LAG_MS = 1_000

export interface Followed {
  /** The run's directory, with `journal.ndjson` in it, or a journal by itself. */
  journal: string
  /** Reads the record the journal belongs to; null for a journal from elsewhere. A record that cannot be read is none. */
  readRecord: (() => Promise<Envelope | null>) | null
  /** What a person types next, by the record; null for nothing. Without it nobody can say. */
  nextOf?: (record: Envelope) => NextAction | null
  /** Whether a process drives the run. */
  isDriven: (() => Promise<boolean>) | null
}

export const journalIn = (directory: string): string => join(directory, 'journal.ndjson')

/** Reads all there is of a run into `feed`, once. Where the journal lags, the record says how it stands. */
export async function readInto(feed: Feed, followed: Followed): Promise<void> {
  const poll = createPoll(feed, followed)
  await poll({ lagMs: 0 })
}

/**
 * Goes on reading a run into `feed` while another process writes it.
 *
 * Side effects: watches the directory of the journal, until `close`. Keeps no process alive. Another run under the same
 * name, after `wipe`, takes the place of the one shown.
 */
export async function follow(feed: Feed, followed: Followed): Promise<{ close(): void }> {
  const poll = createPoll(feed, followed)
  let isClosed = false
  let polling: Promise<void> | null = null
  let again = false
  const notice = () => {
    if (isClosed) return
    if (polling !== null) {
      again = true
      return
    }
    polling = poll({ lagMs: LAG_MS }).finally(() => {
      polling = null
      if (again) {
        again = false
        notice()
      }
    })
  }
  await poll({ lagMs: 0 })
  const timer = setInterval(notice, POLL_MS).unref()
  const watcher = watchDirectory(dirname(followed.journal), notice)
  return {
    close() {
      isClosed = true
      clearInterval(timer)
      watcher?.close()
    },
  }
}

function watchDirectory(directory: string, notice: () => void): FSWatcher | null {
  try {
    // An error later on, e.g. when the directory goes away, leaves it to the timer.
    return watch(directory, notice)
      .unref()
      .on('error', () => {})
  } catch {
    return null
  }
}

function createPoll(feed: Feed, { journal, readRecord, nextOf, isDriven }: Followed) {
  const reader = createJournalReader(journal)
  let aheadSince: number | null = null

  const take = ({ runId, step }: Projected) => {
    const { about, last } = feed
    if (about.runId !== null && about.runId !== runId) feed.reset({ runId })
    else if (last !== null && step.kind === 'transition' && step.revision <= last.revision) return
    if (about.runId !== runId) feed.describe({ runId })
    feed.push(step)
  }
  const readJournal = () => {
    const { isOther, found } = reader.read()
    if (isOther) feed.reset({ runId: null })
    for (const projected of found) take(projected)
  }
  /** How the run stands by its record, when the journal has not said it within `lagMs`. */
  const catchUp = async (lagMs: number) => {
    const envelope = await readRecord?.().catch(() => null)
    if (envelope == null) return
    const next = nextOf?.(envelope) ?? null
    if (next?.command !== feed.now.next?.command || next?.reason !== feed.now.next?.reason) feed.set({ next })
    const isAhead = envelope.runId !== feed.about.runId || envelope.revision > (feed.last?.revision ?? -1)
    aheadSince = isAhead ? (aheadSince ?? Date.now()) : null
    if (aheadSince === null || Date.now() - aheadSince < lagMs) return
    aheadSince = null
    const projected = projectStep(transitionEvent(null, envelope, 'record'), feed.last)
    if (projected !== null) take({ ...projected, step: { ...projected.step, from: feed.last?.to ?? [] } })
  }
  return async ({ lagMs }: { lagMs: number }): Promise<void> => {
    try {
      readJournal()
    } catch {
      // A journal that cannot be read is history that is lost; the record still says how the run stands.
    }
    await catchUp(lagMs)
    const driver = isDriven === null ? 'unknown' : (await isDriven()) ? 'running' : 'idle'
    if (feed.now.driver !== driver) feed.set({ driver })
  }
}
