import { keccak256, parseTransaction, recoverMessageAddress, recoverTransactionAddress } from 'viem'
import { describe, expect, test } from 'vitest'
import type { Draft } from '../../src/domain/attempt.ts'
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

/** What every `Signer` does. `make` opens one that holds any key. */
export function describeSigner(name: string, make: () => Promise<Signer>): void {
  describe(`${name} keeps the promises of a signer`, () => {
    test.each([
      ['a JWT', 'eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2ln'],
      ['lines and signs outside ASCII', 'venice.ai wants you to sign in:\n0x…\n\nüñí ✓'],
      ['what looks like hex', '0x68656c6c6f'],
      ['nothing', ''],
    ])('a personal_sign over %s is recovered to the address', async (_, message) => {
      const signer = await make()
      const signature = await signer.signMessage(message)
      expect(await recoverMessageAddress({ message, signature })).toBe(signer.address)
    })

    test('a signed transaction is the draft in every field, and from the address', async () => {
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

    test('the hash is that of the raw bytes', async () => {
      const signer = await make()
      const { raw, hash } = await signer.signTransaction(draftFrom(signer.address))
      expect(hash).toBe(keccak256(raw))
    })

    test('a sender in lower case is the same sender', async () => {
      const signer = await make()
      const lower = signer.address.toLowerCase() as Draft['from']
      const { hash } = await signer.signTransaction(draftFrom(lower))
      expect(hash).toBe((await signer.signTransaction(draftFrom(signer.address))).hash)
    })

    test("refuses to sign another account's transaction", async () => {
      const signer = await make()
      const draft = draftFrom('0x000000000000000000000000000000000000dEaD')
      await expect(signer.signTransaction(draft)).rejects.toMatchObject({ code: 'signer/other-account' })
    })
  })
}
