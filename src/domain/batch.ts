import type { Address, Hex } from './addresses.ts'

/**
 * Calls that are made in one attempt, in their order, together with the call of its purpose: all of them or none.
 */
export type Batch = DelegateBatch | OperationBatch | CallsBatch

/** The calls next to the one of the purpose, and what that one takes. Amounts in base units. */
export interface BatchedCalls {
  /** Of a stake: VVV that the staking contract may pull, approved right before it. `0` where the allowance is enough, or nothing is staked. */
  approve: string
  /** Of a lock: the least DIEM that it takes for the sVVV. */
  least?: string
  /** Of a lock: DIEM that is staked right after it. Absent: none. */
  stakeDiem?: string
}

/** One transaction of an account to itself, whose delegated code makes the calls (EIP-7702, ERC-7821). */
interface DelegateBatch extends BatchedCalls {
  via: 'delegate'
  /** The code that the account delegates to, which makes the calls. */
  delegate: Address
}

/** One user operation of a smart account (ERC-4337). Amounts of gas are decimal strings. */
export interface OperationBatch extends OperationTerms, BatchedCalls {
  via: 'operation'
}

/** Calls that a wallet makes together (EIP-5792), in its own way. */
export interface CallsBatch extends BatchedCalls {
  via: 'calls'
  /** 32 random bytes that we choose. The wallet makes the calls of one id only once. */
  id: Hex
  /** Origin of the paymaster service that the wallet is asked to use; null if the wallet pays. */
  paymaster: string | null
}

/** The fields that only a user operation has. All of them are signed. */
export interface OperationTerms {
  entryPoint: Address
  callGas: string
  verificationGas: string
  preVerificationGas: string
  /** Makes the account if it does not exist yet; else null. */
  factory: { address: Address; data: Hex } | null
  /**
   * Pays the gas; null if the account does. In EntryPoint 0.6 both amounts are 0, because the account's verification
   * gas covers them.
   */
  paymaster: { address: Address; data: Hex; verificationGas: string; postOpGas: string } | null
}

/**
 * ERC-7821 mode: the calls revert as a whole, and no further data goes to the account. @see
 * https://eips.ethereum.org/EIPS/eip-7821 (checked 2026-11-30)
 */
export const BATCH_MODE: Hex = `0x01${'00'.repeat(31)}`

/** A paymaster pays, so the account pays no fee. */
export const isSponsored = (batch: Batch | undefined): boolean =>
  (batch?.via === 'operation' || batch?.via === 'calls') && batch.paymaster !== null

/** All gas that a user operation may use. */
export const gasOf = ({ callGas, verificationGas, preVerificationGas, paymaster }: OperationTerms): bigint =>
  [callGas, verificationGas, preVerificationGas, paymaster?.verificationGas ?? '0', paymaster?.postOpGas ?? '0'].reduce(
    (total, gas) => total + BigInt(gas),
    0n,
  )

/** Gives the same text for the same terms, whatever the case of their hex. */
export const termsText = ({
  entryPoint,
  callGas,
  verificationGas,
  preVerificationGas,
  factory,
  paymaster,
}: OperationTerms) =>
  JSON.stringify([
    [entryPoint, callGas, verificationGas, preVerificationGas],
    factory && [factory.address, factory.data],
    paymaster && [paymaster.address, paymaster.data, paymaster.verificationGas, paymaster.postOpGas],
  ]).toLowerCase()
