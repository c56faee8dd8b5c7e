import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type RunningCli, runCli, startCli } from '../support/cli.ts'
import { descendantsOf, waitForEnd } from '../support/processes.ts'
import { newFolder } from '../support/sandbox.ts'

interface Description {
  rpcUrl: string
  apiUrl: string
  chainId: number
  wallets: { address: string; privateKey: string }[]
  endpoints?: Record<string, string>
}

async function start(words: readonly string[] = [], cwd = newFolder()) {
  const running = startCli(['sandbox', '--block-time', '0', ...words], { cwd })
  const description = JSON.parse(await running.line((line) => line.startsWith('{'))) as Description
  return { running, description, cwd, started: descendantsOf(running.pid) }
}

/** `run` in its own sandbox, which ends with it. */
const runAlone = (cwd: string, ...words: string[]) => runCli(['run', '--block-time', '0', '--json', ...words], { cwd })

/** `run --network base` against a served sandbox, in a folder of its own. */
const onboard = ({ rpcUrl, apiUrl }: Description, privateKey = '', words: readonly string[] = []) =>
  runCli(['run', '--network', 'base', '--rpc-url', rpcUrl, '--api-url', apiUrl, '--yes', '--json', ...words], {
    cwd: newFolder(),
    env: { WALLET_PRIVATE_KEY: privateKey },
  })

async function expectGone({ running, started }: { running: RunningCli; started: number[] }): Promise<void> {
  expect(started.length).toBeGreaterThan(0)
  await waitForEnd([running.pid, ...started])
}

describe('sandbox', () => {
  test('prints one JSON line, enough to onboard each of its wallets, and leaves no process after SIGINT', async () => {
    const sandbox = await start(['--wallets', '2'])
    const { description } = sandbox
    expect(description.chainId).toBe(8453)
    expect(description.wallets).toHaveLength(2)
    const runs = await Promise.all(description.wallets.map(({ privateKey }) => onboard(description, privateKey)))
    expect(runs.map(({ code }) => code)).toEqual([0, 0])
    expect(runs.map(({ json }) => json.address)).toEqual(description.wallets.map(({ address }) => address))
    const ended = await sandbox.running.kill('SIGINT')
    expect(ended.code).toBe(0)
    expect(ended.stdout.trimEnd().split('\n')).toHaveLength(1)
    await expectGone(sandbox)
  })

  test.each(['SIGTERM', 'SIGKILL'] as const)('leaves no process after %s', async (signal) => {
    const sandbox = await start()
    await sandbox.running.kill(signal)
    await expectGone(sandbox)
  })

  test('starts endpoints with the given profiles, and lists the profiles when one is unknown', async () => {
    const { running, description } = await start(['--endpoint', 'drpc', '--endpoint', 'lagging'])
    expect(Object.keys(description.endpoints ?? {})).toEqual(['drpc', 'lagging'])
    const calls = Array.from({ length: 4 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'eth_chainId', params: [] }))
    const refused = await fetch(description.endpoints?.drpc ?? '', { method: 'POST', body: JSON.stringify(calls) })
    expect(refused.status).toBe(500)
    await running.kill('SIGINT')

    const unknown = await runCli(['sandbox', '--endpoint', 'nobody', '--json'], { cwd: newFolder() })
    expect(unknown.code).toBe(2)
    expect(unknown.stdout + unknown.stderr).toContain('pending-null')
  })

  // Regression: 2026-11-23 — it kept answering for a chain that was gone, and the next run connected to it.
  test('in the background ends on SIGTERM too, and the next run starts another', async () => {
    const cwd = newFolder()
    const running = startCli(['sandbox', '--background', '--state-dir', '.venice-onboard', '--block-time', '0'], {
      cwd,
    })
    await running.line((line) => line === 'ready')
    const started = descendantsOf(running.pid)
    expect((await running.kill('SIGTERM')).code).toBe(0)
    await expectGone({ running, started })
    expect((await runCli(['run', '--block-time', '0', '--json'], { cwd })).code).toBe(0)
  })

  test('serves scripted faults and the requested form of challenge', async () => {
    const cwd = newFolder()
    const fault = {
      on: 'POST /api_keys/generate_web3_key',
      effect: { kind: 'reply', status: 403, body: { error: 'no' } },
    }
    writeFileSync(join(cwd, 'faults.json'), JSON.stringify([fault]))
    const { description } = await start(['--faults', 'faults.json', '--challenge', 'siwe'], cwd)
    const run = await onboard(description, description.wallets[0]?.privateKey)
    expect(run.code).toBe(6)
    expect(run.json.failure).toMatchObject({ code: 'venice/forbidden' })
  })

  test('rejects unknown faults', async () => {
    const cwd = newFolder()
    writeFileSync(join(cwd, 'faults.json'), '[{"on":"eth_call","effect":{"kind":"explode"}}]')
    const run = await runCli(['sandbox', '--faults', 'faults.json', '--json'], { cwd })
    expect(run.code).toBe(2)
    expect(run.json.failure).toMatchObject({ code: 'cli/usage' })
  })
})

describe('run in its own sandbox', () => {
  test('pays with DIEM from its wallet’s tokens, and proves it', async () => {
    const { code, json } = await runAlone(newFolder(), '--fund', 'diem:0.1', '--prove')
    expect([code, json.outcome]).toEqual([0, 'funded'])
    expect(json.funding?.proof?.costDiem).toBeGreaterThan(0)
  })

  test('ends the sandbox with it, so a later payment is a usage error and is not ignored', async () => {
    const cwd = newFolder()
    expect((await runAlone(cwd)).json.outcome).toBe('unfunded')
    for (const words of [
      ['run', '--fund', 'diem:0.1'],
      ['fund', 'diem', '0.1'],
    ]) {
      const late = await runCli([...words, '--json'], { cwd })
      expect([late.code, late.json.failure?.code]).toEqual([2, 'cli/sandbox-ended'])
    }
    expect((await runAlone(cwd)).json).toMatchObject({ outcome: 'unfunded', wasFinished: true })
  })
})
