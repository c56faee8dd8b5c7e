import type { Chain, Client, CustomTransport, PublicClient } from 'viem'
import {
  call,
  estimateGas,
  getBalance,
  getBlock,
  getChainId,
  getCode,
  getStorageAt,
  getTransaction,
  getTransactionCount,
  getTransactionReceipt,
  multicall,
  readContract,
} from 'viem/actions'

/** viem's own client has all actions, so bundlers cannot drop the unused ones. */
const ACTIONS = {
  call,
  estimateGas,
  getBalance,
  getBlock,
  getChainId,
  getCode,
  getStorageAt,
  getTransaction,
  getTransactionCount,
  getTransactionReceipt,
  multicall,
  readContract,
}
/** The part of viem's client that the reads need. */
export type ReadClient = Pick<PublicClient, keyof typeof ACTIONS | 'request'>

/** `client` with these actions. */
export function withActions(client: Client<CustomTransport, Chain>): ReadClient {
  const bound = Object.entries(ACTIONS).map(([name, action]) => {
    // Each takes a client and its own parameters; their types are those of `ReadClient`.
    const act = action as (self: typeof client, parameters: unknown) => unknown
    return [name, (parameters: unknown) => act(client, parameters)]
  })
  return { request: client.request, ...Object.fromEntries(bound) }
}
