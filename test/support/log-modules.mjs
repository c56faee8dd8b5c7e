// Preloaded into a child process: names every module that it loads, and its first request, a line each on stderr.
import { writeSync } from 'node:fs'
import { register } from 'node:module'

const hooks = `
import { writeSync } from 'node:fs'
export async function load(url, context, next) {
  writeSync(2, 'loads ' + url + '\\n')
  return next(url, context)
}`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)

const { fetch } = globalThis
globalThis.fetch = (...request) => {
  writeSync(2, 'asks\n')
  return fetch(...request)
}
