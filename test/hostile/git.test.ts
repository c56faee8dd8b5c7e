import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { gitWarnings } from '../../src/adapters/sinks/git.ts'
import { openSink } from '../../src/adapters/sinks/parse.ts'
import { FIRST_KEY, minted } from '../ports/key-sink.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const git = (cwd: string, ...words: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...words], { cwd, encoding: 'utf8', stdio: 'pipe' })

/** A work tree whose configuration names a program for every hook, and whether that program has run. */
function trap(): { folder: string; hasSprung: () => boolean } {
  const [folder, outside] = [temporaryDirectory(), temporaryDirectory()]
  const [program, sprung] = [join(outside, 'program'), join(outside, 'sprung')]
  writeFileSync(program, `#!/bin/sh\nenv > ${sprung}\nexit 1\n`)
  chmodSync(program, 0o755)
  git(folder, 'init', '--quiet')
  writeFileSync(join(folder, '.gitattributes'), '* filter=evil diff=evil\n')
  writeFileSync(join(folder, '.gitignore'), 'node_modules\n')
  git(folder, 'add', '.')
  git(folder, 'commit', '--quiet', '-m', 'x')
  // A clone without blobs: git fetches the ignore file from its remote when it needs it.
  git(folder, 'update-index', '--skip-worktree', '.gitignore')
  rmSync(join(folder, '.gitignore'))
  const blob = git(folder, 'rev-parse', 'HEAD:.gitignore').trim()
  rmSync(join(folder, '.git/objects', blob.slice(0, 2), blob.slice(2)))
  for (const name of ['post-checkout', 'post-index-change', 'reference-transaction']) {
    mkdirSync(join(folder, '.git/hooks'), { recursive: true })
    writeFileSync(join(folder, '.git/hooks', name), readFileSync(program))
    chmodSync(join(folder, '.git/hooks', name), 0o755)
  }
  const settings = [
    ['core.repositoryformatversion', '1'],
    ['extensions.partialClone', 'evil'],
    ['remote.evil.url', '.'],
    ['remote.evil.promisor', 'true'],
    ['remote.evil.uploadpack', program],
    ['core.sparseCheckout', 'true'],
    ['core.fsmonitor', program],
    ['core.pager', program],
    ['alias.check-ignore', `!${program}`],
    ['filter.evil.clean', program],
    ['filter.evil.process', program],
  ] as const
  for (const [name, value] of settings) git(folder, 'config', name, value)
  return { folder, hasSprung: () => existsSync(sprung) }
}

describe('a folder whose .git names programs', () => {
  test('starts one when git runs in it', () => {
    const { folder, hasSprung } = trap()
    try {
      git(folder, '-c', 'core.fsmonitor=false', 'check-ignore', '--quiet', '--', '.env')
    } catch {
      // Git's answer does not matter here.
    }
    expect(hasSprung()).toBe(true)
  })

  test('starts none when a key is stored in it', async () => {
    const { folder, hasSprung } = trap()
    const env = { PATH: process.env.PATH, WALLET_PRIVATE_KEY: `0x${'ab'.repeat(32)}` }
    const sink = openSink('env-file:.env', { cwd: folder, homeDir: temporaryDirectory(), env })
    expect((await sink.probe()).warnings).toHaveLength(1)
    await sink.store(minted(FIRST_KEY), 'label')
    expect(hasSprung()).toBe(false)
  })

  test('does not block us with a pipe in the place of an ignore file', async () => {
    const folder = temporaryDirectory()
    git(folder, 'init', '--quiet')
    rmSync(join(folder, '.git/info/exclude'), { force: true })
    mkdirSync(join(folder, '.git/info'), { recursive: true })
    for (const pipe of ['.gitignore', '.git/info/exclude', '.git/index']) execFileSync('mkfifo', [join(folder, pipe)])
    expect(gitWarnings(join(folder, '.env'), {})).toHaveLength(1)
  })
})

