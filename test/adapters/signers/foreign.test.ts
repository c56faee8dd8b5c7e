import { inspect } from 'node:util'
import { VoidSigner, Wallet } from 'ethers'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { type EthersSigner, ethersSigner } from '../../../src/adapters/signers/ethers-signer.ts'
import { localAccountSigner } from '../../../src/adapters/signers/local-account.ts'
import { verifyingSigner, verifySignature } from '../../../src/adapters/signers/verify.ts'
import { CANARY_ADDRESS, CANARY_KEY, draftFrom, paymentFrom } from '../../ports/signer.ts'

const account = privateKeyToAccount(CANARY_KEY)
const wallet = new Wallet(CANARY_KEY)
const other = privateKeyToAccount(`0x${'11'.repeat(32)}`)
const draft = draftFrom(CANARY_ADDRESS)

const ethersLike = (change: Partial<EthersSigner>): EthersSigner => ({
  getAddress: async () => CANARY_ADDRESS,
  signMessage: (text) => wallet.signMessage(text),
  signTransaction: (transaction) => wallet.signTransaction(transaction),
  ...change,
})

const failing = (error: unknown) =>
  ethersSigner(
    ethersLike({
      signMessage: () => Promise.reject(error),
      signTransaction: () => Promise.reject(error),
    }),
  )

describe('an ethers signer', () => {
  test('that can only send is refused before it is needed', async () => {
    const { signTransaction: _, ...sendsOnly } = ethersLike({})
    await expect(ethersSigner(sendsOnly)).rejects.toMatchObject({ code: 'signer/cannot-sign-transactions' })
  })

  test('without a key fails as a signer, not as a defect', async () => {
    const signer = await ethersSigner(new VoidSigner(CANARY_ADDRESS))
    await expect(signer.signMessage('text')).rejects.toMatchObject({ code: 'signer/failed', recovery: 'retry' })
  })

  test.each([{ code: 'ACTION_REJECTED' }, { code: 4001 }])('that declines (%j) is not asked again', async (detail) => {
    const signer = await failing(Object.assign(new Error('user rejected'), detail))
    await expect(signer.signTransaction(draft)).rejects.toMatchObject({ code: 'signer/refused', recovery: 'refuse' })
  })

  test('that quotes its input leaks nothing', async () => {
    const hex = Buffer.from('canary challenge').toString('hex')
    const signer = await failing(new Error(`HSM offline: params ["canary challenge", "0x${hex}"]`))
    const error = await signer.signMessage('canary challenge').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'signer/failed', facts: [expect.stringContaining('HSM offline')] })
    expect(inspect(error, { depth: null })).not.toContain('canary')
    expect(inspect(error, { depth: null })).not.toContain(hex)
  })

  test('that answers with something other than hex fails', async () => {
    const signer = await ethersSigner(ethersLike({ signMessage: async () => 'declined' }))
    await expect(signer.signMessage('text')).rejects.toMatchObject({ code: 'signer/failed' })
  })
})

describe('verifySignature', () => {
  test('accepts only the address’s signature over the text', async () => {
    const text = 'challenge'
    const signature = await account.signMessage({ message: text })
    const lower = CANARY_ADDRESS.toLowerCase() as `0x${string}`
    expect(await verifySignature({ address: lower, text, signature })).toBe(true)
    expect(await verifySignature({ address: CANARY_ADDRESS, text: `${text}\n`, signature })).toBe(false)
    expect(await verifySignature({ address: other.address, text, signature })).toBe(false)
    for (const malformed of ['0x', '0x1234', `${signature}00`, `0x${'00'.repeat(65)}`] as const) {
      expect(await verifySignature({ address: CANARY_ADDRESS, text, signature: malformed })).toBe(false)
    }
  })
})

describe('a checked signer', () => {
  test('catches a payment signed by another key, and a different payment', async () => {
    const payment = paymentFrom(CANARY_ADDRESS)
    const byOther = verifyingSigner(localAccountSigner({ ...account, signTypedData: other.signTypedData }))
    await expect(byOther.signPayment?.(payment)).rejects.toMatchObject({ code: 'signer/signature-invalid' })
    const dearer = localAccountSigner(account)
    const signPayment = () => dearer.signPayment?.({ ...payment, value: '5000001' }) ?? Promise.reject()
    const altering = verifyingSigner({ ...dearer, signPayment })
    await expect(altering.signPayment?.(payment)).rejects.toMatchObject({ code: 'signer/signature-invalid' })
  })

  test('signs no payment when the wallet signs no typed data', async () => {
    const signsNone = await ethersSigner(ethersLike({}))
    expect(verifyingSigner(signsNone)).not.toHaveProperty('signPayment')
    const failing = await ethersSigner(ethersLike({ signTypedData: () => Promise.reject(new Error('offline')) }))
    await expect(failing.signPayment?.(paymentFrom(CANARY_ADDRESS))).rejects.toMatchObject({ code: 'signer/failed' })
  })

  test('catches a smart account that signs with its owner’s key', async () => {
    const signer = verifyingSigner(localAccountSigner({ ...account, signMessage: other.signMessage }))
    const error = await signer.signMessage('canary challenge').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'signer/signature-invalid' })
    expect(inspect(error, { depth: null })).not.toContain('canary')
  })

  test.each([
    ['gas', { gasLimit: 1n }],
    ['nonce', { nonce: 7 }],
    ['maxFeePerGas', { maxFeePerGas: 9_000_000_000n }],
    ['maxPriorityFeePerGas', { maxPriorityFeePerGas: 1n }],
    ['chainId', { chainId: 1 }],
    ['to', { to: CANARY_ADDRESS }],
    ['data', { data: '0x' }],
    ['value', { value: 1n }],
  ])('catches a bridge that signs another %s', async (field, change) => {
    const signTransaction: EthersSigner['signTransaction'] = (tx) => wallet.signTransaction({ ...tx, ...change })
    const signer = verifyingSigner(await ethersSigner(ethersLike({ signTransaction })))
    await expect(signer.signTransaction(draft)).rejects.toMatchObject({
      code: 'signer/transaction-altered',
      facts: [`differs in ${field}`],
    })
  })

  test('catches a transaction of another type or key, and invalid bytes', async () => {
    const answers: NonNullable<EthersSigner['signTransaction']>[] = [
      () => wallet.signTransaction({ type: 0, gasPrice: 1n, chainId: 8453 }),
      (tx) => new Wallet(`0x${'11'.repeat(32)}`).signTransaction(tx),
      async () => '0x02deadbeef',
    ]
    for (const signTransaction of answers) {
      const signer = verifyingSigner(await ethersSigner(ethersLike({ signTransaction })))
      await expect(signer.signTransaction(draft)).rejects.toMatchObject({ code: 'signer/transaction-altered' })
    }
  })
})
