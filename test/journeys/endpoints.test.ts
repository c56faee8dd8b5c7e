import { describe, expect, test } from 'vitest'
import { ENDPOINTS } from '../../src/sandbox/endpoints/index.ts'
import { combine } from '../../src/sandbox/endpoints/profile.ts'
import { runCli } from '../support/cli.ts'
import { type Case, useEndpoints, WELL } from '../support/endpoint-runs.ts'

const lab = useEndpoints()
const { onboarded } = lab

const { drpc, lagging, hanging, balanced, forgetful, flooding, echoing, node } = ENDPOINTS
const stateLater = ENDPOINTS['state-later']
const noBatch = ENDPOINTS['no-batch']
const noOverride = ENDPOINTS['no-override']
const noOverride400 = ENDPOINTS['no-override-400']
const noOverrideInternal = ENDPOINTS['no-override-internal']
const poor = combine(drpc, noOverrideInternal, ENDPOINTS['pending-null'], ENDPOINTS['no-priority-fee-server'])

describe.concurrent('a run succeeds with two transactions and one key over an endpoint with', () => {
  test.each<[string, Case]>([
    ['batches of at most 3', { endpoints: [drpc] }],
    ['batches of at most 5, refused by HTTP 413', { endpoints: [ENDPOINTS['batch-5-413']] }],
    ['batches of at most 2', { endpoints: [ENDPOINTS['batch-2']] }],
    ['no batches, for a wallet that just sent a transaction', { endpoints: [noBatch], kind: 'active' }],
    ['no state override', { endpoints: [noOverride] }],
    ['no state override, refused for the whole batch', { endpoints: [noOverride400] }],
    ['no state override, refused with an internal error', { endpoints: [noOverrideInternal], kind: 'active' }],
    ['a refused pending block', { endpoints: [ENDPOINTS['pending-internal']], kind: 'active' }],
    ['null for the pending block', { endpoints: [ENDPOINTS['pending-null']] }],
    ['a pending block below the latest', { endpoints: [ENDPOINTS['pending-stale']], kind: 'active' }],
    ['no suggested tip', { endpoints: [ENDPOINTS['no-priority-fee']] }],
    ['null for the tip', { endpoints: [ENDPOINTS['priority-fee-null']] }],
    ['all of these limits at once', { endpoints: [poor], kind: 'active' }],
    ['state 300 ms behind its head', { endpoints: [stateLater] }],
    ['state 300 ms behind its announced heads', { endpoints: [stateLater], announces: true }],
    ['a replica 3 s behind', { endpoints: [lagging], kind: 'active' }],
    ['a replica 3 s behind and heads announced by the front', { endpoints: [lagging], announces: true }],
    ['a replica 3 s behind and no state override', { endpoints: [combine(lagging, noOverride)] }],
    ['two alternating replicas, one 3 s behind', { endpoints: [balanced] }],
    ['nodes that do not know the transactions they were sent', { endpoints: [forgetful], announces: true }],
    ['the limits of mainnet.base.org', { endpoints: [ENDPOINTS.public] }],
    ['the limits of Alchemy’s free plan', { endpoints: [ENDPOINTS.alchemy] }],
    ['the limits of QuickNode’s free plan', { endpoints: [ENDPOINTS.quicknode], kind: 'active' }],
    ['the limits of Chainstack', { endpoints: [ENDPOINTS.chainstack] }],
    ['one node two hours behind and one up to date', { endpoints: [ENDPOINTS.stale, node] }],
    ['a first URL that never answers', { endpoints: [hanging, node] }],
    ['a first URL that rejects its API key and echoes it', { endpoints: [ENDPOINTS.unauthorized, node] }],
    ['errors that quote the URL', { endpoints: [combine(echoing, noOverride)] }],
    ['one head announced 200 times a second', { endpoints: [flooding], announces: true }],
    ['an account with delegated code', { endpoints: [node], kind: 'delegated' }],
    ['an account with delegated code, 300 ms behind', { endpoints: [stateLater], kind: 'delegated', announces: true }],
    ['an account with delegated code, without batches', { endpoints: [noBatch], kind: 'delegated' }],
  ])('%s', async (_, given) => {
    expect(await onboarded(given)).toEqual(WELL)
  })
})

describe('without a usable endpoint, a run', () => {
  test('does not ask for funds because of a node that is two hours behind', async () => {
    const found = await onboarded({ endpoints: [ENDPOINTS.stale], waitMs: 3_000 })
    expect(found).toMatchObject({ nonce: 0, keys: 0 })
    expect(found.message ?? '').not.toMatch(/Send /)
  })

  test('ends at once, and says that the endpoint wants an API key', async () => {
    const found = await onboarded({ endpoints: [ENDPOINTS.ankr] })
    expect(found).toMatchObject({ outcome: 'failed', failure: 'chain/rpc-access-denied', nonce: 0, keys: 0 })
  })
})

describe('doctor', () => {
  test('lists what an endpoint lacks and what that costs, one line each', async () => {
    const { chain, apiUrl } = lab.sandbox
    const { url, close } = await chain.openEndpoint(poor)
    const { address, privateKey } = await lab.walletOf('fresh')
    const cwd = lab.newFolder('doctor-')
    const ends = ['--network', 'base', '--rpc-url', url, '--api-url', apiUrl]
    const { json, code } = await runCli(['doctor', '--json', ...ends], { cwd, env: { WALLET_PRIVATE_KEY: privateKey } })
    await close()
    const checks = json.checks as { name: string; status: string; detail: string; fix: string | null }[]
    const lines = checks.filter(({ name }) => name === 'endpoint')
    expect(code).toBe(0)
    expect(lines.map(({ status, fix }) => [status, fix])).toEqual(lines.map(() => ['warn', null]))
    expect(lines.map(({ detail }) => detail.replace(`${new URL(url).origin} `, '').replace(/:.*/, ''))).toEqual([
      'takes at most 3 calls in a request',
      'takes no state overrides',
      'does not answer for the pending block',
      'suggests no tip',
    ])
    expect(address).toBe(checks.find(({ name }) => name === 'wallet')?.detail)
  })
})
