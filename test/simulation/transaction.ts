import { createHash } from 'node:crypto'
import { ADDRESSES, type Address, type Hex } from '../../src/domain/addresses.ts'
import type { Draft, Purpose } from '../../src/domain/attempt.ts'

/** What the simulated chain reads from signed bytes. */
export interface Transaction {
  hash: Hex
  nonce: number
  to: Address
  data: Hex
  gas: bigint
  maxFeePerGas: bigint
  maxPriorityFeePerGas: bigint
  l1Fee: bigint
}

/** The calls that do something here. */
type CallPurpose = Extract<Purpose, 'approve' | 'stake'>

const SELECTORS: Readonly<Record<CallPurpose, string>> = { approve: '095ea7b3', stake: 'adc9772e' }

const word = (hex: string): string => hex.toLowerCase().padStart(64, '0')

/** `approve(staking, amount)` on VVV, or `stake(address, amount)` on the staking contract. */
export function callOf(purpose: CallPurpose, address: Address, amount: bigint): { to: Address; data: Hex } {
  const isApprove = purpose === 'approve'
  const account = isApprove ? ADDRESSES.staking : address
  return {
    to: isApprove ? ADDRESSES.vvv : ADDRESSES.staking,
    data: `0x${SELECTORS[purpose]}${word(account.slice(2))}${word(amount.toString(16))}`,
  }
}

/** Purpose and amount of a call, or null when it is neither. */
export function readCall({ to, data }: Pick<Transaction, 'to' | 'data'>): {
  purpose: CallPurpose
  amount: bigint
} | null {
  const amount = (): bigint => BigInt(`0x${data.slice(-64)}`)
  if (to === ADDRESSES.vvv && data.startsWith(`0x${SELECTORS.approve}`)) return { purpose: 'approve', amount: amount() }
  if (to === ADDRESSES.staking && data.startsWith(`0x${SELECTORS.stake}`)) return { purpose: 'stake', amount: amount() }
  return null
}

/** Signed bytes: not RLP, but all that is signed is in them. `salt` stands for the signature. */
export function encode(
  { nonce, to, data, gas, maxFeePerGas, maxPriorityFeePerGas, l1Fee }: Omit<Draft, 'purpose'>,
  salt: string,
): Hex {
  const text = JSON.stringify({ nonce, to, data, gas, maxFeePerGas, maxPriorityFeePerGas, l1Fee, salt })
  return `0x02${Buffer.from(text).toString('hex')}`
}

export function decode(raw: Hex): Transaction {
  const { nonce, to, data, ...wei } = JSON.parse(Buffer.from(raw.slice(4), 'hex').toString())
  return {
    hash: hashOf(raw),
    nonce,
    to,
    data,
    gas: BigInt(wei.gas),
    maxFeePerGas: BigInt(wei.maxFeePerGas),
    maxPriorityFeePerGas: BigInt(wei.maxPriorityFeePerGas),
    l1Fee: BigInt(wei.l1Fee),
  }
}

export const hashOf = (raw: Hex): Hex => `0x${createHash('sha256').update(raw).digest('hex')}`
