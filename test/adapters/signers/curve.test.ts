import { expect, test, vi } from 'vitest'

// As in Bun 1.4.
vi.mock('node:crypto', async (original) => ({
  ...(await original<typeof import('node:crypto')>()),
  createECDH: () => {
    throw new Error('The curve is not supported.')
  },
}))

const { privateKeySigner } = await import('../../../src/adapters/signers/private-key.ts')

test('a runtime without the curve gets the address of a private key, too', () => {
  // @see https://eips.ethereum.org/EIPS/eip-155 for the key and its address
  const { address } = privateKeySigner(`0x${'46'.repeat(32)}`, 'the test')
  expect(address).toBe('0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F')
})

test.each(['00', 'ff'])('a key outside the order of the curve (%s…) is refused there as well', (byte) => {
  expect(() => privateKeySigner(`0x${byte.repeat(32)}`, 'the test')).toThrow(/is not valid/)
})
