import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { pathOf, runCli } from '../support/cli.ts'
import { overWebSocket, useSandbox } from '../support/sandbox.ts'

const lab = useSandbox({ blockTimeMs: 200 })
const announcer = () => overWebSocket(lab.sandbox.chain.nodeUrl)
const NOBODY = 'ws://127.0.0.1:1'

describe('a run with an endpoint that announces blocks', () => {
  test.each([
    ['that is reachable', announcer],
    ['that is unreachable', () => NOBODY],
  ])('%s ends like any other run, and its process exits', async (_, url) => {
    const journey = await lab.begin()
    const run = await journey.run(['--rpc-url', url()])
    expect({ code: run.code, state: pathOf(run).at(-1) }).toEqual({ code: 0, state: 'unfunded' })
    expect(await journey.onChain()).toMatchObject({ transactions: 2 })
    expect(journey.keys()).toHaveLength(1)
  })
})

describe('BASE_RPC_URL', () => {
  test.each([
    ['with only endpoints that announce blocks', () => announcer(), 'cli/missing-option'],
    [
      'with an entry that is not a URL',
      () => `${lab.sandbox.rpcUrl}, alchemy.example/v2/s3cret`,
      'cli/endpoint-unusable',
    ],
  ])('%s is refused before anything is done, and is not printed', async (_, urls, code) => {
    const { cwd, privateKey } = await lab.begin()
    const env = { WALLET_PRIVATE_KEY: privateKey, BASE_RPC_URL: urls(), VENICE_API_URL: lab.sandbox.apiUrl }
    const run = await runCli(['run', '--network', 'base', '--yes', '--json'], { cwd, env })
    expect({ code: run.code, failure: run.json.failure?.code }).toEqual({ code: 78, failure: code })
    expect(run.stdout + run.stderr).not.toContain('s3cret')
    expect(readdirSync(cwd)).toEqual([])
  })
})

describe('doctor', () => {
  test.each([
    ['that announces blocks as ok', announcer, 'ok'],
    ['that announces no blocks with a warning', () => NOBODY, 'warn'],
  ])('reports an endpoint %s', async (_, url, status) => {
    const journey = await lab.begin()
    const { json } = await journey.command(['doctor', '--json', '--rpc-url', url()])
    const checks = json.checks as { name: string; status: string }[]
    expect(checks.find(({ name }) => name === 'announcements')?.status).toBe(status)
  })
})
