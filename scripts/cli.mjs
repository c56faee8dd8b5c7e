/**
 * The command in a clone: `npm run cli -- <command>`, and `npm run onboard`. Runs a bundle of the sources that is kept under
 * `node_modules/.cache`, by what the sources contain: as they change, the next start bundles them anew. Plain JavaScript,
 * because it runs before anything is compiled.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

const root = dirname(import.meta.dirname)
const kept = join(root, 'node_modules/.cache/venice-onboard/clone')
/** What the bundle is made of. npm writes the second lock with every change to the packages that are there. */
const FOLDERS = ['src', 'machines']
const FILES = ['scripts/bundle.ts', 'package.json', 'package-lock.json', 'node_modules/.package-lock.json']
/** Milliseconds for which a bundle is kept after its last start: a process that still runs may load the rest of it. */
const KEPT_MS = 7 * 24 * 3_600_000

/** Every byte is read: times and sizes alone would miss an edit that keeps both. */
function stateOfSources() {
  const hash = createHash('sha256')
  const add = (file) => {
    const content = readFileSync(join(root, file))
    hash.update(`${file}\0${content.length}\0`).update(content)
  }
  for (const folder of FOLDERS) {
    const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile())
    for (const path of files.map(({ parentPath, name }) => join(parentPath, name)).sort())
      add(path.slice(root.length + 1))
  }
  for (const file of FILES) if (existsSync(join(root, file))) add(file)
  return hash.digest('hex').slice(0, 32)
}

/** What the bundler needs of the environment, which may hold the key of a wallet. */
const NEEDED = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA']

/**
 * Bundles the sources, which are in `state`, into a folder of this process, and renames that once it is whole: of two
 * processes that do so at once, one wins. Sources that were saved meanwhile count as not bundled.
 */
function bundleInto(folder, state) {
  const own = `${folder}.${process.pid}`
  mkdirSync(kept, { recursive: true })
  const bundler = ['--import', import.meta.resolve('tsx'), join(root, 'scripts/bundle.ts'), own, '--source-maps']
  const env = Object.fromEntries(NEEDED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
  if (spawnSync(process.execPath, bundler, { stdio: ['ignore', 2, 2], env }).status !== 0) process.exit(1)
  try {
    if (stateOfSources() === state) renameSync(own, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(own, { recursive: true, force: true })
  }
  removeUnused()
}

function removeUnused() {
  for (const name of readdirSync(kept)) {
    const path = join(kept, name)
    if (Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) > KEPT_MS)
      rmSync(path, { recursive: true, force: true })
  }
}

/** @returns the folder with a bundle of the sources as they are. */
function currentBundle() {
  for (;;) {
    const state = stateOfSources()
    const folder = join(kept, state)
    if (existsSync(folder)) {
      utimesSync(folder, new Date(), new Date())
      return folder
    }
    bundleInto(folder, state)
  }
}

process.setSourceMapsEnabled(true)
await import(pathToFileURL(join(currentBundle(), 'venice-onboard.js')).href)
