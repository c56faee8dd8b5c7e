import {
  concat,
  decodeAbiParameters,
  encodeAbiParameters,
  type Hex,
  hashTypedData,
  keccak256,
  numberToHex,
  pad,
  parseAbiParameters,
} from 'viem'
import { type Address, BASE_CHAIN_ID, isSameAddress } from '../domain/addresses.ts'
import type { Draft } from '../domain/attempt.ts'
import type { OperationTerms } from '../domain/batch.ts'
import type { EntryPointVersion, OperationAccount } from '../ports/account.ts'

/** All signed fields of a user operation. Its nonce belongs to key 0, so operations are in sequence. */
export interface Operation extends OperationTerms {
  sender: Address
  nonce: number
  callData: Hex
  maxFeePerGas: string
  maxPriorityFeePerGas: string
}

/** The user operation of `draft`; null if it is a transaction. */
export function operationOf(draft: Draft): Operation | null {
  const { batch, from, nonce, data, maxFeePerGas, maxPriorityFeePerGas } = draft
  if (batch?.via !== 'operation') return null
  const { via, approve, least, ...terms } = batch
  return { ...terms, sender: from, nonce, callData: data, maxFeePerGas, maxPriorityFeePerGas }
}

const word = (value: string | bigint, size = 32): Hex => pad(numberToHex(BigInt(value)), { size })

const initCodeOf = ({ factory }: Operation): Hex => (factory === null ? '0x' : concat([factory.address, factory.data]))

/** The form of EntryPoint 0.7 and later. @see https://eips.ethereum.org/EIPS/eip-4337 (checked 2026-11-30) */
function packed(operation: Operation) {
  const { paymaster } = operation
  return {
    sender: operation.sender,
    nonce: BigInt(operation.nonce),
    initCode: initCodeOf(operation),
    callData: operation.callData,
    accountGasLimits: concat([word(operation.verificationGas, 16), word(operation.callGas, 16)]),
    preVerificationGas: BigInt(operation.preVerificationGas),
    gasFees: concat([word(operation.maxPriorityFeePerGas, 16), word(operation.maxFeePerGas, 16)]),
    paymasterAndData:
      paymaster === null
        ? ('0x' as const)
        : concat([
            paymaster.address,
            word(paymaster.verificationGas, 16),
            word(paymaster.postOpGas, 16),
            paymaster.data,
          ]),
  }
}

const FIELDS = [
  { name: 'sender', type: 'address' },
  { name: 'nonce', type: 'uint256' },
  { name: 'initCode', type: 'bytes' },
  { name: 'callData', type: 'bytes' },
  { name: 'accountGasLimits', type: 'bytes32' },
  { name: 'preVerificationGas', type: 'uint256' },
  { name: 'gasFees', type: 'bytes32' },
  { name: 'paymasterAndData', type: 'bytes' },
] as const
const HASHED = parseAbiParameters('address, uint256, bytes32, bytes32, bytes32, uint256, bytes32, bytes32')
const HASHED_06 = parseAbiParameters(
  'address, uint256, bytes32, bytes32, uint256, uint256, uint256, uint256, uint256, bytes32',
)
const BOUND = parseAbiParameters('bytes32, address, uint256')

/** EntryPoint's hash of the operation, which is also what the account signs. */
export function operationHash(operation: Operation, version: EntryPointVersion): Hex {
  const bound = (hash: Hex) =>
    keccak256(encodeAbiParameters(BOUND, [hash, operation.entryPoint, BigInt(BASE_CHAIN_ID)]))
  if (version === '0.6') {
    const { sender, nonce, initCode, callData, paymasterAndData, ...gas } = unpacked(operation)
    const { callGasLimit, verificationGasLimit, preVerificationGas, maxFeePerGas, maxPriorityFeePerGas } = gas
    return bound(
      keccak256(
        encodeAbiParameters(HASHED_06, [
          sender,
          nonce,
          keccak256(initCode),
          keccak256(callData),
          callGasLimit,
          verificationGasLimit,
          preVerificationGas,
          maxFeePerGas,
          maxPriorityFeePerGas,
          keccak256(paymasterAndData),
        ]),
      ),
    )
  }
  const message = packed(operation)
  if (version === '0.8') {
    const domain = {
      name: 'ERC4337',
      version: '1',
      chainId: BASE_CHAIN_ID,
      verifyingContract: operation.entryPoint,
    }
    const primaryType = 'PackedUserOperation'
    return hashTypedData({ domain, types: { [primaryType]: FIELDS }, primaryType, message })
  }
  const { sender, nonce, initCode, callData, accountGasLimits, preVerificationGas, gasFees, paymasterAndData } = message
  const hash = keccak256(
    encodeAbiParameters(HASHED, [
      sender,
      nonce,
      keccak256(initCode),
      keccak256(callData),
      accountGasLimits,
      preVerificationGas,
      gasFees,
      keccak256(paymasterAndData),
    ]),
  )
  return bound(hash)
}

