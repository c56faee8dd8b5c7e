import { isHex, stringToHex } from 'viem'
import type { Address, Hex } from '../../domain/addresses.ts'
import type { Draft } from '../../domain/attempt.ts'
import type { Payment } from '../../domain/payment.ts'
import { OnboardingError } from '../../errors/base.ts'
import {
  OtherAccountError,
  PolicyRefusedError,
  RequestRejectedError,
  SigningFailedError,
  SigningRefusedError,
} from '../../errors/signer/signing.ts'
import { refusalIn } from './refusals.ts'

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
 * @param signed - the signed text. It is a secret, and a signer's error may quote it, plainly or in hex.
 * @throws {SigningRefusedError} a person said no. {PolicyRefusedError} a rule said no.
 * @throws {RequestRejectedError} the same request would be rejected again.
 * @throws {SigningFailedError} anything else.
 */
export async function runSigner<T>(address: Address, sign: () => Promise<T>, signed?: string): Promise<T> {
  try {
    return await sign()
  } catch (error) {
    if (error instanceof OnboardingError) throw error
    const reason = reasonOf(error, signed)
    if (SigningRefusedError.codes.includes(codeIn(error))) throw new SigningRefusedError(address, reason)
    const refusal = refusalIn(error)
    if (refusal === 'policy') throw new PolicyRefusedError({ address, reason })
    if (refusal === 'request') throw new RequestRejectedError({ address, reason })
    throw new SigningFailedError({ address, reason })
  }
}

/** @throws a plain error without the text. */
export function hexOf(answer: unknown): Hex {
  if (!isHex(answer)) throw new Error('The signer answered with something that is not hex.')
  return answer
}

/** The code of `error`, or of the first of its causes with one: wallets wrap the errors of their services. */
export function codeIn(error: unknown): unknown {
  for (let current = error; typeof current === 'object' && current !== null; ) {
    if ('code' in current && current.code !== undefined) return current.code
    current = 'cause' in current ? current.cause : null
  }
  return undefined
}

function reasonOf(error: unknown, signed: string | undefined): string {
  let reason = wordsOf(error)
  // The wrapped error of a service often says more than its wrapper.
  const inner = error instanceof Error && error.cause instanceof Error ? wordsOf(error.cause) : ''
  if (!reason.includes(inner)) reason = `${reason} ${inner}`
  if (signed) {
    const forms = [signed, JSON.stringify(signed).slice(1, -1), stringToHex(signed).slice(2)]
    for (const form of forms) reason = reason.replaceAll(form, '[text]')
  }
  return reason.slice(0, MAX_REASON_LENGTH)
}

/** EIP-1193 providers reject with plain objects as well. */
function wordsOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error)
  // ethers and viem include the request in `message`, but not in `shortMessage`.
  const words: unknown[] = [Reflect.get(error, 'shortMessage'), Reflect.get(error, 'message')]
  return words.find((word) => typeof word === 'string') ?? 'It did not say why.'
}
