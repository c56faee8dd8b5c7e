import { spawnSync } from 'node:child_process'

/** The ids of a user that every system has and that owns nothing. */
export const NOBODY = 65534

/** Why a case needs root: only root can start another user's process. Undefined when it can. */
export const isRoot = process.getuid?.() === 0

/** Runs `script` with Node as another user, and returns what it prints. */
export function asNobody(script: string, args: readonly string[]): string {
  const { stdout, stderr, error } = spawnSync(process.execPath, ['-e', script, ...args], {
    uid: NOBODY,
    gid: NOBODY,
    cwd: '/',
    env: {},
    encoding: 'utf8',
  })
  if (error !== undefined) throw error
  return `${stdout}${stderr}`.trim()
}
