import { execFile } from 'node:child_process'
import { basename, dirname } from 'node:path'
import { childEnv, type Environment } from '../child-env.ts'

const GIT_TIMEOUT_MS = 5_000
/** Exit status of `git check-ignore -q` for a path in a work tree that is not ignored, or is tracked. */
const NOT_IGNORED = 1

/** A warning when `path` lies in a git work tree and git would commit it. None when there is no git, or no work tree. */
export function gitWarnings(path: string, env: Environment): Promise<string[]> {
  const options = { cwd: dirname(path), env: childEnv(env), timeout: GIT_TIMEOUT_MS }
  // A repository can name a program for git to run here: not with our user's rights and a key at hand.
  const args = ['-c', 'core.fsmonitor=false', 'check-ignore', '--quiet', '--', basename(path)]
  return new Promise((resolve) => {
    execFile('git', args, options, (error) =>
      resolve(
        error?.code === NOT_IGNORED
          ? [`git does not ignore ${path}: add it to .gitignore before the next commit, or the key may be published.`]
          : [],
      ),
    )
  })
}
