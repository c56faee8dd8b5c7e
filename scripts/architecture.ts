/**
 * Writes the blocks `rooms` and `dependencies` of `docs/architecture.md` from the rules of `scripts/boundaries.ts`.
 * `--check` writes nothing and exits 1, naming what differs.
 */
import { dirname } from 'node:path'
import { RULES } from './boundaries.ts'
import { type Generated, publish, table, withBlocks } from './generated.ts'

/** The files this script writes, as they are to be. */
export const architectureFiles = (root: string): Generated[] =>
  withBlocks(root, 'docs/architecture.md', { rooms: roomTable(), dependencies: picture() })

const isFile = (key: string): boolean => key.endsWith('.ts')

const roomTable = (): string =>
  table(
    ['folder', 'is for'],
    Object.entries(RULES)
      .filter(([key]) => !isFile(key))
      .map(([key, { is }]) => [`\`${key.replace(/\*$/, '*.ts')}\``, is]),
  )

/** The room that a path of the rules belongs to: `src/adapters/chain` is in `adapters`; null for a single file. */
function roomOf(path: string): string | null {
  const [top = '', folder] = path.split('/')
  if (top !== 'src') return top
  if (folder === '*') return 'entries'
  return folder === undefined || isFile(folder) ? null : folder
}

/** Which rooms each room may import from, itself left out. */
function arrowsOf(rules: Readonly<Record<string, { from: readonly string[] }>>): Map<string, Set<string>> {
  const rooms = new Set(Object.keys(rules).flatMap((key) => roomOf(key) ?? []))
  const arrows = new Map([...rooms].map((room) => [room, new Set<string>()]))
  // An entry file is there for people who import the package: no room imports it.
  const inner = [...rooms].filter((room) => room !== 'entries')
  for (const [key, { from }] of Object.entries(rules)) {
    const room = roomOf(key)
    const targets = from.flatMap((path) => (path === 'src' ? inner : (roomOf(path) ?? [])))
    for (const target of targets) if (room !== null && target !== room) arrows.get(room)?.add(target)
  }
  return arrows
}

/** The arrows that no longer path implies, as `from --> to`. */
export function layersOf(rules: Readonly<Record<string, { from: readonly string[] }>>): string[] {
  const arrows = arrowsOf(rules)
  const reaches = (from: string, to: string): boolean =>
    [...(arrows.get(from) ?? [])].some((next) => next === to || reaches(next, to))
  return [...arrows].flatMap(([room, targets]) =>
    [...targets]
      .filter((target) => ![...targets].some((other) => other !== target && reaches(other, target)))
      .map((target) => `${room} --> ${target}`),
  )
}

const picture = (): string =>
  ['```mermaid', 'flowchart TD', ...layersOf(RULES).map((arrow) => `  ${arrow}`), '```'].join('\n')

if (process.argv[1] === import.meta.filename) {
  const root = dirname(import.meta.dirname)
  process.exitCode = publish(root, architectureFiles(root), process.argv)
}
