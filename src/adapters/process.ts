import { errnoOf } from '../errors/errno.ts'

/** Whether a process of any user has this id on this machine. The id may belong to another process by now. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return errnoOf(error) === 'EPERM'
  }
}
