import { type Address, encodeAbiParameters, type Hex, keccak256, numberToHex, parseAbiParameters } from 'viem'
import { ADDRESSES } from '../domain/addresses.ts'
import type { NodeRpc } from './node-rpc.ts'

/** Base units: wei, and those of the tokens. Omitted amounts are 0. */
export interface Funds {
  eth?: bigint
  vvv?: bigint
  usdc?: bigint
  diem?: bigint
}

/** Storage of `contracts/Token.sol`. */
const TOTAL_SUPPLY_SLOT = 2n
const BALANCES_SLOT = 3n

/**
 * Adds funds to `address` by writing storage: no transaction, no block, no event. The total supplies of the tokens grow
 * as well. Not safe to run twice at the same time.
 */
export async function addFunds(node: NodeRpc, address: Address, funds: Funds): Promise<void> {
  const { eth = 0n, ...tokens } = funds
  const balance = BigInt((await node.request({ method: 'eth_getBalance', params: [address, 'latest'] })) as Hex)
  await node.request({ method: 'anvil_setBalance', params: [address, numberToHex(balance + eth)] })
  const balanceSlot = keccak256(encodeAbiParameters(parseAbiParameters('address, uint256'), [address, BALANCES_SLOT]))
  for (const name of ['vvv', 'usdc', 'diem'] as const) {
    const amount = tokens[name] ?? 0n
    if (amount === 0n) continue
    for (const slot of [balanceSlot, numberToHex(TOTAL_SUPPLY_SLOT, { size: 32 })]) {
      const before = BigInt(
        (await node.request({ method: 'eth_getStorageAt', params: [ADDRESSES[name], slot, 'latest'] })) as Hex,
      )
      const after = numberToHex(before + amount, { size: 32 })
      await node.request({ method: 'anvil_setStorageAt', params: [ADDRESSES[name], slot, after] })
    }
  }
}
