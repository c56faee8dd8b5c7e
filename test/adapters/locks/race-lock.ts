// Takes the lock when it reads "take", releases it on "free", and prints the result of each.
// Arguments: kind (socket or file), directory for lock files.
import { createInterface } from 'node:readline'
import { acquireFileLock } from '../../../src/adapters/locks/file-lock.ts'
import { acquireLock } from '../../../src/adapters/locks/lock.ts'
import { LockedError } from '../../../src/errors/store.ts'
import type { RunLock } from '../../../src/ports/run-store.ts'
import { WALLET } from '../../support/wallet.ts'

const [kind, dir = ''] = process.argv.slice(2)
let lock: RunLock | null = null
console.log('ready')
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'free') {
    await lock?.release()
    lock = null
    console.log('free')
    continue
  }
  try {
    lock = await (kind === 'socket'
      ? acquireLock({ ...WALLET, directories: [dir] })
      : acquireFileLock({ ...WALLET, dir }))
    console.log('held')
  } catch (error) {
    console.log(error instanceof LockedError ? error.code : error)
  }
}
