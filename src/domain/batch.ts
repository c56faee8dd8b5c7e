import type { Address, Hex } from './addresses.ts'

/**
 * Calls that reach the chain as one attempt with the one of its purpose, in their order: all of them, or none.
 */
export type Batch = DelegateBatch | OperationBatch | CallsBatch

/** One transaction of an account to itself, whose delegated code makes the calls (EIP-7702, ERC-7821). */
interface DelegateBatch {
  via: 'delegate'
  /** The code that the account delegates to, which makes the calls. */
  delegate: Address
  /** Base units of VVV that the staking contract may pull, approved right before the stake. */
  approve: string
}

/** One user operation of a smart account (ERC-4337). Amounts of gas are decimal strings. */
export interface OperationBatch extends OperationTerms {
  via: 'operation'
  /** As above; `0` where the allowance is enough, or nothing is staked. */
  approve: string
  /** Of a lock: the least DIEM that it takes for the sVVV, in base units. */
  least?: string
}

/** Calls that a wallet makes together (EIP-5792), by whatever means it has. */
export interface CallsBatch {
  via: 'calls'
  /** Ours: the wallet makes the calls of one id once. 32 random bytes. */
  id: Hex
  /** As above; `0` where the allowance is enough. */
  approve: string
  /** Origin of the service that the wallet is asked to have the gas paid by; null where the wallet pays. */
  paymaster: string | null
}

/** What a user operation has next to the fields of every attempt: all of it is signed. */
export interface OperationTerms {
  entryPoint: Address
  callGas: string
  verificationGas: string
  preVerificationGas: string
  /** Makes the account, which is not there yet; null where it is. */
  factory: { address: Address; data: Hex } | null
  /** Pays the gas; null where the account does. In EntryPoint 0.6, both amounts are 0: the account's verification covers them. */
  paymaster: { address: Address; data: Hex; verificationGas: string; postOpGas: string } | null
}

/** Calls that revert as a whole, with nothing else for the account. @see https://eips.ethereum.org/EIPS/eip-7821 (checked 2026-11-30) */
export const BATCH_MODE: Hex = `0x01${'00'.repeat(31)}`

/** The paymaster pays, so that no fee is the account's. */
export const isSponsored = (batch: Batch | undefined): boolean =>
  (batch?.via === 'operation' || batch?.via === 'calls') && batch.paymaster !== null

/** All that a user operation may take of gas together. */
export const gasOf = ({ callGas, verificationGas, preVerificationGas, paymaster }: OperationTerms): bigint =>
  [callGas, verificationGas, preVerificationGas, paymaster?.verificationGas ?? '0', paymaster?.postOpGas ?? '0'].reduce(
    (total, gas) => total + BigInt(gas),
    0n,
  )

/** The same for terms that are the same, however their hex is written. */
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
