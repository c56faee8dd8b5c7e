import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'rolldown'
import { bundle } from '../../scripts/bundle.ts'

/** Inside node_modules, so that the program finds its packages; a separate one for each building process. */
export const outdir = fileURLToPath(new URL(`../../node_modules/.cache/venice-onboard/${process.pid}`, import.meta.url))

/** Builds the program into `into`, as it is published. @returns the file to run. */
export const buildProgram = (into: string, plugins: readonly Plugin[] = []): Promise<string> =>
  bundle(into, { plugins })

/**
 * Vitest's global set-up: builds the program once, because compiling it for each of some two hundred processes
 * would take most of the time of the suites that run it.
 */
export async function setup(): Promise<() => void> {
  process.env.VENICE_ONBOARD_TEST_PROGRAM = await buildProgram(outdir)
  return () => rmSync(outdir, { recursive: true, force: true })
}
