import {
  concat,
  encodeAbiParameters,
  type Hex,
  keccak256,
  numberToHex,
  parseAbiParameters,
  serializeSignature,
} from 'viem'
import { toPackedUserOperation, type UserOperation } from 'viem/account-abstraction'
import { sign } from 'viem/accounts'
import { BASE_CHAIN_ID } from '../domain/addresses.ts'
import { PAYMASTER, PAYMASTER_KEY } from './contracts/deploy.ts'
import type { JsonRpcAnswer } from './node-rpc.ts'

/** Gas that stands for what the paymaster's check takes. */
export const PAYMASTER_GAS = 60_000n
/** As long as a signature, for estimates; the contract pays for nothing with it. */
const STUB: Hex = `0x${'11'.repeat(64)}1b`

/**
 * The service of the sandbox's paymaster (ERC-7677): it pays for everything, once it has signed it with all of its gas and
 * fees. @see https://eips.ethereum.org/EIPS/eip-7677 (checked 2026-12-01)
 */
export async function sponsored(
  operation: UserOperation,
  { isOld, isFinal }: { isOld: boolean; isFinal: boolean },
): Promise<JsonRpcAnswer> {
  const sponsor = { name: 'sandbox' }
  const limits = {
    paymasterVerificationGasLimit: operation.paymasterVerificationGasLimit || PAYMASTER_GAS,
    paymasterPostOpGasLimit: operation.paymasterPostOpGasLimit ?? 0n,
  }
  const signed = { ...operation, ...limits, paymaster: PAYMASTER, paymasterData: '0x' } as UserOperation
  const data = isFinal ? await signatureOver(isOld ? unpackedHash(operation) : packedHash(signed)) : STUB
  if (isOld) return { result: { paymasterAndData: concat([PAYMASTER, data]), sponsor } }
  return {
    result: {
      paymaster: PAYMASTER,
      paymasterData: data,
      paymasterVerificationGasLimit: numberToHex(limits.paymasterVerificationGasLimit),
      paymasterPostOpGasLimit: numberToHex(limits.paymasterPostOpGasLimit),
      sponsor,
    },
  }
}

const signatureOver = async (hash: Hex): Promise<Hex> =>
  serializeSignature(await sign({ hash, privateKey: PAYMASTER_KEY }))

interface Hashed {
  sender: Hex
  nonce: bigint
  initCode: Hex
  callData: Hex
  /** Hash of the gas and fees. */
  gas: Hex
}

const hashOf = ({ sender, nonce, initCode, callData, gas }: Hashed): Hex =>
  keccak256(
    encodeAbiParameters(parseAbiParameters('uint256, address, address, uint256, bytes32, bytes32, bytes32'), [
      BigInt(BASE_CHAIN_ID),
      PAYMASTER,
      sender,
      nonce,
      keccak256(initCode),
      keccak256(callData),
      gas,
    ]),
  )

function packedHash(operation: UserOperation): Hex {
  const packed = toPackedUserOperation(operation)
  const { sender, nonce, initCode, callData, accountGasLimits, preVerificationGas, gasFees, paymasterAndData } = packed
  const limits: Hex = `0x${paymasterAndData.slice(42, 106)}`
  const gas = keccak256(
    encodeAbiParameters(parseAbiParameters('bytes32, bytes, uint256, bytes32'), [
      accountGasLimits,
      limits,
      preVerificationGas,
      gasFees,
    ]),
  )
  return hashOf({ sender, nonce, initCode, callData, gas })
}

function unpackedHash(operation: UserOperation): Hex {
  const { sender, nonce, callData, callGasLimit, verificationGasLimit, preVerificationGas } = operation
  const { maxFeePerGas, maxPriorityFeePerGas } = operation
  const gas = keccak256(
    encodeAbiParameters(parseAbiParameters('uint256, uint256, uint256, uint256, uint256'), [
      callGasLimit,
      verificationGasLimit,
      preVerificationGas,
      maxFeePerGas,
      maxPriorityFeePerGas,
    ]),
  )
  const { initCode = '0x' } = operation as { initCode?: Hex }
  return hashOf({ sender, nonce, initCode, callData, gas })
}
