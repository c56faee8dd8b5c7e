import { type Address, BASE_CHAIN_ID, isSameAddress } from '../domain/addresses.ts'
import type { Attempt, Draft, Purpose, SignedTransaction } from '../domain/attempt.ts'
import { gasOf, termsText } from '../domain/batch.ts'
import { CallDataRefusedError, GasLimitRefusedError } from '../errors/policy.ts'
import { RecordChangedError } from '../errors/store.ts'
import type { OperationAccount } from '../ports/account.ts'
import { makesOnly } from './account-calls.ts'
import { type Call, callsFor, executeCall, typedPurposeOf } from './calls.ts'

/** The wallet that signs, and its chain. */
export interface Wallet {
  address: Address
  chainId: number
  /** The other wallet that it stakes for, whose signer is in this process too. Absent: it stakes for itself. */
  mintAs?: Address
  /** How an account that acts through user operations encodes calls. Absent: it sends transactions. */
  callData?: OperationAccount['callData']
  /** Another program makes its calls together, under an id. Absent: it does not. */
  makesCalls?: boolean
}

/**
 * The highest gas limit that is signed for each purpose: about twice what the contracts use, which is 122 k for a stake
 * and about 360 k for a lock, estimate margins included. A higher estimate means another contract.
 *
 * @see facts of 2026-11-30: transaction 0xc440e54f…35f5 on Base took 121,584
 */
const MOST_GAS: Readonly<Record<Purpose, bigint>> = {
  approve: 250_000n,
  revoke: 250_000n,
  fillNonce: 100_000n,
  stake: 1_000_000n,
  sponsor: 1_000_000n,
  mintDiem: 1_500_000n,
  stakeDiem: 600_000n,
}
/** The same for a user operation: approve and stake, deploying the account, and checking its passkey. */
const MOST_OPERATION_GAS = 6_000_000n

/**
 * `draft` with the recipient and call data rebuilt from its purpose and amounts; its own are not used. Pure.
 *
 * @throws {RecordChangedError} it is of another wallet or chain, or differs from what was built.
 * @throws {CallDataRefusedError} the account would do something else as well.
 * @throws {GasLimitRefusedError} its gas limit is higher than its purpose ever needs.
 */
export async function rebuilt(draft: Draft, wallet: Wallet): Promise<Draft> {
  const { address, chainId } = wallet
  const typed = typedPurposeOf(draft)
  const wrong: string[] = []
  if (draft.chainId !== chainId || chainId !== BASE_CHAIN_ID) wrong.push('chainId')
  if (!isSameAddress(draft.from, address)) wrong.push('from')
  if (!Number.isSafeInteger(draft.nonce) || draft.nonce < 0) wrong.push('nonce')
  for (const field of ['gas', 'maxFeePerGas', 'maxPriorityFeePerGas', 'l1Fee'] as const) {
    if (!/^\d{1,30}$/.test(draft[field])) wrong.push(field)
  }
  if (typed === null) throw changed(draft, ['purpose', ...wrong])
  // This process decides who gets the stake, not the draft or a record.
  if (draft.purpose === 'stake' && !isSameAddress(draft.beneficiary ?? address, wallet.mintAs ?? address))
    wrong.push('beneficiary')
  const calls = callsFor(typed, { batch: draft.batch, self: address })
  if (calls === null) throw changed(draft, ['batch', ...wrong])
  const call = await callOf(draft, calls, wallet)
  if (call === null) throw changed(draft, ['batch', ...wrong])
  if (!isSameAddress(draft.to, call.to)) wrong.push('to')
  if (lower(draft.data) !== lower(call.data)) wrong.push('data')
  if (wrong.length > 0) throw changed(draft, wrong)
  if (BigInt(draft.maxPriorityFeePerGas) > BigInt(draft.maxFeePerGas)) throw changed(draft, ['maxPriorityFeePerGas'])
  if (draft.batch?.via === 'operation' && gasOf(draft.batch) !== BigInt(draft.gas)) throw changed(draft, ['gas'])
  const most = draft.batch?.via === 'operation' ? MOST_OPERATION_GAS : MOST_GAS[draft.purpose]
  if (BigInt(draft.gas) > most) throw new GasLimitRefusedError({ purpose: draft.purpose, gas: draft.gas, most })
  return { ...draft, from: address, ...call }
}

/**
 * The call with which the account makes `calls`; null if the draft is for another kind of account.
 *
 * @throws {CallDataRefusedError}
 */
async function callOf(
  { batch }: Draft,
  calls: readonly Call[],
  { address, callData, makesCalls = false }: Wallet,
): Promise<Call | null> {
  if ((batch?.via === 'calls') !== makesCalls) return null
  if ((batch?.via === 'operation') !== (callData !== undefined)) return null
  if (callData !== undefined) {
    const data = await callData(calls)
    if (!makesOnly(calls, data, address)) throw new CallDataRefusedError(address, data)
    return { to: address, data }
  }
  return batch === undefined ? (calls[0] ?? null) : executeCall(calls, address)
}

/**
 * Checks that an attempt of the record is what it claims: it equals what its purpose rebuilds to, and its signed bytes,
 * if any, are exactly that transaction, signed by this wallet. Reads only its arguments.
 *
 * @param decode - decodes signed bytes; null if they are not a signed transaction.
 * @throws {RecordChangedError}
 */
export async function requireUnchanged(
  attempt: Attempt,
  wallet: Wallet,
  decode: (raw: NonNullable<Attempt['raw']>) => Promise<SignedTransaction | null>,
): Promise<void> {
  const built = await rebuilt(attempt, wallet)
  // With another id, the wallet would make the same calls again.
  if (built.batch?.via === 'calls' && (attempt.raw !== null || built.batch.id !== attempt.intent))
    throw changed(attempt, ['batch'])
  if (attempt.raw === null) return
  const signed = await decode(attempt.raw)
  if (signed === null) throw changed(attempt, ['raw'])
  const pairs: Readonly<Record<string, [unknown, unknown]>> = {
    from: [lower(signed.from), lower(built.from)],
    chainId: [signed.chainId, built.chainId],
    nonce: [signed.nonce, built.nonce],
    gas: [BigInt(signed.gas), BigInt(built.gas)],
    maxFeePerGas: [BigInt(signed.maxFeePerGas), BigInt(built.maxFeePerGas)],
    maxPriorityFeePerGas: [BigInt(signed.maxPriorityFeePerGas), BigInt(built.maxPriorityFeePerGas)],
    to: [lower(signed.to ?? ''), lower(built.to)],
    data: [lower(signed.data), lower(built.data)],
    value: [BigInt(signed.value), 0n],
    hash: [lower(signed.hash), lower(signedHashOf(attempt))],
    terms: [signed.terms ?? null, built.batch?.via === 'operation' ? termsText(built.batch) : null],
  }
  const wrong = Object.keys(pairs).filter((name) => pairs[name]?.[0] !== pairs[name]?.[1])
  if (wrong.length > 0) throw changed(attempt, wrong)
}

/** A user operation has its own hash; the transaction that carries it has another. */
const signedHashOf = ({ batch, intent, hash }: Attempt): string =>
  batch?.via === 'operation' && intent !== undefined ? intent : hash

const changed = ({ purpose, nonce }: Draft, fields: readonly string[]): RecordChangedError =>
  new RecordChangedError(`the ${purpose} with nonce ${nonce} is not what that stands for`, {
    facts: [`Fields that differ: ${fields.join(', ')}`],
  })

const lower = (text: string): string => text.toLowerCase()
