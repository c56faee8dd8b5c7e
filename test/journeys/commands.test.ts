import { existsSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { parseEther } from 'viem'
import { beforeEach, describe, expect, test } from 'vitest'
import { createMachine } from 'xstate'
import { isAt, runCli } from '../support/cli.ts'
import { CHALLENGE, type Journey, newFolder, RATE_LIMITS, useSandbox } from '../support/sandbox.ts'

const lab = useSandbox()

/** A command without network or key. */
const offline = ({ cwd }: Pick<Journey, 'cwd'>, words: readonly string[]) => runCli(words, { cwd })

describe('plan', () => {
  test('shows what would be sent, its ceiling and what is irreversible, and signs nothing', async () => {
    const journey = await lab.begin()
    const run = await journey.command(['plan', '--json', '--max-vvv', '5'])
    expect(run.code).toBe(0)
    expect(run.json).toMatchObject({
      schemaVersion: 1,
      plan: {
        address: journey.address,
        stake: parseEther('1').toString(),
        transactions: [
          { purpose: 'approve', call: expect.stringMatching(/^approve\(0x\w+, 1000000000000000000\)$/), nonce: 0 },
          { purpose: 'stake', call: `stake(${journey.address}, 1000000000000000000)`, nonce: 1 },
        ],
        feeCeiling: expect.stringMatching(/^[1-9]\d*$/),
      },
      planDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      holdings: { vvv: parseEther('10').toString(), sVvv: '0', allowance: '0' },
      caps: { maxVvv: parseEther('5').toString(), maxFeeWei: null },
      irreversible: expect.arrayContaining([expect.stringContaining('stake')]),
    })
    expect((await journey.onChain()).transactions).toBe(0)
    expect(lab.sandbox.venice.requests.count(CHALLENGE)).toBe(0)
    expect(existsSync(join(journey.cwd, '.venice-onboard'))).toBe(false)
  })

  test('needs only the wallet’s address, and its digest is the one that run asks for', async () => {
    const journey = await lab.begin()
    const env = { WALLET_PRIVATE_KEY: '' }
    const plan = await journey.command(['plan', '--json', '--address', journey.address], { env })
    expect(plan.code).toBe(0)
    const run = await journey.command(['run', '--json', '--plan-digest', plan.json.planDigest])
    expect(run.code).toBe(0)
  })
})

describe('doctor', () => {
  test('finds nothing wrong with a wallet that can be onboarded, and leaves no trace', async () => {
    const journey = await lab.begin()
    const run = await journey.command(['doctor', '--json'])
    expect(run.code).toBe(0)
    expect(run.json).toMatchObject({ schemaVersion: 1, ok: true })
    expect(Object.fromEntries(run.json.checks.map(({ name, status }: Check) => [name, status]))).toEqual({
      wallet: 'ok',
      rpc: 'ok',
      'staking contract': 'ok',
      account: 'ok',
      ETH: 'ok',
      VVV: 'ok',
      sVVV: 'ok',
      allowance: 'ok',
      DIEM: 'ok',
      USDC: 'ok',
      venice: 'ok',
      clock: 'ok',
      sink: 'ok',
      'fallback sink': 'ok',
      key: 'skip',
    })
    expect(existsSync(join(journey.cwd, '.env'))).toBe(false)
  })

  test('names what is missing and how to fix it, and exits with the code that run would use', async () => {
    const journey = await lab.begin({ vvv: parseEther('0.4') })
    const run = await journey.command(['doctor', '--json', '--save-key', 'file:no/such/folder/key'])
    expect(run.code).toBe(4)
    const failed = run.json.checks.filter(({ status }: Check) => status === 'fail')
    expect(failed).toMatchObject([
      { name: 'ETH', fix: expect.stringContaining(journey.address) },
      { name: 'VVV', fix: expect.stringContaining('0.6 VVV') },
      { name: 'sink', fix: expect.stringContaining('--save-key') },
    ])
  })

  test('recognises the stored key, and says whether it can spend', async () => {
    const journey = await lab.begin()
    await journey.run()
    const run = await journey.command(['doctor', '--json'])
    expect(run.code).toBe(0)
    expect(run.json.checks).toContainEqual(expect.objectContaining({ name: 'key', status: 'ok' }))
    expect(run.json.checks).toContainEqual(expect.objectContaining({ name: 'spendable', status: 'warn' }))
    expect(run.stdout).not.toContain(journey.storedKey())
  })
})

interface Check {
  name: string
  status: string
}

describe('a recorded run', () => {
  let journey: Journey
  beforeEach(async () => {
    journey = await lab.begin()
    await journey.run()
    lab.sandbox.chain.requests.reset()
  })

  test('is shown by status without a key or the network', async () => {
    const run = await offline(journey, ['status', '--json'])
    expect(run.code).toBe(0)
    expect(run.json.runs).toMatchObject([
      {
        state: 'unfunded',
        address: expect.stringMatching(new RegExp(journey.address, 'i')),
        key: { sink: 'env-file:.env' },
        transactions: [{ status: 'mined' }, { status: 'mined' }],
        live: null,
      },
    ])
    expect(lab.sandbox.chain.requests.http).toBe(0)
  })

  test('is compared with the chain by status --live', async () => {
    const run = await journey.command(['status', '--live', '--json'], { env: { WALLET_PRIVATE_KEY: '' } })
    expect(run.json.runs).toMatchObject([{ live: { sVvv: parseEther('1').toString(), allowance: '0' } }])
  })

  test('is archived by wipe; the next run finds the stake and mints its own key', async () => {
    const wiped = await offline(journey, ['wipe', '--json'])
    expect(wiped.code).toBe(0)
    expect(existsSync(join(wiped.json.archive, 'run.json'))).toBe(true)
    expect((await offline(journey, ['status', '--json'])).code).toBe(2)
    // The key of the archived run belongs to no run now.
    expect((await journey.run()).json.failure?.code).toBe('sink/holds-another-key')
    const again = await journey.run(['--replace-key'])
    expect(again.code).toBe(0)
    expect(await journey.onChain()).toMatchObject({ transactions: 2 })
    expect(journey.keys()).toHaveLength(2)
  })

  test('is highlighted in the exported chart', async () => {
    const run = await offline(journey, ['export', 'mermaid', '--run'])
    expect(run.stdout).toMatch(/^ *class unfunded current$/m)
  })
})

test('an untrusted record stops every command except the one it names, and nothing is done twice', async () => {
  const journey = await lab.begin()
  await journey.run()
  truncateSync(join(journey.cwd, '.venice-onboard', `8453-${journey.address.toLowerCase()}`, 'run.json'), 500)
  for (const command of [
    () => journey.run(),
    () => offline(journey, ['status', '--json']),
    () => offline(journey, ['wipe', '--json']),
  ]) {
    const { code, json } = await command()
    expect(code).toBe(78)
    expect(json.failure).toMatchObject({ code: 'store/corrupt', hint: expect.stringContaining('wipe --force') })
    expect(json.failure?.message).toMatch(/run\.json cannot be trusted, because it is not complete JSON\.$/)
  }
  expect((await offline(journey, ['wipe', '--force'])).code).toBe(0)
  expect((await journey.run(['--replace-key'])).code).toBe(0)
  expect(await journey.onChain()).toMatchObject({ transactions: 2 })
})

test('wipe refuses a run whose transactions may still be mined', async () => {
  const journey = await lab.begin()
  await lab.sandbox.chain.setBlockTime(undefined)
  const running = journey.start()
  await running.event(isAt('awaitConfirmation.watch'))
  await running.kill('SIGKILL')
  const refused = await offline(journey, ['wipe', '--json'])
  expect(refused.code).toBe(5)
  expect(refused.json.failure).toMatchObject({ code: 'run/in-flight' })
  expect((await offline(journey, ['wipe', '--force'])).code).toBe(0)
})

describe('export', () => {
  test('prints a state diagram of all eight stages as mermaid', async () => {
    const { code, stdout } = await offline({ cwd: newFolder() }, ['export', 'mermaid', '--detail', 'stages'])
    expect(code).toBe(0)
    expect(stdout).toContain('stateDiagram-v2')
    for (const stage of ['checkBalance', 'approve', 'stake', 'awaitConfirmation', 'fetchToken', 'sign', 'mint'])
      expect(stdout).toContain(stage)
  })

  test('prints a machine that XState accepts as json', async () => {
    const { stdout } = await offline({ cwd: newFolder() }, ['export', 'json'])
    expect(Object.keys(createMachine(JSON.parse(stdout)).states)).toContain('fundingCheck')
  })

  test('rejects any other format as a usage error', async () => {
    expect((await offline({ cwd: newFolder() }, ['export', 'gif'])).code).toBe(2)
  })
})

test('--help loads neither chain code nor the machine', async () => {
  const preload = [new URL('../support/log-modules.mjs', import.meta.url).pathname]
  const { code, stdout, stderr } = await runCli(['run', '--help'], { cwd: newFolder(), preload, fromSources: true })
  expect(code).toBe(0)
  expect(stdout).toContain('--save-key')
  const loaded = stderr.split('\n').filter((line) => line.startsWith('loads '))
  expect(loaded).toContainEqual(expect.stringContaining('/commander/'))
  expect(loaded.filter((url) => /node_modules\/(viem|xstate|zod)\//.test(url))).toEqual([])
})

test('the funding of a finished run can be checked without another mint', async () => {
  const journey = await lab.begin()
  await journey.run()
  lab.sandbox.venice.credit(journey.address, { usd: 2 })
  const run = await journey.command(['doctor', '--json'])
  expect(run.json.checks).toContainEqual(expect.objectContaining({ name: 'spendable', status: 'ok' }))
  expect(lab.sandbox.venice.requests.count(RATE_LIMITS)).toBe(2)
})
