import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { architectureFiles, layersOf } from '../../scripts/architecture.ts'
import { RULES } from '../../scripts/boundaries.ts'

const root = process.cwd()
const PAGES = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/architecture.md', 'docs/glossary.md']

/** Files and folders that a page names as code or links to, relative to the root. */
function pathsIn(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8')
  const named = [...text.matchAll(/`((?:src|machines|scripts|test|docs|examples|skills|\.ci)\/[\w./-]*)`/g)]
  const linked = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)]
  return [...named.map(([, path = '']) => path), ...linked.map(([, path = '']) => join(dirname(page), path))]
}

describe('the documents', () => {
  it.each(PAGES)('%s names only files that exist', (page) => {
    expect(pathsIn(page).filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  it('name many files in docs/architecture.md', () => {
    expect(pathsIn('docs/architecture.md').length).toBeGreaterThan(40)
  })
})

describe('docs/architecture.md', () => {
  const [page] = architectureFiles(root)

  it('has every room of the boundaries in its table', () => {
    const rooms = Object.keys(RULES).filter((key) => !key.endsWith('.ts'))
    expect(rooms.filter((key) => !page?.text.includes(`| \`${key.replace(/\*$/, '*.ts')}\` | `))).toEqual([])
  })

  it('draws an arrow only when no longer path implies it', () => {
    expect(
      layersOf({
        machines: { from: ['src/domain'] },
        'src/domain': { from: ['src/domain'] },
        'src/driver/*': { from: ['src/driver', 'machines', 'src/domain'] },
        'src/driver/effects': { from: ['src/domain'] },
        'src/cli': { from: ['src'] },
        'src/*': { from: ['src/words.ts', 'src/driver'] },
      }),
    ).toEqual(['machines --> domain', 'driver --> machines', 'cli --> driver', 'entries --> driver'])
  })
})
