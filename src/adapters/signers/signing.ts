import { isHex, stringToHex } from 'viem'
import type { Address, Hex } from '../../domain/addresses.ts'
import type { Draft } from '../../domain/attempt.ts'
import type { Payment } from '../../domain/payment.ts'
import { OnboardingError } from '../../errors/base.ts'
import { OtherAccountError, SigningFailedError, SigningRefusedError } from '../../errors/signer/signing.ts'

const MAX_REASON_LENGTH = 200

/** @throws {OtherAccountError} `draft` is from another account than `address`. */
export function assertDraftOf(address: Address, draft: Draft): void {
  if (draft.from.toLowerCase() !== address.toLowerCase()) throw new OtherAccountError({ address, from: draft.from })
}

/** @throws {OtherAccountError} `payment` is from another account than `address`. */
export function assertPaymentOf(address: Address, payment: Payment): void {
  if (payment.from.toLowerCase() !== address.toLowerCase()) throw new OtherAccountError({ address, from: payment.from })
}

/**
 * Runs a foreign signer and turns what it throws into our errors.
 *
 * @param signed - text that is signed; a signer's error may quote it, plainly or in hex, and it is a secret.
 * @throws {SigningRefusedError} a person or a policy said no.
 * @throws {SigningFailedError} anything else.
 */
export async function runSigner<T>(address: Address, sign: () => Promise<T>, signed?: string): Promise<T> {
  try {
    return await sign()
  } catch (error) {
    if (error instanceof OnboardingError) throw error
    if (SigningRefusedError.codes.includes(codeIn(error))) throw new SigningRefusedError(address)
    throw new SigningFailedError({ address, reason: reasonOf(error, signed) })
  }
}

/** @throws what is no error of ours: the text is quoted by nobody. */
export function hexOf(answer: unknown): Hex {
  if (!isHex(answer)) throw new Error('The signer answered with something that is not hex.')
  return answer
}

/** The code of `error`, or of the first of its causes that has one: wallets wrap the errors of those they talk to. */
export function codeIn(error: unknown): unknown {
  for (let current = error; typeof current === 'object' && current !== null; ) {
    if ('code' in current && current.code !== undefined) return current.code
    current = 'cause' in current ? current.cause : null
  }
  return undefined
}

function reasonOf(error: unknown, signed: string | undefined): string {
  // ethers and viem put the request itself into `message`, and leave it out of `shortMessage`.
  const short = error instanceof Error && 'shortMessage' in error ? error.shortMessage : undefined
  let reason = typeof short === 'string' ? short : error instanceof Error ? error.message : String(error)
  if (signed) for (const form of [signed, stringToHex(signed).slice(2)]) reason = reason.replaceAll(form, '[text]')
  return reason.slice(0, MAX_REASON_LENGTH)
}
