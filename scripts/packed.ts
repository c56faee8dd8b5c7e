import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)
const PLACES = join(root, 'docs/places.json')

export interface Packed {
  /** A folder of its own for everything that is installed. */
  readonly folder: string
  /** The tarball, as `npm publish` would send it. */
  readonly tarball: string
  /** A project in `folder` that has the package and `packages`, by what npm calls them. */
  project(name: string, packages: readonly string[]): string
}

/** Packs the package once, runs `use`, and removes what was made. */
export async function withPackage(use: (packed: Packed) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'venice-onboard-places-'))
  try {
    const [{ filename }] = JSON.parse(npm(root, 'pack', '--json', '--pack-destination', folder)) as [
      { filename: string },
    ]
    const tarball = join(folder, filename)
    await use({
      folder,
      tarball,
      project(name, packages) {
        const place = join(folder, name)
        mkdirSync(place)
        writeFileSync(join(place, 'package.json'), JSON.stringify({ name, private: true, type: 'module' }))
        npm(place, 'install', '--ignore-scripts', '--no-audit', '--no-fund', tarball, ...packages)
        return place
      },
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @returns what it printed. @throws {Error} it failed. */
export function npm(cwd: string, ...words: string[]): string {
  const { status, stdout } = spawnSync('npm', words, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (status === 0) return stdout
  throw new Error(`npm ${words.join(' ')}: exit code ${status}\n${stdout}`)
}

/** Runs a program to its end, without the environment of this one. @returns its exit code, and what it printed. */
export function run(
  [command = '', ...words]: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string> },
): Promise<{ code: number | null; output: string }> {
  const { PATH = '' } = process.env
  const child = spawn(command, words, { cwd, env: { PATH, HOME: cwd, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const printed: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => void printed.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => void printed.push(chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output: Buffer.concat(printed).toString('utf8') }))
  })
}

/** The version of a package that is installed in `project`. */
export const versionIn = (project: string, name: string): string =>
  (JSON.parse(readFileSync(join(project, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version

/** A line of a table in `docs/embedding.md`. */
export interface Seen {
  name: string
  version: string
  /** What ran there. */
  what: string
  /** The day, in UTC, e.g. `2026-12-01`. */
  on: string
}

export const today = (): string => new Date().toISOString().slice(0, 10)

/** What each script saw, by its name. */
export type Places = Record<'types' | 'runtimes' | 'hosts', readonly Seen[]>

export const readPlaces = (): Places => JSON.parse(readFileSync(PLACES, 'utf8')) as Places

/** Writes down what a script saw, for `npm run generate`. */
export function note(script: keyof Places, seen: readonly Seen[]): void {
  writeFileSync(PLACES, `${JSON.stringify({ ...readPlaces(), [script]: seen }, null, 2)}\n`)
}
