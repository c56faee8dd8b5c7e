import type { Server } from 'node:http'
import { type Hex, numberToHex } from 'viem'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Responder } from './base-node.ts'
import type { JsonRpcRequest } from './node-rpc.ts'

/** Calls `listener` with the number of each new head. Returns a function that stops it. */
export type OnHead = (listener: (number: number) => void) => () => void

export interface SocketOptions {
  onHead: OnHead
  /** The complete answer to one request that is not a subscription. */
  answer(item: JsonRpcRequest, isBatch: boolean): Promise<unknown>
  /** How many times a second the last head is announced again, after the announcement when it was new. */
  repeatedHeads?: number
}

interface Subscription {
  kind: string
  filter: unknown
}

/**
 * Serves JSON-RPC over WebSocket on `server`: `newHeads` and `logs` with each block of `node`. Subscriptions that Base
 * no longer has (pending transactions and logs, Flashblocks) are accepted and stay silent.
 */
export function serveWebSocket(
  server: Server,
  node: Responder,
  { onHead, answer, repeatedHeads = 0 }: SocketOptions,
): { close(): void } {
  const sockets = new WebSocketServer({ server })
  let ids = 0

  sockets.on('connection', (socket) => {
    const subscriptions = new Map<string, Subscription>()
    const notify = (subscription: string, result: unknown) =>
      send(socket, { jsonrpc: '2.0', method: 'eth_subscription', params: { subscription, result } })

    async function announce(number: number): Promise<void> {
      for (const [id, { kind, filter }] of subscriptions) {
        if (kind === 'newHeads') notify(id, await headerOf(node, number))
        if (kind === 'logs') for (const log of await logsOf(node, number, filter)) notify(id, log)
      }
    }

    function subscription({ method, params }: JsonRpcRequest): unknown {
      const [of, filter] = (params ?? []) as [string, unknown]
      if (method === 'eth_unsubscribe') return subscriptions.delete(of)
      ids += 1
      const id = numberToHex(ids, { size: 16 })
      subscriptions.set(id, { kind: of, filter })
      return id
    }

    async function respond(item: JsonRpcRequest, isBatch: boolean): Promise<unknown> {
      const isOwn = item.method === 'eth_subscribe' || item.method === 'eth_unsubscribe'
      return isOwn ? { jsonrpc: '2.0', id: item.id ?? null, result: subscription(item) } : answer(item, isBatch)
    }

    let last: number | undefined
    const end = onHead((number) => {
      last = number
      announce(number).catch(() => socket.terminate())
    })
    const repeating =
      repeatedHeads > 0 &&
      setInterval(() => {
        if (last !== undefined) announce(last).catch(() => socket.terminate())
      }, 1_000 / repeatedHeads)

    socket.on('message', async (data) => {
      try {
        const body = JSON.parse(String(data)) as JsonRpcRequest | JsonRpcRequest[]
        const isBatch = Array.isArray(body)
        send(socket, isBatch ? await Promise.all(body.map((item) => respond(item, true))) : await respond(body, false))
      } catch {
        socket.terminate()
      }
    })
    socket.on('close', () => {
      end()
      if (repeating) clearInterval(repeating)
    })
  })

  return {
    close() {
      for (const socket of sockets.clients) socket.terminate()
      sockets.close()
    },
  }
}

function send(socket: WebSocket, message: unknown): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
}

async function headerOf(node: Responder, number: number): Promise<unknown> {
  const found = await node.answer({ method: 'eth_getBlockByNumber', params: [numberToHex(number), false] })
  if ('error' in found || found.result === null) return null
  const { transactions, uncles, size, totalDifficulty, withdrawals, ...header } = found.result as Record<
    string,
    unknown
  >
  return header
}

async function logsOf(node: Responder, number: number, filter: unknown): Promise<readonly unknown[]> {
  const block: Hex = numberToHex(number)
  const params = [{ ...(filter as object), fromBlock: block, toBlock: block }]
  const found = await node.answer({ method: 'eth_getLogs', params })
  return 'error' in found ? [] : (found.result as unknown[])
}
