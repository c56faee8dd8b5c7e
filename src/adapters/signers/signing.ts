import { stringToHex } from 'viem'
import type { Address } from '../../domain/addresses.ts'
import type { Draft } from '../../domain/attempt.ts'
import { OtherAccountError, SigningFailedError, SigningRefusedError } from '../../errors/secrets.ts'

const MAX_REASON_LENGTH = 200

/** @throws {OtherAccountError} `draft` is from another account than `address`. */
export function assertDraftOf(address: Address, draft: Draft): void {
  if (draft.from.toLowerCase() !== address.toLowerCase()) throw new OtherAccountError({ address, from: draft.from })
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
    if (SigningRefusedError.codes.includes(codeOf(error))) throw new SigningRefusedError(address)
    throw new SigningFailedError({ address, reason: reasonOf(error, signed) })
  }
}

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined

function reasonOf(error: unknown, signed: string | undefined): string {
  // ethers and viem put the request itself into `message`, and leave it out of `shortMessage`.
  const short = error instanceof Error && 'shortMessage' in error ? error.shortMessage : undefined
  let reason = typeof short === 'string' ? short : error instanceof Error ? error.message : String(error)
  if (signed) for (const form of [signed, stringToHex(signed).slice(2)]) reason = reason.replaceAll(form, '[text]')
  return reason.slice(0, MAX_REASON_LENGTH)
}
