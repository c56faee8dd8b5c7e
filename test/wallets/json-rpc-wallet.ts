import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type Hex, hexToBigInt, hexToNumber, hexToString } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { onTestFinished } from 'vitest'

/** Faults of a request to send: `before` and `after` the node has the transaction. */
export type OnSend = (moment: 'before' | 'after') => Promise<'go on' | 'drop'> | 'go on' | 'drop'

export interface JsonRpcWallet {
  url: string
  /** Requested methods, in order. */
  asked: readonly string[]
  /** Default: no fault. */
  onSend: OnSend
  /** Sends under the next nonce, whatever the request says. Default false. */
  ignoresNonces: boolean
  /** The chain id that it reports. Default: the node's. */
  chainId: Hex | null
}

type Params = readonly [Record<string, Hex>]

/**
 * A wallet for pages and programs over JSON-RPC: it holds the key of one account, and signs what it sends. It
 * forwards everything else to the node at `rpcUrl`. Ends with the test.
 */
export async function startJsonRpcWallet(rpcUrl: string, privateKey: Hex): Promise<JsonRpcWallet> {
  const account = privateKeyToAccount(privateKey)
  const asked: string[] = []
  const node = async (method: string, params: readonly unknown[] = []) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const reply = await fetch(rpcUrl, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    return (await reply.json()) as { result?: unknown; error?: { code: number; message: string } }
  }

  async function send([asked]: Params) {
    const { nonce, chainId, gas, maxFeePerGas, maxPriorityFeePerGas, to, data = '0x' } = asked ?? {}
    if (!nonce || !chainId || !gas || !maxFeePerGas || !maxPriorityFeePerGas || !to) throw new Error('incomplete')
    const next = async () => (await node('eth_getTransactionCount', [account.address, 'pending'])).result as Hex
    if ((await wallet.onSend('before')) === 'drop') return null
    const raw = await account.signTransaction({
      type: 'eip1559',
      chainId: hexToNumber(chainId),
      nonce: hexToNumber(wallet.ignoresNonces ? await next() : nonce),
      gas: hexToBigInt(gas),
      maxFeePerGas: hexToBigInt(maxFeePerGas),
      maxPriorityFeePerGas: hexToBigInt(maxPriorityFeePerGas),
      to,
      data,
    })
    const answer = await node('eth_sendRawTransaction', [raw])
    return (await wallet.onSend('after')) === 'drop' ? null : answer
  }

  async function answer(method: string, params: readonly unknown[]) {
    switch (method) {
      case 'eth_accounts':
      case 'eth_requestAccounts':
        return { result: [account.address.toLowerCase()] }
      case 'eth_chainId':
        return wallet.chainId === null ? node(method) : { result: wallet.chainId }
      case 'personal_sign':
        return { result: await account.signMessage({ message: hexToString(params[0] as Hex) }) }
      case 'eth_signTypedData_v4': {
        const { EIP712Domain: _, ...types } = JSON.parse(params[1] as string).types
        return { result: await account.signTypedData({ ...JSON.parse(params[1] as string), types }) }
      }
      case 'eth_sendTransaction':
        return send(params as Params)
      case 'eth_signTransaction':
        return { error: { code: -32601, message: 'this wallet signs no transaction without sending it' } }
      default:
        return node(method, params)
    }
  }

  const server = createServer(async (request, response) => {
    const body = JSON.parse(await text(request)) as Request | Request[]
    const replies = await Promise.all(
      [body].flat().map(async ({ id, method, params = [] }) => {
        asked.push(method)
        const reply = await answer(method, params)
        return reply && { ...reply, jsonrpc: '2.0', id }
      }),
    )
    if (replies.includes(null)) return request.socket.destroy()
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(Array.isArray(body) ? replies : replies[0]))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const wallet: JsonRpcWallet = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    onSend: () => 'go on',
    ignoresNonces: false,
    chainId: null,
  }
  return wallet
}

interface Request {
  id: number
  method: string
  params?: readonly unknown[]
}
