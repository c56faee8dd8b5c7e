import { mkdirSync, statSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Node from 22.8 on. @see https://nodejs.org/api/module.html#moduleenablecompilecachecachedir (2026-11-30) */
type Enable = ((directory: string) => unknown) | undefined

/**
 * Lets Node keep the compiled code of this program, in the user's own cache folder. Node's default, a folder in the shared
 * temporary directory, is not used: whoever can write there first would choose the code that runs with the wallet's key.
 * What the user set with `NODE_COMPILE_CACHE` or `NODE_DISABLE_COMPILE_CACHE` is left as it is.
 *
 * Side effects: makes the folder. Never throws; without a folder that only this user can write to, nothing is kept.
 */
export function useCompileCache(): void {
  const { enableCompileCache } = nodeModule as { enableCompileCache?: Enable }
  if (enableCompileCache === undefined || process.env.NODE_COMPILE_CACHE) return
  try {
    const directory = join(cacheFolder(), 'venice-onboard', 'compiled')
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    if (isOwn(directory)) enableCompileCache(directory)
  } catch {
    // Slower, and nothing else.
  }
}

/** @see https://specifications.freedesktop.org/basedir-spec/latest/ (2026-11-30) */
function cacheFolder(): string {
  const { platform, env } = process
  if (platform === 'win32') return env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local')
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches')
  return env.XDG_CACHE_HOME || join(homedir(), '.cache')
}

function isOwn(directory: string): boolean {
  const { uid, mode } = statSync(directory)
  return process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0)
}
