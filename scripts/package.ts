/**
 * Packs the package once, sees that it holds the command and the licences of what that contains, and has three tools look at
 * it: `npm run package`. publint: what package.json promises is there;
 * attw: its types resolve however they are asked for; knip: nothing is left over. They come from npm when they are needed,
 * so that whoever installs the project for a first look does not wait for them.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NOTICES } from './bundle.ts'

interface Packed {
  filename: string
  files: readonly { path: string }[]
}

const folder = mkdtempSync(join(tmpdir(), 'venice-onboard-package-'))
try {
  const [{ filename, files }] = JSON.parse(npm('pack', '--json', '--pack-destination', folder)) as [Packed]
  for (const path of ['dist/cli/venice-onboard.js', `dist/cli/${NOTICES}`])
    if (!files.some((file) => file.path === path)) throw new Error(`The package has no ${path}.`)
  const packed = join(folder, filename)
  npm('exec', '--yes', '--package=publint@0.3.25', '--', 'publint', '--strict', packed)
  const attw = ['exec', '--yes', '--package=@arethetypeswrong/cli@0.18.5', '--', 'attw']
  npm(...attw, '--profile', 'esm-only', '--format', 'ascii', packed)
  npm('exec', '--yes', '--package=knip@5.88.1', '--', 'knip')
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** @returns what it printed. */
function npm(...words: string[]): string {
  const { status, stdout } = spawnSync('npm', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (status === 0) return stdout
  throw new Error(`npm ${words.join(' ')}: exit code ${status}\n${stdout}`)
}
