import { ADDRESSES, type Address, type Hex } from '../domain/addresses.ts'
import type { Draft } from '../domain/attempt.ts'
import { BATCH_MODE, type Batch } from '../domain/batch.ts'
import { bytesOf, items, words } from './words.ts'

/** The purpose of a transaction, with its amounts in base units. This product signs no other transactions. */
export type TypedPurpose =
  /** Lets the staking contract pull exactly `amount` VVV. */
  | { purpose: 'approve'; amount: bigint }
  | { purpose: 'revoke' }
  /** Stakes `amount` VVV for the wallet itself, or for the address that mints in its place. */
  | { purpose: 'stake'; amount: bigint; recipient?: Address }
  /** Stakes `amount` VVV of this wallet for another one. */
  | { purpose: 'sponsor'; beneficiary: Address; amount: bigint }
  /** Locks `lock` sVVV for `least` DIEM or more. */
  | { purpose: 'mintDiem'; lock: bigint; least: bigint }
  | { purpose: 'stakeDiem'; amount: bigint }
  /** Sends nothing to the wallet itself, to use up a nonce. */
  | { purpose: 'fillNonce' }

export interface Call {
  to: Address
  data: Hex
}

/** First four bytes of keccak-256 of each signature; a test compares them with viem's. */
const SELECTORS = {
  approve: '095ea7b3', // approve(address,uint256)
  stakeFor: 'adc9772e', // stake(address,uint256)
  mintDiem: '2006efcb', // mintDiem(uint256,uint256)
  stakeDiem: 'a694fc3a', // stake(uint256), of DIEM
  execute: 'e9ae5c53', // execute(bytes32,bytes), of ERC-7821
} as const

/**
 * The call for `typed`. It is encoded here, so that nothing from disk or network decides what is signed. Pure.
 *
 * @param self - the wallet that signs.
 * @throws {RangeError} an amount is not a uint256.
 */
export function callFor(typed: TypedPurpose, self: Address): Call {
  switch (typed.purpose) {
    case 'approve':
      return call(ADDRESSES.vvv, SELECTORS.approve, ADDRESSES.staking, typed.amount)
    case 'revoke':
      return call(ADDRESSES.vvv, SELECTORS.approve, ADDRESSES.staking, 0n)
    case 'stake':
      return call(ADDRESSES.staking, SELECTORS.stakeFor, typed.recipient ?? self, typed.amount)
    case 'sponsor':
      return call(ADDRESSES.staking, SELECTORS.stakeFor, typed.beneficiary, typed.amount)
    case 'mintDiem':
      return call(ADDRESSES.staking, SELECTORS.mintDiem, typed.lock, typed.least)
    case 'stakeDiem':
      return call(ADDRESSES.diem, SELECTORS.stakeDiem, typed.amount)
    case 'fillNonce':
      return { to: self, data: '0x' }
  }
}

/**
 * The calls of a draft in their order: more than one where it approves, or stakes DIEM, in the same attempt. The approve is for
 * the stake and no more. Pure.
 *
 * @returns null if this product never makes such a batch.
 */
export function callsFor(
  typed: TypedPurpose,
  { batch, self }: { batch?: Batch | undefined; self: Address },
): Call[] | null {
  const own = callFor(typed, self)
  if (batch === undefined) return [own]
  const { approve, least, stakeDiem } = batch
  if ((least !== undefined || stakeDiem !== undefined) && typed.purpose !== 'mintDiem') return null
  if (approve !== '0') {
    if (typed.purpose !== 'stake' || approve !== typed.amount.toString()) return null
    return [callFor({ purpose: 'approve', amount: typed.amount }, self), own]
  }
  if (stakeDiem !== undefined)
    return /^[1-9]\d{0,77}$/.test(stakeDiem)
      ? [own, callFor({ purpose: 'stakeDiem', amount: BigInt(stakeDiem) }, self)]
      : null
  // A delegated account makes one call by a transaction like any other.
  return batch.via !== 'delegate' && isOfAccount(typed) ? [own] : null
}

/** The purposes that such an account may have: it does not sponsor and needs no nonce filler. */
const isOfAccount = ({ purpose }: TypedPurpose): boolean =>
  purpose === 'stake' || purpose === 'mintDiem' || purpose === 'stakeDiem' || purpose === 'revoke'

/**
 * `execute(mode, abi.encode(calls))` of ERC-7821, sent by the account to itself. The account's code refuses any other
 * sender. For a wallet that makes calls together, it is only the form in which they are recorded. Pure.
 *
 * @see https://eips.ethereum.org/EIPS/eip-7821 (checked 2026-11-30)
 */
export function executeCall(calls: readonly Call[], self: Address): Call {
  const list = `${words(32n)}${items(calls.map(({ to, data }) => `${words(to, 0n, 96n)}${bytesOf(data)}`))}`
  return { to: self, data: `0x${SELECTORS.execute}${BATCH_MODE.slice(2)}${words(64n)}${bytesOf(`0x${list}`)}` }
}

/**
 * The purpose that `draft` claims; null if a needed field is missing or malformed. Its call data is not trusted. Pure.
 */
export function typedPurposeOf({
  purpose,
  amount,
  beneficiary,
  data,
  batch,
}: Pick<Draft, 'purpose' | 'amount' | 'beneficiary' | 'data' | 'batch'>): TypedPurpose | null {
  if (!/^\d{1,78}$/.test(amount)) return null
  const units = BigInt(amount)
  switch (purpose) {
    case 'approve':
    case 'stakeDiem':
      return { purpose, amount: units }
    case 'stake':
      return { purpose, amount: units, ...(beneficiary !== undefined && { recipient: beneficiary }) }
    case 'sponsor':
      return beneficiary === undefined ? null : { purpose, beneficiary, amount: units }
    case 'mintDiem': {
      if (batch !== undefined) {
        const { least = '' } = batch
        return /^\d{1,78}$/.test(least) ? { purpose, lock: units, least: BigInt(least) } : null
      }
      // The least DIEM is only in the last word of the data. The rest of the data is rebuilt and compared.
      const least = /^0x[0-9a-f]{8}[0-9a-f]{64}([0-9a-f]{64})$/.exec(data)?.[1]
      return least === undefined ? null : { purpose, lock: units, least: BigInt(`0x${least}`) }
    }
    case 'revoke':
    case 'fillNonce':
      return { purpose }
    default:
      return null
  }
}

const call = (to: Address, selector: string, ...values: readonly (Address | bigint)[]): Call => ({
  to,
  data: `0x${selector}${words(...values)}`,
})
