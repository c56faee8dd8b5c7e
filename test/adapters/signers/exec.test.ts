import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { execSigner } from '../../../src/adapters/signers/exec.ts'
import { openSigner } from '../../../src/adapters/signers/signer-from-options.ts'
import { CANARY_ADDRESS, CANARY_KEY, describeSigner, draftFrom } from '../../ports/signer.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const EXAMPLE = `${import.meta.dirname}/../../../examples/signers/command.mjs`

/** A command that prints its address, and then runs `script`. */
const scripted = (script: string, options: { timeoutMs?: number; env?: Record<string, string> } = {}) =>
  execSigner({
    command: `read -r request; case $request in *'"address"}') echo ${CANARY_ADDRESS};; *) ${script};; esac`,
    cwd: temporaryDirectory(),
    env: { PATH: process.env.PATH, ...options.env },
    ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
  })

function fromExample() {
  const cwd = temporaryDirectory()
  writeFileSync(join(cwd, 'key'), CANARY_KEY, { mode: 0o600 })
  return execSigner({ command: `'${process.execPath}' '${EXAMPLE}' key`, cwd, env: { PATH: process.env.PATH } })
}

describeSigner('a command', fromExample)

describe('a command that signs', () => {
  test.each([
    ['with 5', 'exit 5', { code: 'signer/refused', recovery: 'refuse' }],
    ['with 1', 'exit 1', { code: 'signer/failed', recovery: 'retry' }],
    ['by a signal', 'kill -9 $$', { code: 'signer/failed' }],
    ['without an answer', 'true', { code: 'signer/failed' }],
    ['with output that is not hex', 'echo done', { code: 'signer/failed' }],
    ['with more output than any signature', 'head -c 100000 /dev/zero', { code: 'signer/failed' }],
    ['because the shell does not find it', 'no-such-command-anywhere', { code: 'signer/command-unusable' }],
  ])('and exits %s is reported with its own error', async (_, script, failure) => {
    const signer = await scripted(script)
    await expect(signer.signMessage('text')).rejects.toMatchObject(failure)
  })

  test.each([
    ['empty', ' '],
    ['unknown to the shell', 'no-such-command-anywhere'],
    ['unable to tell its address', 'echo 0x12'],
  ])('is refused at once when it is %s', async (_, command) => {
    const opened = execSigner({ command, cwd: temporaryDirectory(), env: { PATH: process.env.PATH } })
    await expect(opened).rejects.toMatchObject({ code: 'signer/command-unusable', exit: 'config' })
  })

  test('is ended with all its children when it takes too long', async () => {
    const signer = await scripted('sleep 600 & sleep 600', { timeoutMs: 1_000 })
    await expect(signer.signMessage('text')).rejects.toMatchObject({
      code: 'signer/failed',
      facts: ['The command failed: it did not end within 1 s'],
    })
  })

  test('may print what it had to sign, and that is never shown', async () => {
    const signer = await scripted('echo "$request" >&2; exit 1')
    const error = await signer.signMessage('canary "challenge"\nline').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'signer/failed',
      facts: [expect.stringContaining('it printed the content to sign')],
    })
    expect(inspect(error, { depth: null })).not.toMatch(/canary|challenge/)
  })

  test('gets no wallet variables, like any other command', async () => {
    const env = { WALLET_PRIVATE_KEY: 'canary', ETH_PASSWORD: 'canary', KEPT: 'kept' }
    const signer = await scripted('env | grep -v PATH >&2; exit 1', { env })
    const error = await signer.signTransaction(draftFrom(CANARY_ADDRESS)).catch((thrown: unknown) => thrown)
    expect(inspect(error, { depth: null })).not.toContain('canary')
    expect(inspect(error, { depth: null })).toContain('KEPT=kept')
  })

  test('is named as --signer exec:CMD, and other schemes are rejected', async () => {
    const options = { homeDir: '/', cwd: temporaryDirectory(), env: { PATH: process.env.PATH } }
    const signer = await openSigner({ ...options, signer: `exec:echo ${CANARY_ADDRESS}` })
    expect(signer.address).toBe(CANARY_ADDRESS)
    for (const kind of ['ledger', 'http://localhost', '']) {
      const opened = openSigner({ ...options, signer: kind })
      const code = kind === '' ? 'signer/no-key' : 'signer/unknown-kind'
      await expect(opened).rejects.toMatchObject({ code, exit: 'usage' })
    }
  })
})
