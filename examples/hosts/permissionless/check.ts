/** A Safe of `permissionless` with VVV and no ETH, on Safe's own contracts: what it costs to lose an answer, or the process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { toSafeSmartAccount } from 'permissionless/accounts'
import { startSandbox } from 'venice-onboard/testing'
import { createClient, type Hex, http } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { base } from 'viem/chains'
import { onboardSafe } from './agent.ts'
import { deploySafe } from './contracts.ts'

const MINT = 'POST /api_keys/generate_web3_key'
const optionsFor = (network: { rpcUrl: string; apiUrl: string }, name: string) => ({
  network,
  budget: { maxVvv: '1' },
  stateDir: `runs/${name}`,
  sink: `env-file:runs/${name}.env`,
})
const serviceOf = ({ rpcUrl }: { rpcUrl: string }) => ({ bundlerUrl: rpcUrl, paymasterUrl: rpcUrl })

/** The process that is killed. Whoever starts it says where. */
const { OWNER_KEY, NETWORK = '', KILL_AT } = process.env
if (OWNER_KEY !== undefined) {
  const network = JSON.parse(NETWORK)
  await onboardSafe(privateKeyToAccount(OWNER_KEY as Hex), serviceOf(network), {
    ...optionsFor(network, 'killed'),
    onEvent: (event) => {
      if (event.type === 'transition' && event.to === KILL_AT) process.kill(process.pid, 'SIGKILL')
    },
  })
  process.exit(0)
}

const sandbox = await startSandbox({ wallets: 0, blockTimeMs: 200 })
await deploySafe(sandbox)
const { network } = sandbox

async function newSafe() {
  const ownerKey = generatePrivateKey()
  const owner = privateKeyToAccount(ownerKey)
  const client = createClient({ chain: base, transport: http(network.rpcUrl) })
  const { address } = await toSafeSmartAccount({ client, owners: [owner], version: '1.4.1' })
  await sandbox.fund(address, { vvv: '10' })
  return { ownerKey, owner, address }
}
type Safe = Awaited<ReturnType<typeof newSafe>>

async function run({ owner, address }: Safe, name: string) {
  const { outcome, failure, transactions } = await onboardSafe(owner, serviceOf(network), optionsFor(network, name))
  const { eth, sVvv } = await sandbox.holdings(address)
  const made = transactions.map(({ purpose, status }) => `${purpose} ${status}`).join()
  return `${failure?.code ?? outcome}: ${made || 'nothing'}, ${sVvv / 10n ** 18n} sVVV, ${eth} wei, ${sandbox.keys(address).length} key`
}

const ONCE = 'unfunded: stake mined, 1 sVVV, 0 wei, 1 key'
const seen: Record<string, [string, string]> = {}
const plain = await newSafe()
seen.first = [await run(plain, 'plain'), ONCE]
seen.second = [await run(plain, 'plain'), ONCE]

const lost = await newSafe()
sandbox.fault({ on: 'eth_sendUserOperation', effect: { kind: 'dropAfter' } })
seen.lost = [await run(lost, 'lost'), ONCE]

const killed = await newSafe()
for (const at of ['stake.broadcast', 'awaitConfirmation.watch', 'mint.post']) {
  const env = { ...process.env, OWNER_KEY: killed.ownerKey, NETWORK: JSON.stringify(network), KILL_AT: at }
  const [, signal] = await once(spawn(process.execPath, process.argv.slice(1), { env, stdio: 'ignore' }), 'exit')
  seen[at] = [String(signal), 'SIGKILL']
}
seen.killed = [await run(killed, 'killed'), ONCE]

const untaken = await newSafe()
const body = { error: 'Wallet signature does not match' }
sandbox.fault({ on: MINT, times: Number.POSITIVE_INFINITY, effect: { kind: 'reply', status: 400, body } })
seen.untaken = [await run(untaken, 'untaken'), 'wallet/signature-not-taken: nothing, 0 sVVV, 0 wei, 0 key']
await sandbox.close()

const well = Object.values(seen).every(([is, mustBe]) => is === mustBe)
console.log(
  well
    ? 'well: a Safe 1.4.1 with no ETH: one operation, also when killed or unanswered'
    : JSON.stringify(seen, null, 2),
)
process.exit(well ? 0 : 1)
