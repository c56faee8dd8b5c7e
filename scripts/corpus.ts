/**
 * Writes the records that the machine of this version leaves behind, as fixtures for every later version: one for each
 * story of `test/corpus/stories.ts`, under `test/corpus/format-<n>/machine-<n>/`. Run once for each release:
 * `npx tsx scripts/corpus.ts`. What was released is never written again: a file that is there and differs is an error.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MACHINE_VERSION, onboardingMachine } from '../machines/onboarding/machine.ts'
import { graphOf } from '../src/diagram/graph.ts'
import { FORMAT } from '../src/driver/envelope.ts'
import { diskAfter, STORIES } from '../test/corpus/stories.ts'

const ROOT = join(import.meta.dirname, '..')

/** Folder of the records that this version writes, from the root. */
export const folderOf = (format: number, version: number): string => `test/corpus/format-${format}/machine-${version}`

/** The corpus of this version: sealed text by file name, and the states in which no story rests. */
export async function corpus(): Promise<{ files: Map<string, string>; unseen: string[] }> {
  const files = new Map<string, string>()
  const seen = new Set<string>()
  for (const [name, lives] of Object.entries(STORIES)) {
    const { text, state } = await diskAfter(lives)
    files.set(`${name}.json`, text)
    seen.add(state)
  }
  return { files, unseen: restingStates().filter((state) => !seen.has(state)) }
}

/** Dotted paths of the states in which a record can be left: those that wait for an effect, and the ends. */
const restingStates = (): string[] =>
  graphOf(onboardingMachine).states.flatMap(({ path, type, invokes }) =>
    type === 'final' || invokes.length > 0 ? path : [],
  )

/** Why `files` must not be written to `folder`, a line each. */
export function objections(folder: string, { files, unseen }: Awaited<ReturnType<typeof corpus>>): string[] {
  const conflicts = existsSync(folder)
    ? readdirSync(folder).filter((name) => readFileSync(join(folder, name), 'utf8') !== files.get(name))
    : []
  return [
    ...unseen.map((state) => `No story rests in ${state}: add one to test/corpus/stories.ts.`),
    ...conflicts.map((name) => `${name} was released and would change: raise MACHINE_VERSION in machines/onboarding.`),
  ]
}

if (process.argv[1] === import.meta.filename) {
  const folder = folderOf(FORMAT, MACHINE_VERSION)
  const found = await corpus()
  const against = objections(join(ROOT, folder), found)
  if (against.length > 0) {
    for (const line of against) console.error(line)
    process.exitCode = 1
  } else {
    mkdirSync(join(ROOT, folder), { recursive: true })
    for (const [name, text] of found.files) writeFileSync(join(ROOT, folder, name), text)
    console.log(`${found.files.size} records in ${folder}`)
  }
}