const PARTS = parseAbiParameters(
  '(address sender, uint256 nonce, bytes callData, uint256 maxFeePerGas, uint256 maxPriorityFeePerGas) operation, (address entryPoint, uint256 callGas, uint256 verificationGas, uint256 preVerificationGas) terms, (address at, bytes data)[] factory, (address at, bytes data, uint256 verificationGas, uint256 postOpGas)[] paymaster, bytes signature',
)

/** A signed operation as bytes, as records keep it. */
export function serialized(operation: Operation, signature: Hex): Hex {
  const { sender, nonce, callData, maxFeePerGas, maxPriorityFeePerGas, factory, paymaster } = operation
  const { entryPoint, callGas, verificationGas, preVerificationGas } = operation
  return encodeAbiParameters(PARTS, [
    {
      sender,
      nonce: BigInt(nonce),
      callData,
      maxFeePerGas: BigInt(maxFeePerGas),
      maxPriorityFeePerGas: BigInt(maxPriorityFeePerGas),
    },
    {
      entryPoint,
      callGas: BigInt(callGas),
      verificationGas: BigInt(verificationGas),
      preVerificationGas: BigInt(preVerificationGas),
    },
    factory === null ? [] : [{ at: factory.address, data: factory.data }],
    paymaster === null
      ? []
      : [
          {
            at: paymaster.address,
            data: paymaster.data,
            verificationGas: BigInt(paymaster.verificationGas),
            postOpGas: BigInt(paymaster.postOpGas),
          },
        ],
    signature,
  ])
}

/** The opposite; null if it is not a signed operation. */
export function parsed(raw: Hex): { operation: Operation; signature: Hex } | null {
  try {
    const [{ sender, nonce, callData, ...fees }, terms, [factory], [paymaster], signature] = decodeAbiParameters(
      PARTS,
      raw,
    )
    const operation: Operation = {
      sender,
      nonce: Number(nonce),
      callData,
      maxFeePerGas: fees.maxFeePerGas.toString(),
      maxPriorityFeePerGas: fees.maxPriorityFeePerGas.toString(),
      entryPoint: terms.entryPoint,
      callGas: terms.callGas.toString(),
      verificationGas: terms.verificationGas.toString(),
      preVerificationGas: terms.preVerificationGas.toString(),
      factory: factory ? { address: factory.at, data: factory.data } : null,
      paymaster: paymaster
        ? {
            address: paymaster.at,
            data: paymaster.data,
            verificationGas: paymaster.verificationGas.toString(),
            postOpGas: paymaster.postOpGas.toString(),
          }
        : null,
    }
    // An operation has exactly one encoding.
    return serialized(operation, signature) === raw.toLowerCase() ? { operation, signature } : null
  } catch {
    return null
  }
}

const commonFields = (operation: Operation) => ({
  sender: operation.sender,
  nonce: BigInt(operation.nonce),
  callData: operation.callData,
  callGasLimit: BigInt(operation.callGas),
  verificationGasLimit: BigInt(operation.verificationGas),
  preVerificationGas: BigInt(operation.preVerificationGas),
  maxFeePerGas: BigInt(operation.maxFeePerGas),
  maxPriorityFeePerGas: BigInt(operation.maxPriorityFeePerGas),
})

/**
 * The form of EntryPoint 0.6. @see https://github.com/eth-infinitism/account-abstraction/tree/v0.6.0 (checked
 * 2026-12-01)
 */
const unpacked = (operation: Operation) => ({
  ...commonFields(operation),
  initCode: initCodeOf(operation),
  paymasterAndData:
    operation.paymaster === null ? ('0x' as const) : concat([operation.paymaster.address, operation.paymaster.data]),
})

/** The form in which viem's accounts sign it. */
export function viemOperation(operation: Operation, version: EntryPointVersion) {
  const { factory, paymaster } = operation
  const signature: Hex = '0x'
  if (version === '0.6') return { ...unpacked(operation), signature }
  return {
    ...commonFields(operation),
    signature,
    ...(factory && { factory: factory.address, factoryData: factory.data }),
    ...(paymaster && {
      paymaster: paymaster.address,
      paymasterData: paymaster.data,
      paymasterVerificationGasLimit: BigInt(paymaster.verificationGas),
      paymasterPostOpGasLimit: BigInt(paymaster.postOpGas),
    }),
  }
}

/**
 * The form for bundlers and paymasters: numbers in hex. @see https://eips.ethereum.org/EIPS/eip-7769 (checked
 * 2026-11-30)
 */
export function rpcOperation(operation: Operation, version: EntryPointVersion, signature: Hex): Record<string, Hex> {
  const fields = Object.entries({ ...viemOperation(operation, version), signature })
  return Object.fromEntries(
    fields.map(([name, value]) => [name, typeof value === 'bigint' ? numberToHex(value) : value]),
  )
}

/** Whether `account` signs operations of this EntryPoint. */
export const isOfEntryPoint = ({ entryPoint }: Pick<Operation, 'entryPoint'>, account: OperationAccount): boolean =>
  isSameAddress(entryPoint, account.entryPoint.address)
