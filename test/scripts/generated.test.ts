import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { architectureFiles } from '../../scripts/architecture.ts'
import { diagramFiles } from '../../scripts/diagram.ts'
import { errorFiles } from '../../scripts/error-table.ts'
import { type Generated, publish } from '../../scripts/generated.ts'

let root: string
let said: string[]

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'venice-onboard-generated-'))
  for (const folder of ['machines', 'src/errors']) cpSync(folder, join(root, folder), { recursive: true })
  mkdirSync(join(root, 'docs'))
  writeFileSync(join(root, PAGE), `# Title\n\n${BLOCKS.join('\nIn between.\n\n')}`)
  said = []
  vi.spyOn(console, 'error').mockImplementation((line) => void said.push(line))
})

afterEach(() => {
  vi.restoreAllMocks()
  rmSync(root, { recursive: true })
})

const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** Writes a page with generated blocks and other text. */
const PAGE = 'docs/architecture.md'
const BLOCKS = ['rooms', 'dependencies'].map((name) => `<!-- ${name}:start -->\nold\n<!-- ${name}:end -->\n`)

describe.each<[string, (root: string) => Generated[], string, string]>([
  ['the diagrams', diagramFiles, 'machines/README.md', '\n'],
  ['the tables of errors', errorFiles, 'docs/troubleshooting.md', '\n'],
  ['the blocks of a page', architectureFiles, PAGE, '<!-- rooms:end -->'],
])('%s', (_, filesOf, path, before) => {
  it('pass their check once they are generated', () => {
    expect(publish(root, filesOf(root), [])).toBe(0)
    expect(publish(root, filesOf(root), ['--check'])).toBe(0)
  })

  it('fail their check after an edit of the page, name it and do not change it', () => {
    publish(root, filesOf(root), [])
    const edited = read(path).replace(before, `\nAdded by hand.\n${before}`)
    writeFileSync(join(root, path), edited)
    expect(publish(root, filesOf(root), ['--check'])).toBe(1)
    expect(said).toEqual([`${path} is not what the sources say: run npm run generate`])
    expect(read(path)).toBe(edited)
  })
})

describe('a page with generated blocks', () => {
  it('keeps the rest unchanged', () => {
    publish(root, architectureFiles(root), [])
    expect(read(PAGE).startsWith('# Title\n\n')).toBe(true)
    expect(read(PAGE).match(/In between\./g)).toHaveLength(1)
    expect(read(PAGE)).not.toContain('\nold\n')
  })

  it('is not created when it is missing', () => {
    rmSync(join(root, PAGE))
    expect(publish(root, architectureFiles(root), [])).toBe(0)
    expect(existsSync(join(root, PAGE))).toBe(false)
  })
})
