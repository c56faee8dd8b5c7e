import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { hexToBytes } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { kmsSigner } from '../../../src/adapters/signers/kms.ts'
import { CANARY_ADDRESS, CANARY_KEY, describeSigner } from '../../ports/signer.ts'
import { keyService } from '../../wallets/key-service.ts'

const service = keyService(CANARY_KEY)
const der = (await service.getPublicKey()) as Uint8Array
const point = hexToBytes(privateKeyToAccount(CANARY_KEY).publicKey)
const lines =
  Buffer.from(der)
    .toString('base64')
    .match(/.{1,64}/g) ?? []
const signature = await service.sign(new Uint8Array(32).fill(1))
const pem = `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`
const withKey = (key: Uint8Array | string) => kmsSigner({ ...service, getPublicKey: async () => key })

describeSigner('a key service', () => kmsSigner(service))

describe('a public key', () => {
  test.each<[string, Uint8Array | string]>([
    ['DER', der],
    ['PEM, as text', pem],
    ['PEM with lines of Windows', pem.replaceAll('\n', '\r\n')],
    ['PEM, as bytes', Buffer.from(pem)],
    ['a point', point],
  ])('can be %s', async (_, key) => {
    expect((await withKey(key)).address).toBe(CANARY_ADDRESS)
  })

  const spki = ({ publicKey }: { publicKey: KeyObject }) => publicKey.export({ type: 'spki', format: 'der' })
  const p256 = spki(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }))
  const onP256 = `-----BEGIN PUBLIC KEY-----\n${p256.toString('base64')}\n-----END PUBLIC KEY-----\n`
  test.each<[string, Uint8Array | string, string]>([
    ['P-256', p256, 'P-256'],
    ['P-256', onP256, 'P-256'],
    ['P-384', spki(generateKeyPairSync('ec', { namedCurve: 'secp384r1' })), 'P-384'],
    ['P-521', spki(generateKeyPairSync('ec', { namedCurve: 'secp521r1' })), 'P-521'],
    ['RSA', spki(generateKeyPairSync('rsa', { modulusLength: 1024 })), 'RSA'],
    ['Ed25519', spki(generateKeyPairSync('ed25519')), 'Ed25519'],
    ['P-256, as a point', p256.subarray(-65), ''],
    ['P-256 that is called secp256k1', Buffer.concat([der.subarray(0, -65), p256.subarray(-65)]), ''],
  ])('of %s is refused', async (_, key, curve) => {
    const found = await withKey(key).catch((error: unknown) => error)
    expect(found).toMatchObject({ code: 'signer/wrong-curve', hint: expect.stringContaining('secp256k1') })
    expect(String(found)).toContain(curve)
    expect(String(found)).toContain('secp256k1')
  })

  test.each<[string, Uint8Array | string]>([
    ['nothing', new Uint8Array()],
    ['an empty text', ''],
    ['a text without a key', '-----BEGIN PUBLIC KEY-----'],
    ['a private key', pem.replaceAll('PUBLIC', 'EC PRIVATE')],
    ['base64', lines.join('')],
    ['a structure that ends early', der.subarray(0, -1)],
    ['a structure with a length that is too large', Buffer.from('3084ffffffff00', 'hex')],
    ['the coordinates alone', point.subarray(1)],
    ['a compressed point', Buffer.from('3036301006072a8648ce3d020106052b8104000a03220002'.padEnd(112, '1'), 'hex')],
    ['a signature', signature],
  ])('that is %s is refused', async (_, key) => {
    await expect(withKey(key)).rejects.toMatchObject({ code: 'signer/public-key-unreadable', exit: 'config' })
  })
})

describe('a signature', () => {
  const signing = (sign: (digest: Uint8Array) => Promise<Uint8Array>) => kmsSigner({ ...service, sign })

  test('can be the 64 bytes of r and s', async () => {
    const account = privateKeyToAccount(CANARY_KEY)
    const plain = await signing(async (digest) =>
      hexToBytes(await account.sign({ hash: `0x${Buffer.from(digest).toString('hex')}` })).subarray(0, 64),
    )
    const expected = await (await kmsSigner(service)).signMessage('text')
    expect(await plain.signMessage('text')).toBe(expected)
  })

  test('of another key ends the run', async () => {
    const other = await signing(keyService(`0x${'11'.repeat(32)}`).sign)
    await expect(other.signMessage('text')).rejects.toMatchObject({ code: 'signer/signature-invalid' })
  })

  test.each([
    ['empty', ''],
    ['a structure of three', '3009020101020101020101'],
    ['zero', '3006020100020100'],
    ['too long', '00'.repeat(200)],
  ])('that is %s is one that failed', async (_, hex) => {
    const signer = await signing(async () => Buffer.from(hex, 'hex'))
    await expect(signer.signMessage('text')).rejects.toMatchObject({ code: 'signer/failed' })
  })
})
