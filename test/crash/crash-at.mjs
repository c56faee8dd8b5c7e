// Preloaded into a child process: SIGKILLs it at point CRASH_AT. There is a point before and after each durable write
// and each outgoing call.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const crashAt = Number(process.env.CRASH_AT)
let points = 0
const point = () => {
  points += 1
  if (points === crashAt) process.kill(process.pid, 'SIGKILL')
}

const { renameSync } = fs
fs.renameSync = (from, to) => {
  // The generation before is kept by a rename, too; nothing hangs on when.
  if (String(to).endsWith('.prev')) return renameSync(from, to)
  point()
  renameSync(from, to)
  point()
}
syncBuiltinESMExports()

const { fetch } = globalThis
globalThis.fetch = async (...request) => {
  point()
  const response = await fetch(...request)
  point()
  return response
}
