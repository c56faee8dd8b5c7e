import type { Address, Hex } from '../domain/addresses.ts'
import { type Call, executeCall } from './calls.ts'
import { bytesOf, items, words } from './words.ts'

/** First four bytes of keccak-256 of each signature; a test compares them with viem's. */
const SELECTORS = {
  execute: 'b61d27f6', // execute(address,uint256,bytes)
  executeAs: '51945447', // execute(address,uint256,bytes,uint8), of Kernel 2
  executeMode: 'e9ae5c53', // execute(bytes32,bytes), of ERC-7579
  executeBatch: '34fcd5be', // executeBatch((address,uint256,bytes)[])
  executeLists: '47e1da2a', // executeBatch(address[],uint256[],bytes[])
  executePairs: '18dfb3c7', // executeBatch(address[],bytes[])
  executeUserOp: '7bb37428', // executeUserOp(address,uint256,bytes,uint8), of Safe4337Module
  executeUserOpWithErrorString: '541d63c8', // the same, which reverts with the reason of the call
  multiSend: '8d80ff0a', // multiSend(bytes)
} as const

/**
 * MultiSend and MultiSendCallOnly of Safe 1.4.1 and 1.5.0, the only code that a Safe may run as its own.
 *
 * @see https://github.com/safe-global/safe-deployments/tree/main/src/assets (checked 2026-12-01)
 */
export const MULTI_SENDS: readonly Address[] = [
  '0x38869bf66a61cF6bDB996A6aE40D5853Fd43B526',
  '0x9641d764fc13c8B624c04430C7356C1C7C8102e2',
  '0x218543288004CD07832472D464648173c77D7eB7',
  '0xA83c336B20401Af773B6219BA5027174338D1836',
]

const CALL = 0n
const DELEGATE_CALL = 1n

/**
 * Whether `data` makes an account do exactly `calls`, all or none, without ETH: it equals one of the forms in which the
 * known accounts put calls together. A library of accounts may add to them, so it is not believed. Pure.
 *
 * @see https://eips.ethereum.org/EIPS/eip-7579 (checked 2026-12-01)
 * @see https://github.com/safe-global/safe-modules/blob/main/modules/4337/contracts/Safe4337Module.sol (checked 2026-12-01)
 */
export function makesOnly(calls: readonly Call[], data: Hex, self: Address): boolean {
  const [only] = calls
  const forms = [...batches(calls, self), ...(calls.length === 1 && only !== undefined ? singles(only) : [])]
  return forms.includes(data.toLowerCase())
}

function batches(calls: readonly Call[], self: Address): string[] {
  const whole = calls.map(({ to, data }) => `${words(to, 0n, 96n)}${bytesOf(data)}`)
  const targets = words(BigInt(calls.length), ...calls.map(({ to }) => to))
  const values = words(BigInt(calls.length), ...calls.map(() => 0n))
  const datas = items(calls.map(({ data }) => bytesOf(data)))
  const listSize = 32n * BigInt(calls.length + 1)
  const packed = calls.map(
    ({ to, data }) => `00${to.slice(2)}${words(0n, BigInt(data.length / 2 - 1))}${data.slice(2)}`,
  )
  const multiSend: Hex = `0x${SELECTORS.multiSend}${words(32n)}${bytesOf(`0x${packed.join('')}`)}`
  return [
    executeCall(calls, self).data,
    `0x${SELECTORS.executeBatch}${words(32n)}${items(whole)}`,
    `0x${SELECTORS.executeLists}${words(96n, 96n + listSize, 96n + 2n * listSize)}${targets}${values}${datas}`,
    `0x${SELECTORS.executePairs}${words(64n, 64n + listSize)}${targets}${datas}`,
    ...MULTI_SENDS.flatMap((to) => safeForms({ to, data: multiSend }, DELEGATE_CALL)),
  ].map(lower)
}

function singles(call: Call): string[] {
  const { to, data } = call
  const execution: Hex = `0x${to.slice(2)}${words(0n)}${data.slice(2)}`
  return [
    `0x${SELECTORS.execute}${words(to, 0n, 96n)}${bytesOf(data)}`,
    `0x${SELECTORS.executeAs}${words(to, 0n, 128n, CALL)}${bytesOf(data)}`,
    `0x${SELECTORS.executeMode}${words(0n, 64n)}${bytesOf(execution)}`,
    ...safeForms(call, CALL),
  ].map(lower)
}

const safeForms = ({ to, data }: Call, operation: bigint): string[] =>
  [SELECTORS.executeUserOp, SELECTORS.executeUserOpWithErrorString].map(
    (selector) => `0x${selector}${words(to, 0n, 128n, operation)}${bytesOf(data)}`,
  )

const lower = (text: string): string => text.toLowerCase()
