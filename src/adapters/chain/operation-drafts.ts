import type { Address } from '../../domain/addresses.ts'
import { max } from '../../domain/amounts.ts'
import type { Draft } from '../../domain/attempt.ts'
import { gasOf, type OperationBatch } from '../../domain/batch.ts'
import { OperationRefusedError } from '../../errors/bundler.ts'
import type { OperationAccount } from '../../ports/account.ts'
import { type Operation, operationOf, rpcOperation } from '../user-operation.ts'
import { ALONE, draftFor, type Making, type Slot } from './account-survey.ts'
import type { Bundler } from './bundler.ts'
import { withMargin } from './estimates.ts'

/** Percent above what a bundler estimates: fees of Ethereum move while an operation waits, and bundlers then refuse it. */
const PRE_VERIFICATION_MARGIN = 20n
const VERIFICATION_MARGIN = 20n

interface Parts {
  account: OperationAccount
  address: Address
  bundler: Bundler
}

/** The user operation that makes the calls of `making`, with what the bundler and the paymaster's service say of it. No side effects. */
export async function draftOperation({ account, address, bundler }: Parts, making: Making, slot: Slot): Promise<Draft> {
  const { calls, batched = ALONE } = making
  const [data, factory] = await Promise.all([
    account.callData(calls.map(({ to, data: inner }) => ({ to, data: inner }))),
    account.factory(),
  ])
  const batch: OperationBatch = {
    via: 'operation',
    ...batched,
    entryPoint: account.entryPoint.address,
    callGas: '0',
    verificationGas: '0',
    preVerificationGas: '0',
    factory,
    paymaster: null,
  }
  return withGas({ account, bundler }, draftFor(making, slot, { from: address, data, gas: '0', batch }))
}

async function withGas(
  { account, bundler }: Pick<Parts, 'account' | 'bundler'>,
  draft: Draft & { batch: OperationBatch },
): Promise<Draft> {
  const { version } = account.entryPoint
  const stub = await account.stubSignature(draft)
  const rpc = (batch: OperationBatch) => rpcOperation(operationIn({ ...draft, batch }), version, stub)
  const offered = await bundler.paymaster(rpc(draft.batch), 'stub')
  const paying = (data: typeof offered, estimate?: { verification: bigint | null; postOp: bigint | null }) =>
    data && {
      address: data.address,
      data: data.data,
      verificationGas: max(BigInt(data.verificationGas), estimate?.verification ?? 0n).toString(),
      postOpGas: max(BigInt(data.postOpGas), estimate?.postOp ?? 0n).toString(),
    }
  const estimate = await bundler.estimate(rpc({ ...draft.batch, paymaster: paying(offered) }))
  const gas = { verification: estimate.paymasterVerificationGas, postOp: estimate.paymasterPostOpGas }
  const estimated: OperationBatch = {
    ...draft.batch,
    callGas: withMargin(draft.purpose, BigInt(estimate.callGas)).toString(),
    verificationGas: plus(estimate.verificationGas, VERIFICATION_MARGIN),
    preVerificationGas: plus(estimate.preVerificationGas, PRE_VERIFICATION_MARGIN),
    paymaster: paying(offered, gas),
  }
  const final = offered === null || offered.isFinal ? null : await bundler.paymaster(rpc(estimated), 'final')
  const held = estimated.paymaster
  // The limits are those that were estimated: the service signs them.
  const batch = final === null || held === null ? estimated : { ...estimated, paymaster: { ...held, data: final.data } }
  if (final !== null && final.address.toLowerCase() !== held?.address.toLowerCase())
    throw new OperationRefusedError('the paymaster has another address than it said first.')
  return { ...draft, batch, gas: gasOf(batch).toString() }
}

const plus = (gas: string, percent: bigint): string => ((BigInt(gas) * (100n + percent)) / 100n).toString()

function operationIn(draft: Draft): Operation {
  const operation = operationOf(draft)
  if (operation === null) throw new Error('The draft is no user operation.')
  return operation
}
