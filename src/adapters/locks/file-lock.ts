import * as fs from 'node:fs'
import { join } from 'node:path'
import type { Address } from '../../domain/addresses.ts'
import { LockedError, StoreUnusableError } from '../../errors/store.ts'
import type { RunLock } from '../../ports/run-store.ts'
import { refuseSymlink } from '../atomic-file.ts'
import { isAlive } from '../process.ts'

/** Claims of this process. A file with our id that is not among them was left by a dead process with the same id. */
const claims = new Set<string>()

interface FileLockPlace {
  chainId: number
  address: Address
  dir: string
}

/**
 * A lock made of files, for systems without a kernel lock that Node can use. Each process first writes a file named
 * after its id, then searches for others. Two that come at the same time see each other, so at most one continues, and
 * perhaps none. Files of dead processes do not count, so nothing must be taken over or expire.
 *
 * After a SIGKILL the lock is free, unless another process has got the same id.
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
    // Every user can write to the folder for temporary files. A link there may point at any file of ours.
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

/** Whether a living process, this one included, has a claim. Only reads. */
export function isFileLocked(place: FileLockPlace): boolean {
  const dir = claimsDirectory(place)
  return fs.existsSync(dir) && fs.readdirSync(dir).some((name) => /^[1-9]\d*$/.test(name) && isAlive(Number(name)))
}

/** The id of another living process with a claim in `dir`. It also removes claims of dead processes. */
function livingClaim(dir: string): number | undefined {
  for (const name of fs.readdirSync(dir)) {
    const pid = Number(name)
    if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) continue
    if (isAlive(pid)) return pid
    fs.rmSync(join(dir, name), { force: true })
  }
  return undefined
}
