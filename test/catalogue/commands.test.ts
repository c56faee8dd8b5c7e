import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { newFolder, useSandbox } from '../support/sandbox.ts'

const lab = useSandbox()

test('run/none: a folder without a run is a usage error', async () => {
  const run = await runCli(['status', '--json'], { cwd: newFolder() })
  expect(run.code).toBe(2)
  expect(run.json.failure).toMatchObject({ code: 'run/none' })
})

test('cli/missing-option: --network base without an endpoint is a configuration error', async () => {
  const env = { WALLET_PRIVATE_KEY: `0x${'1'.repeat(64)}` }
  const run = await runCli(['run', '--network', 'base', '--json'], { cwd: newFolder(), env })
  expect(run.code).toBe(78)
  expect(run.json.failure).toMatchObject({ code: 'cli/missing-option' })
})

test('store/other-wallet: a record copied to another wallet is neither trusted nor overwritten', async () => {
  const [first, second] = [await lab.begin(), await lab.begin()]
  expect((await first.run()).code).toBe(0)
  const folder = (cwd: string, address: string) => join(cwd, '.venice-onboard', `8453-${address.toLowerCase()}`)
  cpSync(folder(first.cwd, first.address), folder(second.cwd, second.address), { recursive: true })
  const run = await second.run()
  expect(run.code).toBe(78)
  expect(run.json.failure).toMatchObject({ code: 'store/other-wallet' })
  expect(await second.onChain()).toMatchObject({ transactions: 0 })
})
