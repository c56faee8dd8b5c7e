import { keccak256, serializeTransaction } from 'viem'
import type { Hex } from '../domain/addresses.ts'
import type { Draft } from '../domain/attempt.ts'

/** `draft` as viem takes it. ETH is never sent along. */
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

/** What stands for the hash of a transaction that is not signed yet: of all its fields, so the same for the same draft. */
export const intentId = (draft: Draft): Hex => keccak256(serializeTransaction(transactionOf(draft)))
