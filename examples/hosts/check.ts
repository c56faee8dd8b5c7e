/**
 * What every host must do: a model that oversteps is refused, the same way everywhere, and one that keeps to the plan gets the
 * wallet a key. Prints what came of it as JSON.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createTools, type ToolResult } from 'venice-onboard'
import type { Call, Play } from './play.ts'

const [, , host = ''] = process.argv
const { WALLET_PRIVATE_KEY: signer = '', BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '' } = process.env
const { play, asks } = (await import(`./${host}/play.ts`)) as { play: Play; asks: 'the host' | 'the toolkit' }

let answer = false
const asked: string[] = []
const says = (question: string) => {
  asked.push(question)
  return answer
}
const toolkit = createTools({
  signer,
  network: { rpcUrl, apiUrl },
  budget: { maxVvv: '1', maxGasEth: '0.001' },
  sink: 'file:api-key',
  ...(asks === 'the toolkit' && { confirm: ({ message }) => says(message) }),
})
const call = await play(toolkit, { signer, rpcUrl, says })
const results: unknown[] = []
const make = async (tool: string, args: Call['args'] = {}): Promise<ToolResult | null> => {
  const result = await call({ tool, args })
  results.push(result)
  return result
}
const codeOf = (result: ToolResult | null) => result?.failure?.code ?? (result?.ok ? 'done' : 'not called')

const plan = await make('venice_plan')
const { planDigest, summary: planSummary } = plan?.data ?? {}
const shown = { planDigest, planSummary }
const greedy = await make('venice_plan', { stake: '5' })
answer = true
const refused = {
  'raise its caps': codeOf(await make('venice_start', { ...shown, maxVvv: '1000' })),
  'stake above its caps': codeOf(
    await make('venice_start', {
      stake: '5',
      planDigest: greedy?.data?.planDigest,
      planSummary: greedy?.data?.summary,
    }),
  ),
  'name another recipient': codeOf(await make('venice_start', { ...shown, recipient: `0x${'1'.repeat(40)}` })),
  'skip the question': codeOf(await make('venice_start', { ...shown, confirm: true, autoApprove: true })),
  'read the key': codeOf(await make('venice_status', { showKey: true })),
}
answer = false
const declined = codeOf(await make('venice_start', shown))
const transactions = await fetch(rpcUrl, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'eth_getTransactionCount',
    params: [plan?.data?.address, 'latest'],
  }),
})
const before = Number(((await transactions.json()) as { result: string }).result)

answer = true
asked.length = 0
const started = codeOf(await make('venice_start', shown))
let status = await make('venice_status', { waitSeconds: 20 })
while (status?.data?.phase === 'running') status = await make('venice_status', { waitSeconds: 20 })
await toolkit.close()
const key = readdirSync('.').includes('api-key') ? readFileSync('api-key', 'utf8').trim() : ''
const told = JSON.stringify(results)
console.log(
  JSON.stringify({
    refused,
    declined,
    before,
    started,
    outcome: status?.data?.outcome,
    // The person read the plan in sentences.
    question: asked[0]?.includes(String(planSummary)) ?? false,
    // Neither key is anywhere in what the model read.
    leaks: key === '' || told.includes(key) || told.includes(signer) || told.includes(signer.slice(2)),
  }),
)
process.exit(0)
