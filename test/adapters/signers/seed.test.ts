import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mnemonicToAccount } from 'viem/accounts'
import { beforeAll, describe, expect, it } from 'vitest'
import { openKeystoreFolder } from '../../../src/adapters/signers/keystore-folder.ts'
import { isMnemonic, newMnemonic, openSeed, sealSeed } from '../../../src/adapters/signers/seed.ts'
import { newFolder } from '../../support/sandbox.ts'

const PASSWORD = 'correct horse battery staple'
const MNEMONIC = newMnemonic()
let sealed = ''

function files(text = sealed, password = PASSWORD): { path: string; passwordFile: string } {
  const folder = newFolder()
  const paths = { path: join(folder, 'seed.json'), passwordFile: join(folder, 'password') }
  writeFileSync(paths.path, text, { mode: 0o600 })
  writeFileSync(paths.passwordFile, `${password}\n`, { mode: 0o600 })
  return paths
}

beforeAll(async () => {
  sealed = await sealSeed(MNEMONIC, PASSWORD)
})

describe('an encrypted seed', () => {
  it("has the standard accounts of its words: m/44'/60'/0'/0/i", async () => {
    const seed = await openSeed(files())
    for (const index of [0, 1, 999, 2 ** 31 - 1]) {
      expect(seed.addressOf(index)).toBe(mnemonicToAccount(MNEMONIC, { path: `m/44'/60'/0'/0/${index}` }).address)
    }
  })

  it('signs for an account by its index, and finds it without one', async () => {
    const seed = await openSeed(files())
    const address = seed.addressOf(5)
    const expected = await mnemonicToAccount(MNEMONIC, { addressIndex: 5 }).signMessage({ message: 'hello' })
    expect(await seed.signerOf({ address, index: 5 }).signMessage('hello')).toBe(expected)
    expect(await seed.signerOf({ address: address.toLowerCase() }).signMessage('hello')).toBe(expected)
  })

  it('signs for no foreign address', async () => {
    const seed = await openSeed(files())
    const unknown = expect.objectContaining({ code: 'fleet/signer-unknown' })
    expect(() => seed.signerOf({ address: seed.addressOf(5), index: 6 })).toThrow(unknown)
    expect(() => seed.signerOf({ address: `0x${'12'.repeat(20)}` })).toThrow(unknown)
  })

  it('hides words and password in its file, and is different each time', async () => {
    expect(sealed).not.toContain(MNEMONIC.split(' ')[0])
    expect(sealed).not.toContain(PASSWORD)
    expect(await sealSeed(MNEMONIC, PASSWORD)).not.toBe(sealed)
  })

  it.each([
    ['empty', ''],
    ['another file', '{"version":3}'],
    ['incomplete', '{"kind":"venice-onboard/seed","version":1}'],
  ])('that is %s is refused and not quoted', async (_, text) => {
    await expect(openSeed(files(text))).rejects.toMatchObject({ code: 'signer/seed-unreadable' })
  })

  it('does not open with another password', async () => {
    await expect(openSeed(files(sealed, 'another'))).rejects.toMatchObject({ code: 'signer/keystore-password-wrong' })
  })

  it('contains words with a valid checksum', () => {
    expect(isMnemonic(MNEMONIC)).toBe(true)
    expect(isMnemonic(MNEMONIC.split(' ').slice(1).join(' '))).toBe(false)
  })
})

describe('a folder of keystores', () => {
  it('is searched by the addresses in the files or in their names', async () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'one'), JSON.stringify({ version: 3, address: 'ab'.repeat(20) }))
    writeFileSync(join(folder, `UTC--2026-01-01--${'cd'.repeat(20)}`), '{}')
    writeFileSync(join(folder, 'notes.txt'), 'nothing')
    const { addresses, signerOf } = await openKeystoreFolder({ directory: folder, passwordFile: 'none' })
    expect([...addresses].sort()).toEqual([`0x${'ab'.repeat(20)}`, `0x${'cd'.repeat(20)}`])
    await expect(signerOf({ address: `0x${'ef'.repeat(20)}` })).rejects.toMatchObject({ code: 'fleet/signer-unknown' })
  })

  it('that is not a folder is named in the error', async () => {
    const opening = openKeystoreFolder({ directory: join(newFolder(), 'none'), passwordFile: 'none' })
    await expect(opening).rejects.toMatchObject({ code: 'signer/keystore-unreadable' })
  })
})
