import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { privateKeySigner } from '../../../src/adapters/signers/private-key.ts'
import { openSigner } from '../../../src/adapters/signers/signer-from-options.ts'
import { CANARY_ADDRESS, CANARY_KEY } from '../../ports/signer.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { PBKDF2_KEYSTORE, SPECIFIED_KEY, SPECIFIED_PASSWORD } from './keystores.ts'

function home() {
  const homeDir = temporaryDirectory()
  mkdirSync(join(homeDir, '.foundry', 'keystores'), { recursive: true })
  const keystore = join(homeDir, '.foundry', 'keystores', 'agent')
  const passwordFile = join(homeDir, 'password')
  const privateKeyFile = join(homeDir, 'key')
  writeFileSync(keystore, JSON.stringify(PBKDF2_KEYSTORE))
  writeFileSync(passwordFile, SPECIFIED_PASSWORD, { mode: 0o600 })
  writeFileSync(privateKeyFile, CANARY_KEY, { mode: 0o600 })
  return { homeDir, keystore, passwordFile, privateKeyFile }
}

const { address: specified } = privateKeySigner(SPECIFIED_KEY, 'the specification')

describe('openSigner', () => {
  test('opens each kind of signer', async () => {
    const { homeDir, keystore, passwordFile, privateKeyFile } = home()
    expect((await openSigner({ homeDir, privateKey: CANARY_KEY })).address).toBe(CANARY_ADDRESS)
    expect((await openSigner({ homeDir, privateKeyFile })).address).toBe(CANARY_ADDRESS)
    expect((await openSigner({ homeDir, keystore, passwordFile })).address).toBe(specified)
    expect((await openSigner({ homeDir, account: 'agent', passwordFile })).address).toBe(specified)
  })

  test('without one says how to give one', async () => {
    const options = { homeDir: home().homeDir, privateKey: '', account: undefined, passwordFile: '/password' }
    await expect(openSigner(options)).rejects.toMatchObject({ code: 'signer/no-key', exit: 'usage' })
  })

  test('with two names both and shows neither', async () => {
    const error = await openSigner({ homeDir: '/', privateKey: 'canary', account: 'canary' }).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'signer/several-keys', exit: 'usage' })
    expect(error.message).toMatch(/WALLET_PRIVATE_KEY and --account/)
    expect(inspect(error, { depth: null })).not.toContain('canary')
  })

  test('refuses a keystore without a password, and does not prompt for one', async () => {
    const { homeDir } = home()
    await expect(openSigner({ homeDir, account: 'agent' })).rejects.toMatchObject({
      code: 'signer/no-keystore-password',
    })
  })

  test.each(['../../key', 'deep/agent', '..', ''])('keeps the account %j inside the folder', async (account) => {
    const { homeDir, passwordFile } = home()
    await expect(openSigner({ homeDir, account, passwordFile })).rejects.toMatchObject({
      code: account === '' ? 'signer/no-key' : 'signer/keystore-unreadable',
    })
  })
})
