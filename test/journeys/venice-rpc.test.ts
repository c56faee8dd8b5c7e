import { describe, expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { filesUnder } from '../support/leaks.ts'
import { type RecordingProxy, startRecordingProxy } from '../support/recording-proxy.ts'
import { type Journey, MINT, useSandbox } from '../support/sandbox.ts'

const lab = useSandbox()

const RPC = 'POST /crypto/rpc/{network}'
const VENICE = ['--rpc-url', 'venice']

/** Runs a command in the journey's folder with its wallet, and only the endpoints in `words`. */
const only = ({ cwd, privateKey }: Journey, words: readonly string[], env: Record<string, string> = {}) =>
  runCli([...words, '--network', 'base'], { cwd, env: { WALLET_PRIVATE_KEY: privateKey, ...env } })

async function credit(journey: Journey, amounts: object): Promise<void> {
  const control = lab.sandbox.apiUrl.replace(/\/api\/v1$/, '/sandbox/credit')
  const body = JSON.stringify({ address: journey.address, ...amounts })
  const reply = await fetch(control, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  expect(reply.status).toBe(200)
}

/** A journey that names only Venice's endpoint. */
async function begin(amounts: object | null) {
  const journey = await lab.begin()
  if (amounts !== null) await credit(journey, amounts)
  const { apiUrl } = lab.sandbox
  const command = (words: readonly string[], env: Record<string, string> = {}) =>
    only(journey, [...words, '--api-url', apiUrl], env)
  return {
    journey,
    command,
    run: (more: readonly string[] = []) => command(['run', '--yes', '--json', ...VENICE, ...more]),
  }
}

describe('Venice as the only RPC endpoint', () => {
  test('serves a wallet with credit from the first read to the key, and no other endpoint is asked', async () => {
    const { journey, run } = await begin({ x402: 5 })
    const { code, json } = await run()
    expect({ code, outcome: json.outcome }).toEqual({ code: 0, outcome: 'unfunded' })
    expect(await journey.onChain()).toMatchObject({ transactions: 2, allowance: 0n })
    expect(lab.sandbox.venice.requests.count(RPC)).toBeGreaterThan(3)
  })

  test('refuses a wallet without balance before anything is sent, and says which endpoint to name first', async () => {
    const { journey, run } = await begin(null)
    const { code, json } = await run()
    expect(code).toBe(4)
    expect(json.failure).toMatchObject({ code: 'chain/venice-rpc-unfunded', recovery: 'fund' })
    expect(json.failure?.hint).toContain('--rpc-url https://mainnet.base.org --rpc-url venice')
    expect(await journey.onChain()).toMatchObject({ transactions: 0 })
    expect(lab.sandbox.venice.requests.count(MINT)).toBe(0)
  })

  test('is paid with the stored key when there is one that can pay', async () => {
    const { journey, run, command } = await begin({ x402: 5, usd: 5 })
    await run()
    const { code } = await command(['status', '--live', ...VENICE])
    expect(code).toBe(0)
    expect(journey.storedKey()).not.toBeNull()
    const unfunded = await begin({ x402: 5 })
    await unfunded.run()
    // The key cannot pay; the wallet can, and doctor has it.
    expect((await unfunded.command(['doctor', ...VENICE])).code).toBe(0)
    expect((await unfunded.command(['status', '--live', ...VENICE])).code).toBe(4)
  })

  test('stops at --max-usd', async () => {
    const { journey, run } = await begin({ x402: 5 })
    const { code, json } = await run(['--max-usd', '0.00002'])
    expect({ code, failure: json.failure?.code }).toEqual({ code: 5, failure: 'policy/budget-exceeded' })
    expect(await journey.onChain()).toMatchObject({ transactions: 0 })
  })

  test('is a configuration error without a key or a wallet to sign in with', async () => {
    const { journey, command } = await begin(null)
    const words = ['plan', '--json', '--address', journey.address, ...VENICE]
    const { code, json } = await command(words, { WALLET_PRIVATE_KEY: '' })
    expect({ code, failure: json.failure?.code }).toEqual({ code: 78, failure: 'chain/venice-rpc-no-credential' })
  })
})

describe('Venice among several endpoints', () => {
  test('of BASE_RPC_URL is asked only when those before it fail', async () => {
    const { journey, command } = await begin({ x402: 5 })
    const words = ['run', '--yes', '--json']
    const { code } = await command(words, { BASE_RPC_URL: `${lab.sandbox.rpcUrl}, venice` })
    expect([code, lab.sandbox.venice.requests.count(RPC)]).toEqual([0, 0])
    const live = await command(['doctor', '--json'], { BASE_RPC_URL: 'http://127.0.0.1:9, venice' })
    expect(live.code).toBe(0)
    expect(lab.sandbox.venice.requests.count(RPC)).toBeGreaterThan(0)
    expect(await journey.onChain()).toMatchObject({ transactions: 2 })
  })

  test('is never asked when it is not named', async () => {
    const { command } = await begin({ x402: 5 })
    const { code } = await command(['doctor', '--json', '--rpc-url', 'http://127.0.0.1:10'])
    expect([code, lab.sandbox.venice.requests.count(RPC)]).toEqual([75, 0])
  })
})

test('no file or output holds a credential of Venice RPC, even when errors quote them', async () => {
  const { journey } = await begin({ x402: 5 })
  const venice: RecordingProxy = await startRecordingProxy(lab.sandbox.apiUrl)
  const run = (words: readonly string[]) => only(journey, [...words, '--api-url', venice.url, ...VENICE, '-v'])
  const runs = [await run(['run', '--yes', '--json'])]
  expect(runs[0]?.code).toBe(0)
  const sent = venice.exchanges.filter(({ path }) => path.includes('/crypto/rpc/'))
  expect(sent.length).toBeGreaterThan(3)
  venice.quote(({ path }) => path.includes('/crypto/rpc/'))
  runs.push(await run(['doctor']), await run(['status', '--live']))
  const secret = journey.storedKey() ?? ''
  const text = [
    ...runs.flatMap(({ stdout, stderr }) => [stdout, stderr]),
    ...filesUnder(journey.cwd).map((file) => file.text),
  ]
  for (const shown of text) {
    expect(shown).not.toContain(secret.slice(-20))
    expect(shown).not.toMatch(/eyJhZGRyZXNz/)
  }
})
