import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { pathOf, runCli } from '../support/cli.ts'
import { overWebSocket, useSandbox } from '../support/sandbox.ts'

const lab = useSandbox({ blockTimeMs: 200 })
const announcer = () => overWebSocket(lab.sandbox.chain.nodeUrl)
const NOBODY = 'ws://127.0.0.1:1'

describe('a run with an endpoint that announces blocks', () => {
  test.each([
    ['that is there', announcer],
    ['that is not', () => NOBODY],
  ])('%s ends as any other, and its process with it', async (_, url) => {
    const journey = await lab.begin()
    const run = await journey.run(['--rpc-url', url()])
    expect({ code: run.code, state: pathOf(run).at(-1) }).toEqual({ code: 0, state: 'unfunded' })
    expect(await journey.onChain()).toMatchObject({ transactions: 2 })
    expect(journey.keys()).toHaveLength(1)
  })
})

describe('endpoints in the environment', () => {
  test.each([
    ['of which none can be asked', () => announcer(), 'cli/missing-option'],
    ['of which one is no URL', () => `${lab.sandbox.rpcUrl}, alchemy.example/v2/s3cret`, 'cli/endpoint-unusable'],
  ])('%s are refused before anything is done, and not shown', async (_, urls, code) => {
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
    ['that announces blocks says so', announcer, 'ok'],
    ['that announces none warns', () => NOBODY, 'warn'],
  ])('of an endpoint %s', async (_, url, status) => {
    const journey = await lab.begin()
    const { json } = await journey.command(['doctor', '--json', '--rpc-url', url()])
    const checks = json.checks as { name: string; status: string }[]
    expect(checks.find(({ name }) => name === 'announcements')?.status).toBe(status)
  })
})
