import { describe, test } from 'vitest'
import type { Signer } from '../../src/ports/signer.ts'
import { testSigner } from '../../src/suites/signer.ts'

export { draftFrom, paymentFrom } from '../../src/suites/signer.ts'

/** A key made up for these tests. It must not turn up in any error. */
export const CANARY_KEY = '0xc0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee01'
export const CANARY_ADDRESS = '0x2cac51f2367DA64f3f8c759cFdBeE6D722646ebf'

/** The contract of every `Signer`. `make` opens one with any key. */
export const describeSigner = (name: string, make: () => Promise<Signer>): void => {
  describe(`${name} keeps the promises of a signer`, () => testSigner(test, make))
}
