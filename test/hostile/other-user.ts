import { spawnSync } from 'node:child_process'

/** The ids of a user that every system has and that owns nothing. */
export const NOBODY = 65534

/** Why a case needs root: only root can start another user's process. Undefined when it can. */
export const isRoot = process.getuid?.() === 0

/** A Node that every user may run: the one of an npm cache is only its owner's. */
export const nodeForAll = process.env.VENICE_ONBOARD_OTHER_NODE ?? process.execPath

/** Runs `script` with Node as another user, and returns what it prints. */
export function asNobody(script: string, args: readonly string[]): string {
  const { stdout, stderr, error } = spawnSync(nodeForAll, ['-e', script, ...args], {
    uid: NOBODY,
    gid: NOBODY,
    cwd: '/',
    env: {},
    encoding: 'utf8',
  })
  if (error !== undefined) throw error
  return `${stdout}${stderr}`.trim()
}
