import { keccak256, serializeTransaction } from 'viem'
import type { Hex } from '../domain/addresses.ts'
import type { Draft } from '../domain/attempt.ts'

/** `draft` in viem's form. It never carries ETH. */
export const transactionOf = (draft: Draft) =>
  ({
    type: 'eip1559',
    chainId: draft.chainId,
    nonce: draft.nonce,
    gas: BigInt(draft.gas),
    maxFeePerGas: BigInt(draft.maxFeePerGas),
    maxPriorityFeePerGas: BigInt(draft.maxPriorityFeePerGas),
    to: draft.to,
    data: draft.data,
    value: 0n,
  }) as const

/** The id of a transaction that is not signed yet: the hash of all its fields, so it is the same for the same draft. */
export const intentId = (draft: Draft): Hex => keccak256(serializeTransaction(transactionOf(draft)))
