import * as fs from 'node:fs'
import { join } from 'node:path'
import type { Address } from '../../domain/addresses.ts'
import { LockedError, StoreUnusableError } from '../../errors/store.ts'
import type { RunLock } from '../../ports/run-store.ts'
import { refuseSymlink } from '../atomic-file.ts'
import { isAlive } from '../process.ts'

/** Claims of this process: a file under our id that is not among them was left by a dead process of the same id. */
const claims = new Set<string>()

interface FileLockPlace {
  chainId: number
  address: Address
  dir: string
}

/**
 * A lock of files, for systems whose kernel offers none that Node can reach. Each process first puts down a file named
 * after its id, then looks for others: of two that come at the same time each sees the other, so at most one goes on, and
 * perhaps none. Files of dead processes count for nothing, so there is nothing to take over and nothing to expire.
 *
 * After a SIGKILL the lock is free, unless the system has given the id to another process since.
 *
 * @throws {LockedError} when a living process has a claim.
 * @throws {StoreUnusableError} when `dir` cannot be written.
 */
export async function acquireFileLock(place: FileLockPlace): Promise<RunLock> {
  const { chainId, address } = place
  const dir = claimsDirectory(place)
  const claim = join(dir, String(process.pid))
  if (claims.has(claim)) throw new LockedError({ chainId, address, pid: process.pid, path: claim })
  try {
    fs.mkdirSync(dir, { recursive: true, mode: 0o700 })
    // The folder of temporary files belongs to everybody. A link there may point at any file of ours.
    refuseSymlink(place.dir)
    refuseSymlink(dir)
    fs.rmSync(claim, { force: true })
    fs.writeFileSync(claim, '', { mode: 0o600, flag: 'wx' })
  } catch (cause) {
    throw new StoreUnusableError({ path: dir, cause })
  }
  const other = livingClaim(dir)
  if (other !== undefined) {
    fs.rmSync(claim, { force: true })
    throw new LockedError({ chainId, address, pid: other, path: join(dir, String(other)) })
  }
  claims.add(claim)
  return {
    release: async () => {
      claims.delete(claim)
      fs.rmSync(claim, { force: true })
    },
  }
}

const claimsDirectory = ({ chainId, address, dir }: FileLockPlace): string =>
  join(dir, `${chainId}-${address.toLowerCase()}.lock`)

/** Whether a living process, this one included, has a claim. Only asks. */
export function isFileLocked(place: FileLockPlace): boolean {
  const dir = claimsDirectory(place)
  return fs.existsSync(dir) && fs.readdirSync(dir).some((name) => /^[1-9]\d*$/.test(name) && isAlive(Number(name)))
}

/** The id of another living process with a claim in `dir`. Claims of the dead are swept on the way. */
function livingClaim(dir: string): number | undefined {
  for (const name of fs.readdirSync(dir)) {
    const pid = Number(name)
    if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) continue
    if (isAlive(pid)) return pid
    fs.rmSync(join(dir, name), { force: true })
  }
  return undefined
}
