// Preloaded into a child process: SIGKILLs it right after a file took its place under a name that ends in CRASH_AFTER.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const { renameSync } = fs
fs.renameSync = (from, to) => {
  renameSync(from, to)
  if (String(to).endsWith(process.env.CRASH_AFTER)) process.kill(process.pid, 'SIGKILL')
}
syncBuiltinESMExports()
