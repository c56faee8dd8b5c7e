import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Inside node_modules, so that the program finds its packages; one of its own for each process that builds. */
export const outdir = `${root}node_modules/.cache/venice-onboard/${process.pid}`

/** Builds the program into `outdir`. @returns the file to run. */
export async function buildProgram(into: string, plugins: Plugin[] = []): Promise<string> {
  await build({
    absWorkingDir: root,
    entryPoints: ['src/cli/main.ts'],
    outdir: into,
    plugins,
    bundle: true,
    splitting: true,
    // Found at run time, beside the build; the rest is built in, so that it loads in half the time.
    external: ['jose', '@foundry-rs/*'],
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
  })
  return `${into}/main.mjs`
}

/**
 * Vitest's global set-up: builds the program once, because compiling it anew for each of some two hundred processes
 * would take most of the time of the suites that run it.
 */
export async function setup(): Promise<() => void> {
  process.env.VENICE_ONBOARD_TEST_PROGRAM = await buildProgram(outdir)
  return () => rmSync(outdir, { recursive: true, force: true })
}
