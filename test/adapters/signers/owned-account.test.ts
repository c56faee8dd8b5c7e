import { expect, test } from 'vitest'
import { coinbaseAddress } from '../../../src/adapters/signers/owned-account.ts'

/** Of the mnemonic `test test … junk`. */
const OWNERS = ['0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266', '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'] as const
const VERSION_1 = {
  factory: '0x0BA5ED0c6AA8c49038F819E587E2633c4A9F428a',
  implementation: '0x000100abaad02f1cfC8Bbe32bD5a564817339E72',
} as const

// As the factory of version 1 answered on a fork of mainnet: the values that viem pins in the test of `toCoinbaseSmartAccount`.
// https://github.com/wevm/viem/blob/0ff9db8/src/account-abstraction/accounts/implementations/toCoinbaseSmartAccount.test.ts
test.each([
  [OWNERS[0], '0xBb0c1d5E7f530e8e648150fc7Cf30912575523E8'],
  [OWNERS[1], '0xA15C25E1d03280C19634954A38D380C076fcafa7'],
] as const)('the account of %s is where Coinbase’s factory puts it', (owner, address) => {
  expect(coinbaseAddress(owner, VERSION_1)).toBe(address)
})

test('the address of an account of version 1.1 never changes', () => {
  expect(OWNERS.map((owner) => coinbaseAddress(owner))).toEqual([
    '0x3Fb567EcF2dc0cBf475a0CB92685Bc0cD0D155BF',
    '0x452f678f6e588069D1Aef38D3D519567aA1014A4',
  ])
})
