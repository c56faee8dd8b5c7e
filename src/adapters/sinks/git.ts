import * as fs from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import ignore, { type Ignore } from 'ignore'
import type { Environment } from '../child-env.ts'
import { readSmallFile } from '../small-file.ts'
import { isTracked } from './git-index.ts'

/** Bytes. Pattern lists have a few kilobytes. */
const MAX_TEXT = 1024 * 1024

/** A list of patterns, and the folder that they are relative to (a path relative to the work tree). */
interface Patterns {
  base: string
  rules: Ignore
}

/**
 * A warning when `path` lies in a git work tree and git would commit it. It does not run git: the folder may belong to
 * somebody else, and its `.git` can name programs that git would start with our rights (`core.fsmonitor`, filters, the
 * transport of a partial clone, hooks, aliases). Its files are only read as data.
 *
 * Known gaps: files included by git's configuration are not followed. If a pattern of lower rank excludes a folder, and
 * one of higher rank includes it again, the folder counts as excluded.
 */
export function gitWarnings(path: string, env: Environment): string[] {
  const folder = realFolder(dirname(path))
  const tree = workTreeOf(folder)
  if (tree === null || !wouldCommit(relative(tree.root, join(folder, basename(path))), tree, env)) return []
  return [`git does not ignore ${path}: add it to .gitignore before the next commit, or the key may be published.`]
}

function realFolder(folder: string): string {
  try {
    return fs.realpathSync(folder)
  } catch {
    return folder
  }
}

interface WorkTree {
  root: string
  /** The folder of this work tree's own data, e.g. its index. */
  gitDir: string
  /** The folder that all work trees of the repository share. */
  commonDir: string
}

function wouldCommit(path: string, tree: WorkTree, env: Environment): boolean {
  if (isTracked(path, tree)) return true
  const parts = path.split(/[\\/]/)
  const lists = listsFor(parts.slice(0, -1), tree, env)
  // A file in an ignored folder cannot be included again.
  return !parts.some((_, index) => {
    const isFolder = index < parts.length - 1
    return isIgnored(parts.slice(0, index + 1), isFolder, lists)
  })
}

/** Decided by the first list, in order of rank, with a matching pattern. */
function isIgnored(parts: readonly string[], isFolder: boolean, lists: readonly Patterns[]): boolean {
  const folder = parts.slice(0, -1).join('/')
  for (const { base, rules } of lists) {
    if (base !== '' && folder !== base && !folder.startsWith(`${base}/`)) continue
    const below = parts.join('/').slice(base === '' ? 0 : base.length + 1)
    const { ignored, unignored } = rules.test(isFolder ? `${below}/` : below)
    if (ignored || unignored) return ignored
  }
  return false
}

/** Highest rank first: the `.gitignore` next to the file, those above it, the repository's own list, the user's. */
function listsFor(folders: readonly string[], { root, commonDir }: WorkTree, env: Environment): Patterns[] {
  const found: Patterns[] = []
  const add = (base: string, file: string) => {
    const text = readSmallFile(file, MAX_TEXT)?.toString('utf8')
    if (text !== undefined) found.push({ base, rules: ignore({ ignorecase: isCaseBlind }).add(text) })
  }
  for (let depth = folders.length; depth >= 0; depth -= 1) {
    const base = folders.slice(0, depth).join('/')
    add(base, join(root, base, '.gitignore'))
  }
  add('', join(commonDir, 'info', 'exclude'))
  add('', userExcludes(commonDir, env))
  return found
}

/** Git's default for `core.ignoreCase` on this system. */
const isCaseBlind = process.platform === 'darwin' || process.platform === 'win32'

/** `core.excludesFile` of the repository or the user, or its default. @see git-config(1), gitignore(5) */
function userExcludes(commonDir: string, env: Environment): string {
  const home = env.HOME || homedir()
  const config = env.XDG_CONFIG_HOME || join(home, '.config')
  for (const file of [join(commonDir, 'config'), join(home, '.gitconfig'), join(config, 'git', 'config')]) {
    const named = excludesFileIn(readSmallFile(file, MAX_TEXT)?.toString('utf8') ?? '')
    if (named !== null) return named.startsWith('~/') ? join(home, named.slice(2)) : named
  }
  return join(config, 'git', 'ignore')
}

function excludesFileIn(text: string): string | null {
  let section = ''
  let found: string | null = null
  for (const line of text.split('\n')) {
    const header = /^\s*\[([^\]"]*)/.exec(line)?.[1]
    if (header !== undefined) section = header.trim().toLowerCase()
    const value = section === 'core' ? /^\s*excludesfile\s*=(.*)/i.exec(line)?.[1] : undefined
    if (value !== undefined) found = value.trim().replace(/^"(.*)"$/, '$1')
  }
  return found
}

/** The work tree that contains `folder`, or null. */
function workTreeOf(folder: string): WorkTree | null {
  for (let root = folder; ; root = dirname(root)) {
    const gitDir = gitDirAt(join(root, '.git'), root)
    if (gitDir !== null) {
      const common = readSmallFile(join(gitDir, 'commondir'), MAX_TEXT)?.toString('utf8').trim()
      return { root, gitDir, commonDir: common === undefined ? gitDir : resolve(gitDir, common) }
    }
    if (dirname(root) === root) return null
  }
}

/** `.git` is a folder. In a submodule or an added work tree it is a file that names one. */
function gitDirAt(path: string, root: string): string | null {
  const stats = fs.statSync(path, { throwIfNoEntry: false })
  if (stats?.isDirectory()) return fs.existsSync(join(path, 'HEAD')) ? path : null
  const named = /^gitdir: (.+)/.exec(readSmallFile(path, MAX_TEXT)?.toString('utf8') ?? '')?.[1]?.trim()
  if (named === undefined) return null
  return isAbsolute(named) ? named : join(root, named)
}
