import { Agent, request as httpRequest } from 'node:http'
import { text } from 'node:stream/consumers'
import { RpcRequestError } from 'viem'

export interface JsonRpcRequest {
  jsonrpc?: string
  id?: unknown
  method: string
  params?: unknown
}

export interface JsonRpcError {
  code: number
  message: string
  data?: unknown
}

export type JsonRpcAnswer = { result: unknown } | { error: JsonRpcError }

/** JSON-RPC over kept-alive connections. Also an EIP-1193 provider, for viem's `custom` transport. */
export interface NodeRpc {
  /** The node's answer, which may be an error. */
  answer(request: JsonRpcRequest): Promise<JsonRpcAnswer>
  /**
   * The node's result.
   *
   * @throws {RpcRequestError} the node answered with an error.
   */
  request(request: { method: string; params?: unknown }): Promise<unknown>
  /** Closes the connections. */
  close(): void
}

/** Talks to the node at `url`, without time-outs or retries: it is on this machine. */
export function createNodeRpc(url: string): NodeRpc {
  const agent = new Agent({ keepAlive: true })
  const post = (body: string) =>
    new Promise<string>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
      httpRequest(url, { method: 'POST', agent, headers }, (response) => text(response).then(resolve, reject))
        .on('error', reject)
        .end(body)
    })
  const answer = async ({ method, params = [] }: JsonRpcRequest) =>
    JSON.parse(await post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))) as JsonRpcAnswer
  return {
    answer,
    async request(request) {
      const reply = await answer(request)
      if ('error' in reply) throw new RpcRequestError({ body: request, error: reply.error, url })
      return reply.result
    },
    close: () => agent.destroy(),
  }
}
