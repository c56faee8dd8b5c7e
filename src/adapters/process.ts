import { errnoOf } from '../errors/errno.ts'

/** Whether a process has this id on this machine, ours or anybody's. The id may have been given to another one since. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return errnoOf(error) === 'EPERM'
  }
}
