import { ADDRESSES, type Address, type Hex } from '../domain/addresses.ts'
import type { Draft } from '../domain/attempt.ts'

/** What a transaction of this product is for, with its amounts in base units. There is nothing else that it signs. */
export type TypedPurpose =
  /** Lets the staking contract pull exactly `amount` VVV. */
  | { purpose: 'approve'; amount: bigint }
  | { purpose: 'revoke' }
  /** Stakes `amount` VVV for the wallet itself. */
  | { purpose: 'stake'; amount: bigint }
  /** Stakes `amount` VVV of this wallet for another one. */
  | { purpose: 'sponsor'; beneficiary: Address; amount: bigint }
  /** Locks `lock` sVVV for `least` DIEM or more. */
  | { purpose: 'mintDiem'; lock: bigint; least: bigint }
  | { purpose: 'stakeDiem'; amount: bigint }
  /** Sends nothing to the wallet itself, to use up a nonce. */
  | { purpose: 'fill' }

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
} as const

const WORD_DIGITS = 64
const MOST = 2n ** 256n - 1n

/**
 * The call for `typed`, encoded here rather than by whoever drafted it: what is signed rests on no text from disk or wire.
 * Pure.
 *
 * @param self - the wallet that signs.
 * @throws {RangeError} an amount is no uint256.
 * @see https://docs.soliditylang.org/en/latest/abi-spec.html
 */
export function callFor(typed: TypedPurpose, self: Address): Call {
  switch (typed.purpose) {
    case 'approve':
      return call(ADDRESSES.vvv, SELECTORS.approve, ADDRESSES.staking, typed.amount)
    case 'revoke':
      return call(ADDRESSES.vvv, SELECTORS.approve, ADDRESSES.staking, 0n)
    case 'stake':
      return call(ADDRESSES.staking, SELECTORS.stakeFor, self, typed.amount)
    case 'sponsor':
      return call(ADDRESSES.staking, SELECTORS.stakeFor, typed.beneficiary, typed.amount)
    case 'mintDiem':
      return call(ADDRESSES.staking, SELECTORS.mintDiem, typed.lock, typed.least)
    case 'stakeDiem':
      return call(ADDRESSES.diem, SELECTORS.stakeDiem, typed.amount)
    case 'fill':
      return { to: self, data: '0x' }
  }
}

/** What `draft` claims to be for; null where a field that this takes is missing or malformed. Believes no call data. Pure. */
export function typedPurposeOf({
  purpose,
  amount,
  beneficiary,
  data,
}: Pick<Draft, 'purpose' | 'amount' | 'beneficiary' | 'data'>): TypedPurpose | null {
  if (!/^\d{1,78}$/.test(amount)) return null
  const units = BigInt(amount)
  switch (purpose) {
    case 'approve':
    case 'stake':
    case 'stakeDiem':
      return { purpose, amount: units }
    case 'sponsor':
      return beneficiary === undefined ? null : { purpose, beneficiary, amount: units }
    case 'mintDiem': {
      // The least DIEM is in no other field than the last word of the data; the rest of the data is rebuilt and compared.
      const least = /^0x[0-9a-f]{8}[0-9a-f]{64}([0-9a-f]{64})$/.exec(data)?.[1]
      return least === undefined ? null : { purpose, lock: units, least: BigInt(`0x${least}`) }
    }
    case 'revoke':
    case 'fill':
      return { purpose }
    default:
      return null
  }
}

const call = (to: Address, selector: string, ...words: readonly (Address | bigint)[]): Call => ({
  to,
  data: `0x${selector}${words.map(wordOf).join('')}`,
})

function wordOf(value: Address | bigint): string {
  const number = BigInt(value)
  if (number < 0n || number > MOST) throw new RangeError(`${value} is no uint256.`)
  return number.toString(16).padStart(WORD_DIGITS, '0')
}
