import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createRun, createTools, onboard } from '../../src/index.ts'
import { useTestSandbox } from './lab.ts'

const lab = useTestSandbox()
const OTHER = 'VENICE_INFERENCE_KEY_of-somebody-else-0abcde'

/** A folder whose env file holds somebody else's key. */
async function begin() {
  const { wallet, folder, options } = await lab.begin()
  const path = join(folder, '.env')
  writeFileSync(path, `VENICE_API_KEY=${OTHER}\n`, { mode: 0o600 })
  return { wallet, path, options: { ...options, signer: wallet.privateKey } }
}

const FIRST = /^VENICE_API_KEY=(.+)$/m

test.each([
  ['onboard', (options: Parameters<typeof onboard>[0]) => onboard(options)],
  ['createRun', async (options: Parameters<typeof onboard>[0]) => (await createRun(options)).result],
])('%s replaces somebody else’s key only when its caller allows it', async (_, start) => {
  const { wallet, path, options } = await begin()
  expect(await start(options)).toMatchObject({ outcome: 'failed', failure: { code: 'sink/holds-another-key' } })
  expect((await lab.sandbox.holdings(wallet.address)).transactions).toBe(0)
  expect(readFileSync(path, 'utf8')).toBe(`VENICE_API_KEY=${OTHER}\n`)
  expect(await start({ ...options, replaceKey: true })).toMatchObject({ failure: null })
  const text = readFileSync(path, 'utf8')
  expect(FIRST.exec(text)?.[1]).toBe(lab.sandbox.keys(wallet.address)[0]?.apiKey)
  expect(text).toContain(`# VENICE_API_KEY=${OTHER}`)
})

test('a model replaces only keys that its host allows, whatever it says', async () => {
  const { wallet, path, options } = await begin()
  const startWith = async (replaceKey: boolean | undefined, args: object) => {
    const budget = { maxVvv: '60', maxGasEth: '0.01', maxUsd: '20' }
    const given = { ...options, budget, autoApprove: true, ...(replaceKey !== undefined && { replaceKey }) }
    const { tools, close } = createTools(given)
    onTestFinished(() => close())
    const call = (name: string, given: object) => {
      const tool = tools.find((candidate) => candidate.name === name)
      if (tool === undefined) throw new Error(`There is no tool ${name}.`)
      return tool.execute(given)
    }
    const { data: plan } = await call('venice_plan', {})
    await call('venice_start', { planDigest: plan?.planDigest, ...args })
    let phase: unknown = 'running'
    while (phase === 'running') phase = (await call('venice_status', { waitSeconds: 20 })).data?.phase
  }
  for (const args of [{}, { replaceKey: true }, { mayReplaceKey: true }, { settings: { mayReplaceKey: true } }]) {
    await startWith(undefined, args)
    expect(readFileSync(path, 'utf8')).toBe(`VENICE_API_KEY=${OTHER}\n`)
  }
  expect((await lab.sandbox.holdings(wallet.address)).transactions).toBe(0)
  await startWith(true, {})
  expect(FIRST.exec(readFileSync(path, 'utf8'))?.[1]).toBe(lab.sandbox.keys(wallet.address)[0]?.apiKey)
})

test('the record of a wallet says so when another wallet’s key has replaced its key', async () => {
  const first = await begin()
  const second = await begin()
  const run = (place: typeof first) => onboard({ ...place.options, sink: first.options.sink, replaceKey: true })
  expect((await run(first)).key).not.toHaveProperty('isStored')
  expect((await run(first)).key).not.toHaveProperty('isStored')
  await run(second)
  const again = await run(first)
  expect(again).toMatchObject({ wasFinished: true, key: { isStored: false } })
  expect(again.warnings[0]).toContain('now holds another key')
  expect(again.nextAction?.action).toBe('keys.rotate')
})
