import { privateKeyToAccount } from 'viem/accounts'
import { expect, it } from 'vitest'
import { localAccountSigner } from '../../src/adapters/signers/local-account.ts'
import { canonical, verifyingSigner } from '../../src/adapters/signers/verify.ts'
import { transferAuthorization } from '../../src/adapters/transfer-authorization.ts'
import type { Hex } from '../../src/domain/addresses.ts'
import { payment } from '../support/samples.ts'

// Regression: issue 18, number 7 — signatures with v 0/1 or a high s were posted until the retries ran out.
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const account = privateKeyToAccount(`0x${'4'.repeat(64)}`)

const withV = (signature: Hex, change: (v: number) => number): Hex =>
  `${signature.slice(0, 130)}${change(Number.parseInt(signature.slice(130), 16))
    .toString(16)
    .padStart(2, '0')}` as Hex
const withHighS = (signature: Hex): Hex => {
  const s = ORDER - BigInt(`0x${signature.slice(66, 130)}`)
  return withV(
    `${signature.slice(0, 66)}${s.toString(16).padStart(64, '0')}${signature.slice(130)}` as Hex,
    (v) => 55 - v,
  )
}

const FORMS: readonly [what: string, change: (signature: Hex) => Hex][] = [
  ['v 0 or 1', (signature) => withV(signature, (v) => v - 27)],
  ['a high s', withHighS],
  ['a high s and v 0 or 1', (signature) => withV(withHighS(signature), (v) => v - 27)],
  ['upper-case hex', (signature) => `0x${signature.slice(2).toUpperCase()}`],
]

it.each(FORMS)('a signature with %s is converted to the form that USDC and Venice accept', async (_, change) => {
  for (const text of ['a', 'b', 'c', 'd']) {
    const signature = await account.signMessage({ message: text })
    expect(canonical(change(signature))).toBe(signature)
  }
})

it.each(FORMS)('a signer whose signatures have %s signs messages and payments', async (_, change) => {
  const own = localAccountSigner(account)
  const paid = { ...payment(), from: account.address }
  const odd = {
    ...own,
    signMessage: async (text: string) => change(await own.signMessage(text)),
    signPayment: async () => change(await account.signTypedData(transferAuthorization(paid))),
  }
  const signer = verifyingSigner(odd)
  expect(await signer.signMessage('hello')).toBe(await account.signMessage({ message: 'hello' }))
  expect(await signer.signPayment?.(paid)).toBe(await account.signTypedData(transferAuthorization(paid)))
})

it.each(['0x', `0x${'00'.repeat(65)}`, `0x${'11'.repeat(64)}05`, `0x${'11'.repeat(32)}${'ff'.repeat(32)}1b`] as Hex[])(
  '%s is rejected at once as an invalid signature of the signer',
  async (signature) => {
    expect(canonical(signature)).toBe(signature)
    const signer = verifyingSigner({ ...localAccountSigner(account), signMessage: async () => signature })
    await expect(signer.signMessage('hello')).rejects.toMatchObject({ code: 'signer/signature-invalid' })
  },
)
