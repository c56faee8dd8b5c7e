import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { keystoreSigner } from '../../../src/adapters/signers/keystore.ts'
import { privateKeySigner } from '../../../src/adapters/signers/private-key.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { PBKDF2_KEYSTORE, SCRYPT_KEYSTORE, SPECIFIED_KEY, SPECIFIED_PASSWORD } from './keystores.ts'

const { address } = privateKeySigner(SPECIFIED_KEY, 'the specification')

function open(keystore: unknown, password = SPECIFIED_PASSWORD) {
  const dir = temporaryDirectory()
  const path = join(dir, 'keystore')
  const passwordFile = join(dir, 'password')
  writeFileSync(path, typeof keystore === 'string' ? keystore : JSON.stringify(keystore))
  writeFileSync(passwordFile, password, { mode: 0o600 })
  return keystoreSigner({ path, passwordFile })
}

const withCrypto = (change: object) => ({ ...PBKDF2_KEYSTORE, crypto: { ...PBKDF2_KEYSTORE.crypto, ...change } })
const withScrypt = (change: object) => ({
  ...SCRYPT_KEYSTORE,
  crypto: { ...SCRYPT_KEYSTORE.crypto, kdfparams: { ...SCRYPT_KEYSTORE.crypto.kdfparams, ...change } },
})

describe('a keystore', () => {
  test.each([
    ['pbkdf2', PBKDF2_KEYSTORE],
    ['scrypt and no address, as Foundry writes it,', SCRYPT_KEYSTORE],
    ['the field called Crypto', { version: 3, Crypto: PBKDF2_KEYSTORE.crypto }],
    ['an address, as geth writes it', { ...PBKDF2_KEYSTORE, address: address.slice(2).toLowerCase() }],
  ])('with %s is opened', async (_, keystore) => {
    expect((await open(keystore)).address).toBe(address)
  })

  test.each(['\n', ' \r\n', ''])('whitespace after the password is ignored: %j', async (end) => {
    expect((await open(PBKDF2_KEYSTORE, SPECIFIED_PASSWORD + end)).address).toBe(address)
  })

  test.each(['canary', ` ${SPECIFIED_PASSWORD}`, ''])(
    'the wrong password %j is rejected, and is not shown',
    async (password) => {
      const error = await open(PBKDF2_KEYSTORE, password).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'signer/keystore-password-wrong' })
      expect(inspect(error, { depth: null })).not.toContain('canary')
    },
  )

  test('a damaged ciphertext does not open', async () => {
    const ciphertext = PBKDF2_KEYSTORE.crypto.ciphertext.replace('5318', '5319')
    await expect(open(withCrypto({ ciphertext }))).rejects.toMatchObject({ code: 'signer/keystore-password-wrong' })
  })

  test('the address of another key in it is detected', async () => {
    const other = '00'.repeat(20)
    await expect(open({ ...PBKDF2_KEYSTORE, address: other })).rejects.toMatchObject({
      code: 'signer/keystore-unreadable',
    })
  })

  test.each([
    ['invalid JSON', '{"canary"'],
    ['a bare key', SPECIFIED_KEY],
    ['version 1', { ...PBKDF2_KEYSTORE, version: 1 }],
    ['another cipher', withCrypto({ cipher: 'aes-256-cbc' })],
    ['another key derivation', withCrypto({ kdf: 'argon2id' })],
    ['a short ciphertext', withCrypto({ ciphertext: '00' })],
    ['scrypt that takes a terabyte', withScrypt({ n: 2 ** 30 })],
    ['scrypt that takes a year', withScrypt({ n: 2, r: 1, p: 2 ** 28 })],
    ['scrypt with an n that is not a power of two', withScrypt({ n: 1000 })],
    ['scrypt at a cost that OpenSSL rejects', withScrypt({ n: 2 ** 18, r: 1 })],
    ['an array', []],
  ])('%s is refused at once, and not quoted', async (_, keystore) => {
    const error = await open(keystore).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'signer/keystore-unreadable' })
    expect(inspect(error, { depth: null })).not.toMatch(/canary|7a28b5ba/)
  })

  test('a folder in its place is named in the error', async () => {
    const dir = temporaryDirectory()
    await expect(keystoreSigner({ path: dir, passwordFile: dir })).rejects.toMatchObject({
      code: 'signer/keystore-unreadable',
      facts: [expect.stringMatching(/^EISDIR/)],
    })
  })
})
