import { startSandbox } from '../../src/sandbox/sandbox.ts'

/** A sandbox in its own process, so that the contestants do not share a thread with it. */
const [blockTimeMs, latencyMs, wallets] = process.argv.slice(2).map(Number)
const sandbox = await startSandbox({
  blockTimeMs: blockTimeMs ?? 0,
  latencyMs: latencyMs ?? 0,
  wallets: wallets ?? 1,
})
const { chain } = sandbox

/** Resolves at the next block. */
async function nextBlock(): Promise<void> {
  const before = await chain.public.getBlockNumber()
  while ((await chain.public.getBlockNumber()) === before) await new Promise((resolve) => setTimeout(resolve, 2))
}

const answers = {
  reset: async () => chain.requests.reset(),
  counts: async () => ({ http: chain.requests.http, calls: sum(Object.values(chain.requests.methods)) }),
  nextBlock,
}
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

process.on('message', async (question: keyof typeof answers) => {
  process.send?.({ question, answer: (await answers[question]()) ?? null })
})
process.on('disconnect', async () => {
  await sandbox.close()
  process.exit()
})
const { rpcUrl, apiUrl } = sandbox
process.send?.({ question: 'start', answer: { rpcUrl, apiUrl, wallets: sandbox.wallets } })
