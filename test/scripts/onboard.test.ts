import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { useSandbox } from '../support/sandbox.ts'

const SCRIPT = fileURLToPath(new URL('../../scripts/onboard.ts', import.meta.url))
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

const lab = useSandbox()

test('scripts/onboard.ts gets a key in under 30 lines, and has nothing left to do when repeated', async () => {
  expect(readFileSync(SCRIPT, 'utf8').trim().split('\n').length).toBeLessThanOrEqual(30)
  const { address, privateKey, cwd, storedKey, onChain, keys } = await lab.begin()
  const run = async () => {
    const { rpcUrl, apiUrl } = lab.sandbox
    const { PATH } = process.env
    const env = { PATH, HOME: cwd, BASE_RPC_URL: rpcUrl, VENICE_API_URL: apiUrl, WALLET_PRIVATE_KEY: privateKey }
    const child = spawn(process.execPath, ['--import', LOADER, SCRIPT], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
    return { code, result: JSON.parse(output) }
  }

  const first = await run()
  expect(first).toMatchObject({ code: 0, result: { outcome: 'unfunded', address, wasFinished: false } })
  expect(storedKey()).toContain('VENICE_INFERENCE_KEY_')

  const second = await run()
  expect(second).toMatchObject({ code: 0, result: { outcome: 'unfunded', wasFinished: true } })
  expect(await onChain()).toMatchObject({ transactions: 2 })
  expect(keys()).toHaveLength(1)
})