describe('the check for what git would commit', () => {
  const cases: [name: string, files: Record<string, string>, path: string][] = [
    ['no rule', {}, '.env'],
    ['its name', { '.gitignore': '.env\n' }, '.env'],
    ['a pattern', { '.gitignore': '.env*\n!.env.example\n' }, '.env.local'],
    ['a negated pattern', { '.gitignore': '.env*\n!.env.example\n' }, '.env.example'],
    ['a comment', { '.gitignore': '# .env\n' }, '.env'],
    ['an anchored name', { '.gitignore': '/.env\n' }, 'sub/.env'],
    ['a name below', { '.gitignore': '.env\n' }, 'sub/deep/.env'],
    ['an ignored folder', { '.gitignore': 'sub/\n', 'sub/.gitignore': '!.env\n' }, 'sub/.env'],
    ['a nearer ignore file that negates', { '.gitignore': '.env\n', 'sub/.gitignore': '!.env\n' }, 'sub/.env'],
    ['a nearer ignore file', { 'sub/.gitignore': '.env\n' }, 'sub/.env'],
    ["the repository's own exclude file", { '.git/info/exclude': '.env\n' }, '.env'],
    ["the user's ignore file", { 'home/.config/git/ignore': '.env\n' }, '.env'],
    [
      "an ignore file from the user's configuration",
      { 'home/.gitconfig': '[core]\n\texcludesFile = ~/mine\n', 'home/mine': '.env\n' },
      '.env',
    ],
    ['an ignore file with other lines', { '.gitignore': '*.log\r\n.env\r\n' }, '.env'],
  ]

  test.each(cases)('agrees with git about %s', (_, files, path) => {
    const folder = temporaryDirectory()
    const home = join(folder, 'home')
    git(folder, 'init', '--quiet')
    for (const [name, text] of Object.entries({ ...files, [path]: '' })) {
      mkdirSync(join(folder, name, '..'), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    const env = { HOME: home, PATH: process.env.PATH }
    let isIgnored = true
    try {
      execFileSync('git', ['check-ignore', '-q', path], { cwd: folder, env })
    } catch {
      isIgnored = false
    }
    expect(gitWarnings(join(folder, path), env)).toHaveLength(isIgnored ? 0 : 1)
  })

  test.each(['2', '3', '4'])('finds a tracked file whatever the rules say, with index version %s', (version) => {
    const folder = temporaryDirectory()
    git(folder, 'init', '--quiet')
    mkdirSync(join(folder, 'sub'))
    for (const name of ['a', 'ab', 'sub/.env', 'sub/.env.local', 'sub/z']) writeFileSync(join(folder, name), '')
    git(folder, 'add', '.')
    if (version === '3') git(folder, 'add', '--intent-to-add', '.')
    git(folder, 'update-index', '--index-version', version)
    writeFileSync(join(folder, '.gitignore'), '.env*\n')
    expect(gitWarnings(join(folder, 'sub/.env'), {})).toHaveLength(1)
    expect(gitWarnings(join(folder, 'sub/.env.local'), {})).toHaveLength(1)
    expect(gitWarnings(join(folder, '.env'), {})).toEqual([])
  })

  test('works in an added work tree, and in a folder reached by a link', () => {
    const folder = temporaryDirectory()
    git(folder, 'init', '--quiet')
    git(folder, 'commit', '--quiet', '--allow-empty', '-m', 'x')
    const added = join(folder, '..', `${folder.split('/').at(-1)}-added`)
    git(folder, 'worktree', 'add', '--quiet', added)
    try {
      expect(gitWarnings(join(added, '.env'), {})).toHaveLength(1)
      writeFileSync(join(folder, '.git/info/exclude'), '.env\n')
      expect(gitWarnings(join(added, '.env'), {})).toEqual([])
    } finally {
      rmSync(added, { recursive: true })
    }
  })
})
