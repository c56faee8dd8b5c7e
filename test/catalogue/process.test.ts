import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEther } from 'viem'
import { privateKeyToAddress } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { PBKDF2_KEYSTORE, SPECIFIED_KEY, SPECIFIED_PASSWORD } from '../adapters/signers/keystores.ts'
import { leaksIn } from '../support/leaks.ts'
import { MINT, useSandbox } from '../support/sandbox.ts'
import { HOSTILE_ROWS } from './hostile-rows.ts'
import type { Row } from './rows.ts'
import { REFUSAL_ROWS, standard, TOKEN_ROWS } from './venice-rows.ts'

const lab = useSandbox()
/** Without a terminal there are no escape sequences. */
const PRINTABLE = /^[^\p{C}]*$/u

/** One row per exit code, without those that wait. */
const SAMPLE: readonly Row[] = [
  ...TOKEN_ROWS.filter(({ code }) => code === 'venice/token-expired'),
  ...REFUSAL_ROWS.filter(({ code }) => /too-many-keys|no-credential|balance-insufficient/.test(code)).slice(0, 3),
  ...HOSTILE_ROWS.filter(({ when }) => /to be signed|without a bottom|in a revert|of a gateway|in all that/.test(when)),
]

describe('the CLI as a process in a terminal', () => {
  test.each(SAMPLE.map((row) => [row.code, row.when, row] as const))('%s: %s', async (_, __, row) => {
    const journey = await lab.begin()
    if (row.effect !== undefined) lab.fault(row.on ?? '', row.effect, { times: 99 })
    const { code, stdout, stderr } = await journey.command(['run', '--yes', '-v', '--no-color'])
    expect(code).toBe(row.lasts?.exit)
    if (row.lasts?.code !== null) expect(stdout).toContain(`[${row.code}]`)
    for (const line of `${stdout}\n${stderr}`.split('\n')) expect(line).toMatch(PRINTABLE)
    expect(leaksIn(journey.cwd, { stdout, stderr }, new Map([['private key', journey.privateKey.slice(2)]]))).toEqual(
      [],
    )
  })

  test('a refusal leaves neither the key nor the password of a keystore', async () => {
    const journey = await lab.begin()
    await lab.sandbox.chain.fund(privateKeyToAddress(SPECIFIED_KEY), { eth: parseEther('0.01'), vvv: parseEther('2') })
    writeFileSync(join(journey.cwd, 'keystore.json'), JSON.stringify(PBKDF2_KEYSTORE))
    writeFileSync(join(journey.cwd, 'password.txt'), SPECIFIED_PASSWORD, { mode: 0o600 })
    lab.fault(MINT, standard(400, `What about ${SPECIFIED_KEY}?`), { times: 99 })
    const words = ['-v', '--keystore', 'keystore.json', '--password-file', 'password.txt']
    const { code, stdout, stderr } = await journey.run(words, { env: { WALLET_PRIVATE_KEY: '' } })
    expect(code).toBe(6)
    const secrets = new Map([['password', SPECIFIED_PASSWORD]])
    expect(leaksIn(journey.cwd, { stdout, stderr }, secrets)).toEqual([])
  })
})
