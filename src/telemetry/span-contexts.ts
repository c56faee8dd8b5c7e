import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from '../adapters/atomic-file.ts'
import { errnoOf } from '../errors/errno.ts'

/** Remembers the span of the last pass of each run, so that the next can link to it, in whatever process that is. */
export interface SpanContexts {
  /** A `traceparent` as W3C has it, or null. */
  load(runId: string): string | null
  save(runId: string, traceparent: string): void
}

const RUN_ID = /^[\w-]{1,64}$/

/**
 * A file for each run, of some 50 bytes, in `traces` under `stateDir`.
 *
 * Side effects: makes the directory with the first save. Both methods throw the error of the system call that failed.
 */
export function fileSpanContexts(stateDir = '.venice-onboard'): SpanContexts {
  const folder = join(stateDir, 'traces')
  return {
    load(runId) {
      if (!RUN_ID.test(runId)) return null
      try {
        return readFileSync(join(folder, runId), 'utf8').trim()
      } catch (error) {
        if (errnoOf(error) === 'ENOENT') return null
        throw error
      }
    },
    save(runId, traceparent) {
      if (!RUN_ID.test(runId)) return
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      replaceFile(join(folder, runId), `${traceparent}\n`)
    },
  }
}
