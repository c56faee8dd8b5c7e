import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { diagramFiles } from '../../scripts/diagram.ts'
import { errorFiles } from '../../scripts/error-table.ts'
import { type Generated, publish } from '../../scripts/generated.ts'

const README = ['diagram', 'states', 'errors'].map((name) => `<!-- ${name}:start -->\nold\n<!-- ${name}:end -->\n`)

let root: string
let said: string[]

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'venice-onboard-generated-'))
  for (const folder of ['machines', 'src/errors']) cpSync(folder, join(root, folder), { recursive: true })
  writeFileSync(join(root, 'README.md'), `# Title\n\n${README.join('\nIn between.\n\n')}`)
  said = []
  vi.spyOn(console, 'error').mockImplementation((line) => void said.push(line))
})

afterEach(() => {
  vi.restoreAllMocks()
  rmSync(root, { recursive: true })
})

const read = (path: string) => readFileSync(join(root, path), 'utf8')

describe.each<[string, (root: string) => Generated[], string, string]>([
  ['the diagrams', diagramFiles, 'machines/README.md', 'states'],
  ['the tables of errors', errorFiles, 'docs/troubleshooting.md', 'errors'],
])('%s', (_, filesOf, own, block) => {
  it('pass their check once they are written', () => {
    expect(publish(root, filesOf(root), [])).toBe(0)
    expect(publish(root, filesOf(root), ['--check'])).toBe(0)
  })

  it.each([
    [own, '\n', '\nAdded by hand.\n'],
    ['README.md', `<!-- ${block}:end -->`, `Added by hand.\n<!-- ${block}:end -->`],
  ])('fail their check when %s was edited, name it and leave it', (path, before, after) => {
    publish(root, filesOf(root), [])
    const edited = read(path).replace(before, after)
    writeFileSync(join(root, path), edited)
    expect(publish(root, filesOf(root), ['--check'])).toBe(1)
    expect(said).toEqual([`${path} is not what the sources say: run npm run generate`])
    expect(read(path)).toBe(edited)
  })

  it('leave the rest of the README as it is', () => {
    publish(root, filesOf(root), [])
    expect(read('README.md').startsWith('# Title\n\n')).toBe(true)
    expect(read('README.md').match(/In between\./g)).toHaveLength(2)
  })

  it('do without a README', () => {
    rmSync(join(root, 'README.md'))
    expect(filesOf(root).map(({ path }) => path)).toEqual([own])
    publish(root, filesOf(root), [])
    expect(existsSync(join(root, 'README.md'))).toBe(false)
  })
})
