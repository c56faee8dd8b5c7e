import { createHash } from 'node:crypto'
import type { Hex } from '../../src/domain/addresses.ts'
import type { Payment } from '../../src/domain/payment.ts'
import { SigningFailedError, SigningRefusedError } from '../../src/errors/signer/signing.ts'
import type { Signer } from '../../src/ports/signer.ts'
import { ADDRESS } from '../support/samples.ts'
import type { Chaos } from './chaos.ts'
import type { Delay } from './delay.ts'
import { encode, hashOf } from './transaction.ts'

/** Is part of every signature over a challenge, as `CANARY` is of every other secret. */
export const SIGNATURE_CANARY = 'ca11ab1e'

/** 65 bytes that only this wallet makes of `text`. */
export const signatureOf = (text: string): Hex =>
  `0x${SIGNATURE_CANARY}${createHash('sha256').update(text).digest('hex').padEnd(122, '0')}`

/** The signature over the fields that USDC reads. */
export const paymentSignatureOf = ({ from, to, value, validAfter, validBefore, nonce }: Payment): Hex =>
  signatureOf([from, to, value, validAfter, validBefore, nonce].join(' '))

/**
 * A wallet that never signs a transaction twice in the same way, like some hardware, so that a second signature has
 * visibly made another transaction.
 */
export function fakeSigner({ chaos, delay }: { chaos: Chaos; delay: Delay }) {
  const counts = { transactions: 0, messages: 0 }

  function consider(): void {
    delay()
    const failed = chaos.strikes('signer-failed')
    if (failed === null) return
    if (failed.chance(0.2)) throw new SigningRefusedError(ADDRESS)
    throw new SigningFailedError({ address: ADDRESS, reason: 'the device is locked' })
  }

  const signer: Signer = {
    address: ADDRESS,
    async signMessage(text) {
      consider()
      counts.messages += 1
      return signatureOf(text)
    },
    async signTransaction(draft) {
      consider()
      counts.transactions += 1
      const raw = encode(draft, String(counts.transactions))
      return { raw, hash: hashOf(raw) }
    },
    async signPayment(payment) {
      consider()
      return paymentSignatureOf(payment)
    },
  }
  return { signer, counts: counts as Readonly<typeof counts> }
}
