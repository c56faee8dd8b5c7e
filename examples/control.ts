import { createRun } from 'venice-onboard'

const { BASE_RPC_URL = '', VENICE_API_URL = '', WALLET_PRIVATE_KEY = '' } = process.env

const run = await createRun({
  signer: WALLET_PRIVATE_KEY,
  network: { rpcUrl: BASE_RPC_URL, apiUrl: VENICE_API_URL },
  sink: ({ apiKey }) => console.log('got a key of', apiKey.length, 'characters'),
  approve: ({ purpose, summary }) => purpose !== 'unknown' && summary.length > 0,
  signal: AbortSignal.timeout(600_000),
})
for await (const event of run.events) if (event.type === 'transition') console.log(event.to)
console.log((await run.result).outcome)
