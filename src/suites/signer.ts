import assert from 'node:assert/strict'
import {
  keccak256,
  parseTransaction,
  recoverMessageAddress,
  recoverTransactionAddress,
  recoverTypedDataAddress,
} from 'viem'
import type { Address } from '../domain/addresses.ts'
import type { Draft } from '../domain/attempt.ts'
import type { Payment } from '../domain/payment.ts'
import type { Signer } from '../ports/signer.ts'
import type { TestFunction } from './run-store.ts'

const SOMEBODY = '0x000000000000000000000000000000000000dEaD'
const USDC = '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913'

/**
 * What every signer of an account with a private key does, as tests of a runner. Nothing is sent anywhere.
 *
 * @param make - opens one. Use a key of no value: transactions and payments are signed with it.
 */
export function testSigner(test: TestFunction, make: () => Promise<Signer> | Signer): void {
  const messages = [
    ['a JWT', 'eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2ln'],
    ['a text of several lines, outside ASCII', 'venice.ai wants you to sign in:\n0x…\n\nüñí ✓'],
    ['a text that looks like hex', '0x68656c6c6f'],
    ['an empty text', ''],
  ] as const
  for (const [what, message] of messages) {
    test(`the signature of ${what} recovers to the address`, async () => {
      const signer = await make()
      const signature = await signer.signMessage(message)
      assert.equal(await recoverMessageAddress({ message, signature }), signer.address)
    })
  }

  test('a signed transaction has every field of the draft and recovers to the address', async () => {
    const signer = await make()
    const draft = draftFrom(signer.address)
    const { raw } = await signer.signTransaction(draft)
    const bytes = raw as `0x02${string}`
    const { type, chainId, nonce, gas, maxFeePerGas, to, data, value } = parseTransaction(bytes)
    assert.deepEqual(
      { type, chainId, nonce, gas, maxFeePerGas, to, data, value: value ?? 0n },
      {
        type: 'eip1559',
        chainId: draft.chainId,
        nonce: draft.nonce,
        gas: BigInt(draft.gas),
        maxFeePerGas: BigInt(draft.maxFeePerGas),
        to: draft.to.toLowerCase(),
        data: draft.data,
        value: 0n,
      },
    )
    assert.equal(await recoverTransactionAddress({ serializedTransaction: bytes }), signer.address)
  })

  test('the hash of a signed transaction is the hash of its bytes', async () => {
    const signer = await make()
    const { raw, hash } = await signer.signTransaction(draftFrom(signer.address))
    assert.equal(hash, keccak256(raw ?? '0x'))
  })

  test('a sender in lower case is the same sender', async () => {
    const signer = await make()
    const { hash } = await signer.signTransaction(draftFrom(signer.address.toLowerCase() as Address))
    assert.equal(hash, (await signer.signTransaction(draftFrom(signer.address))).hash)
  })

  test('a payment is an EIP-3009 authorization of USDC that recovers to the address in every field', async () => {
    const signer = await make()
    const payment = paymentFrom(signer.address)
    const signature = await signPayment(signer, payment)
    assert.equal(await recoverTypedDataAddress({ ...authorizationOf(payment), signature }), signer.address)
    const changes: Partial<Payment>[] = [
      { to: SOMEBODY },
      { value: '5000001' },
      { validAfter: 0 },
      { validBefore: 2_000_000_000 },
      { nonce: `0x${'41'.repeat(32)}` },
    ]
    for (const change of changes) {
      const other = authorizationOf({ ...payment, ...change })
      assert.notEqual(await recoverTypedDataAddress({ ...other, signature }), signer.address)
    }
  })

  test('a payment that is signed again authorizes the same transfer, whatever its status', async () => {
    const signer = await make()
    const payment = paymentFrom(signer.address)
    const signature = await signPayment(signer, { ...payment, status: 'void', paymentId: 'x402-1' })
    assert.equal(await recoverTypedDataAddress({ ...authorizationOf(payment), signature }), signer.address)
  })

  test('a payment of another account is refused', async () => {
    const signer = await make()
    await assert.rejects(signPayment(signer, paymentFrom(SOMEBODY)), { code: 'signer/other-account' })
  })

  test('a transaction of another account is refused', async () => {
    const signer = await make()
    await assert.rejects(signer.signTransaction(draftFrom(SOMEBODY)), { code: 'signer/other-account' })
  })
}

async function signPayment(signer: Signer, payment: Payment) {
  assert.ok(signer.signPayment, 'It signs no payments.')
  return signer.signPayment(payment)
}

/** A draft of a stake, as it is signed in the tests of a signer. */
export const draftFrom = (from: Address): Draft => ({
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

/** A payment of $5, as it is signed in the tests of a signer. */
export const paymentFrom = (from: Address): Payment => ({
  asset: USDC,
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

/** As USDC on Base reads it, written down a second time. @see https://eips.ethereum.org/EIPS/eip-3009 */
const authorizationOf = ({ from, to, value, validAfter, validBefore, nonce }: Payment) => ({
  domain: { name: 'USD Coin', version: '2', chainId: 8453, verifyingContract: USDC } as const,
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
