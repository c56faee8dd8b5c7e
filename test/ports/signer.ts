import {
  keccak256,
  parseTransaction,
  recoverMessageAddress,
  recoverTransactionAddress,
  recoverTypedDataAddress,
} from 'viem'
import { describe, expect, test } from 'vitest'
import type { Draft } from '../../src/domain/attempt.ts'
import type { Payment } from '../../src/domain/payment.ts'
import type { Signer } from '../../src/ports/signer.ts'

/** A key made up for these tests. It must not turn up in any error. */
export const CANARY_KEY = '0xc0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee01'
export const CANARY_ADDRESS = '0x2cac51f2367DA64f3f8c759cFdBeE6D722646ebf'

export const draftFrom = (from: Draft['from']): Draft => ({
  purpose: 'stake',
  chainId: 8453,
  from,
  to: '0x321b7ff75154472B18EDb199033fF4D116F340Ff',
  data: '0xadc9772e00000000000000000000000000000000000000000000000000000000000000010000',
  nonce: 0,
  gas: '210000',
  maxFeePerGas: '1500000000',
  maxPriorityFeePerGas: '0',
  l1Fee: '1000',
  amount: '1000000000000000000',
  expected: '1000000000000000000',
})

export const paymentFrom = (from: Payment['from']): Payment => ({
  asset: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
  chainId: 8453,
  from,
  to: '0x2670B922ef37C7Df47158725C0CC407b5382293F',
  value: '5000000',
  toward: '5000000',
  validAfter: 1_795_432_200,
  validBefore: 1_795_433_100,
  nonce: `0x${'40'.repeat(32)}`,
  status: 'open',
  drawnUpAt: '2026-11-23T12:00:00.000Z',
  paymentId: null,
})

/** As USDC reads it, written down anew. @see https://eips.ethereum.org/EIPS/eip-3009 */
const authorizationOf = ({ from, to, value, validAfter, validBefore, nonce }: Payment) => ({
  domain: {
    name: 'USD Coin',
    version: '2',
    chainId: 8453,
    verifyingContract: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
  } as const,
  types: {
    TransferWithAuthorization: [
      { name: 'from', type: 'address' },
      { name: 'to', type: 'address' },
      { name: 'value', type: 'uint256' },
      { name: 'validAfter', type: 'uint256' },
      { name: 'validBefore', type: 'uint256' },
      { name: 'nonce', type: 'bytes32' },
    ],
  } as const,
  primaryType: 'TransferWithAuthorization' as const,
  message: {
    from,
    to,
    value: BigInt(value),
    validAfter: BigInt(validAfter),
    validBefore: BigInt(validBefore),
    nonce,
  },
})

/** What every `Signer` does. `make` opens one that holds any key. */
export function describeSigner(name: string, make: () => Promise<Signer>): void {
  describe(`${name} keeps the promises of a signer`, () => {
    test.each([
      ['a JWT', 'eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2ln'],
      ['lines and non-ASCII characters', 'venice.ai wants you to sign in:\n0x…\n\nüñí ✓'],
      ['text that looks like hex', '0x68656c6c6f'],
      ['an empty text', ''],
    ])('a personal_sign over %s recovers to the address', async (_, message) => {
      const signer = await make()
      const signature = await signer.signMessage(message)
      expect(await recoverMessageAddress({ message, signature })).toBe(signer.address)
    })

    test('a signed transaction equals the draft in every field, and comes from the address', async () => {
      const signer = await make()
      const draft = draftFrom(signer.address)
      const { raw } = await signer.signTransaction(draft)
      const bytes = raw as `0x02${string}`
      expect(parseTransaction(bytes)).toMatchObject({
        type: 'eip1559',
        chainId: draft.chainId,
        nonce: draft.nonce,
        gas: BigInt(draft.gas),
        maxFeePerGas: BigInt(draft.maxFeePerGas),
        to: draft.to.toLowerCase(),
        data: draft.data,
      })
      expect(parseTransaction(bytes).value ?? 0n).toBe(0n)
      expect(await recoverTransactionAddress({ serializedTransaction: bytes })).toBe(signer.address)
    })

    test('the hash matches the raw bytes', async () => {
      const signer = await make()
      const { raw, hash } = await signer.signTransaction(draftFrom(signer.address))
      expect(hash).toBe(keccak256(raw ?? '0x'))
    })

    test('a sender in lower case is the same sender', async () => {
      const signer = await make()
      const lower = signer.address.toLowerCase() as Draft['from']
      const { hash } = await signer.signTransaction(draftFrom(lower))
      expect(hash).toBe((await signer.signTransaction(draftFrom(signer.address))).hash)
    })

    test('a payment is an authorisation of USDC that recovers to the address, with every field', async () => {
      const signer = await make()
      const payment = paymentFrom(signer.address)
      const signature = await signPayment(signer, payment)
      expect(await recoverTypedDataAddress({ ...authorizationOf(payment), signature })).toBe(signer.address)
      const changes: Partial<Payment>[] = [
        { to: '0x000000000000000000000000000000000000dEaD' },
        { value: '5000001' },
        { validAfter: 0 },
        { validBefore: 2_000_000_000 },
        { nonce: `0x${'41'.repeat(32)}` },
      ]
      for (const change of changes) {
        const other = authorizationOf({ ...payment, ...change })
        expect(await recoverTypedDataAddress({ ...other, signature })).not.toBe(signer.address)
      }
    })

    test('the same payment signed again authorises the same transfer, whatever its status', async () => {
      const signer = await make()
      const payment = paymentFrom(signer.address)
      const signature = await signPayment(signer, { ...payment, status: 'void', paymentId: 'x402-1' })
      expect(await recoverTypedDataAddress({ ...authorizationOf(payment), signature })).toBe(signer.address)
    })

    test("another account's payment is not signed", async () => {
      const payment = paymentFrom('0x000000000000000000000000000000000000dEaD')
      await expect(signPayment(await make(), payment)).rejects.toMatchObject({ code: 'signer/other-account' })
    })

    test("another account's transaction is not signed", async () => {
      const signer = await make()
      const draft = draftFrom('0x000000000000000000000000000000000000dEaD')
      await expect(signer.signTransaction(draft)).rejects.toMatchObject({ code: 'signer/other-account' })
    })
  })
}

async function signPayment(signer: Signer, payment: Payment) {
  if (signer.signPayment === undefined) throw new Error('It signs no payments.')
  return signer.signPayment(payment)
}
