import { createHash } from 'node:crypto'
import { ADDRESSES, type Address, BASE_CHAIN_ID, type Hex } from '../../src/domain/addresses.ts'
import type { Draft, Purpose, SignedTransaction } from '../../src/domain/attempt.ts'
import { ADDRESS } from '../support/samples.ts'

/** The fields that the simulated chain reads from signed bytes. */
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

/** The calls with an effect here. */
type CallPurpose = Extract<Purpose, 'approve' | 'stake' | 'mintDiem' | 'stakeDiem'>

const SELECTORS: Readonly<Record<CallPurpose, string>> = {
  approve: '095ea7b3',
  stake: 'adc9772e',
  mintDiem: '2006efcb',
  stakeDiem: 'a694fc3a',
}
const TARGETS: Readonly<Record<CallPurpose, Address>> = {
  approve: ADDRESSES.vvv,
  stake: ADDRESSES.staking,
  mintDiem: ADDRESSES.staking,
  stakeDiem: ADDRESSES.diem,
}

const word = (hex: string): string => hex.toLowerCase().padStart(64, '0')

/**
 * `approve(staking, amount)` on VVV, `stake(address, amount)` or `mintDiem(amount, least)` on the staking contract, or
 * `stake(amount)` on DIEM.
 */
export function callOf(
  purpose: CallPurpose,
  address: Address,
  amount: bigint,
  least: bigint = 0n,
): { to: Address; data: Hex } {
  const [own, number] = [word(address.slice(2)), word(amount.toString(16))]
  const words: Readonly<Record<CallPurpose, readonly string[]>> = {
    approve: [word(ADDRESSES.staking.slice(2)), number],
    stake: [own, number],
    mintDiem: [number, word(least.toString(16))],
    stakeDiem: [number],
  }
  return { to: TARGETS[purpose], data: `0x${SELECTORS[purpose]}${words[purpose].join('')}` }
}

export interface Call {
  purpose: CallPurpose
  amount: bigint
  /** For mintDiem: the minimum of DIEM. */
  least: bigint
}

/** The decoded call, or null when it is not ours. */
export function readCall({ to, data }: Pick<Transaction, 'to' | 'data'>): Call | null {
  const purpose = (Object.keys(SELECTORS) as CallPurpose[]).find(
    (name) => to === TARGETS[name] && data.startsWith(`0x${SELECTORS[name]}`),
  )
  if (purpose === undefined) return null
  const last = BigInt(`0x${data.slice(-64)}`)
  const first = BigInt(`0x${data.slice(10, 74)}`)
  return purpose === 'mintDiem' ? { purpose, amount: first, least: last } : { purpose, amount: last, least: 0n }
}

/** Signed bytes: not RLP, but with all signed fields. `salt` stands for the signature. */
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

/** The same in the gate's form. */
export function signedIn(raw: Hex): SignedTransaction | null {
  try {
    const { hash, nonce, to, data, gas, maxFeePerGas, maxPriorityFeePerGas } = decode(raw)
    return {
      from: ADDRESS,
      chainId: BASE_CHAIN_ID,
      nonce,
      to,
      data,
      gas: gas.toString(),
      maxFeePerGas: maxFeePerGas.toString(),
      maxPriorityFeePerGas: maxPriorityFeePerGas.toString(),
      value: '0',
      hash,
    }
  } catch {
    return null
  }
}

export const hashOf = (raw: Hex): Hex => `0x${createHash('sha256').update(raw).digest('hex')}`
