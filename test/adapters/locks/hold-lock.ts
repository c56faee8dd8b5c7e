// Prints "ready", waits for a line on stdin, takes the lock, prints the result, and holds the lock until it is killed.
// Arguments: kind (socket or file), directory for lock files.
import { once } from 'node:events'
import { acquireFileLock } from '../../../src/adapters/locks/file-lock.ts'
import { acquireLock } from '../../../src/adapters/locks/lock.ts'
import { LockedError } from '../../../src/errors/store.ts'
import { WALLET } from '../../support/wallet.ts'

const [kind, dir = ''] = process.argv.slice(2)
console.log('ready')
await once(process.stdin, 'data')
try {
  await (kind === 'socket' ? acquireLock({ ...WALLET, directories: [dir] }) : acquireFileLock({ ...WALLET, dir }))
  console.log('held')
} catch (error) {
  console.log(error instanceof LockedError ? error.code : error)
}
