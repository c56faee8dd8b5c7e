import { veniceFetch } from '../../src/index.ts'

/** A process that calls Venice through `veniceFetch`, and prints the status of each call, a line each. */
const { PAYING = '' } = process.env
const { calls, ...options } = JSON.parse(PAYING)
const fetch = veniceFetch(options)
const ask = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'qwen3-4b', messages: [{ role: 'user', content: 'Hello' }] }),
}
const call = async () => {
  const response = await fetch(`${options.apiUrl}/chat/completions`, ask)
  await response.text()
  return response.status
}
const statuses = await Promise.all(Array.from({ length: calls }, call))
process.stdout.write(`${statuses.join(' ')}\n`)
process.exit(0)
