import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseEther } from 'viem'
import { expect, test } from 'vitest'
import { useSandbox } from '../support/sandbox.ts'

const EXAMPLE = fileURLToPath(new URL('../../examples/signers/command.mjs', import.meta.url))

const lab = useSandbox()

test('a wallet that only a command can sign for gets its key, and two signers are rejected', async () => {
  const journey = await lab.begin()
  writeFileSync(join(journey.cwd, 'wallet'), journey.privateKey, { mode: 0o600 })
  const signer = ['--signer', `exec:'${process.execPath}' '${EXAMPLE}' wallet`]
  const both = await journey.run(signer)
  expect(both).toMatchObject({ code: 2, json: { failure: { code: 'signer/several-keys' } } })
  const run = await journey.run(signer, { env: { WALLET_PRIVATE_KEY: '' } })
  expect(run.code).toBe(0)
  expect(run.stdout + run.stderr).not.toContain(journey.privateKey.slice(2))
  expect(await journey.onChain()).toEqual({ transactions: 2, allowance: 0n, sVvv: parseEther('1') })
})
