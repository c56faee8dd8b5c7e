// Takes the lock, says how that went, and holds on until it is killed.
// Arguments: kind (socket or file), directory for lock files, when to start (milliseconds since the epoch).
import { acquireFileLock } from '../../../src/adapters/store/file-lock.ts'
import { acquireLock } from '../../../src/adapters/store/lock.ts'
import { LockedError } from '../../../src/errors/store.ts'
import { WALLET } from './wallet.ts'

const [kind, dir = '', startAt = '0'] = process.argv.slice(2)
while (Date.now() < Number(startAt));
try {
  await (kind === 'socket' ? acquireLock({ ...WALLET, fallbackDir: dir }) : acquireFileLock({ ...WALLET, dir }))
  console.log('held')
} catch (error) {
  console.log(error instanceof LockedError ? error.code : error)
}
process.stdin.resume()
