import { rmSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The path of `entry`, built into one file that starts fast, in a folder where it finds its packages. */
export function useProgram(entry: string): () => string {
  const outfile = `${root}node_modules/.cache/venice-onboard/${process.pid}-${basename(entry, '.ts')}.mjs`
  beforeAll(async () => {
    await build({
      absWorkingDir: root,
      entryPoints: [entry],
      outfile,
      bundle: true,
      external: ['jose', '@foundry-rs/*'],
      banner: {
        js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
      },
      platform: 'node',
      format: 'esm',
      target: 'node20',
      logLevel: 'error',
    })
  })
  afterAll(() => rmSync(outfile, { force: true }))
  return () => outfile
}
