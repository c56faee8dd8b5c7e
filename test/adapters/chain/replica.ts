import { onTestFinished } from 'vitest'
import { createFaultScript } from '../../../src/sandbox/faults.ts'
import { createNodeRpc, type JsonRpcAnswer, type JsonRpcRequest } from '../../../src/sandbox/node-rpc.ts'
import { startRpcProxy } from '../../../src/sandbox/rpc-proxy.ts'

export type Answer = (
  request: Required<Pick<JsonRpcRequest, 'method'>> & { params: unknown[] },
) => Promise<JsonRpcAnswer>

/** An endpoint in front of `nodeUrl` that answers as `script` says; `node` is the node's own answer. */
export async function openScripted(
  nodeUrl: string,
  script: (request: Parameters<Answer>[0], node: Answer) => Promise<JsonRpcAnswer> | JsonRpcAnswer,
): Promise<string> {
  const node = createNodeRpc(nodeUrl)
  const answer = async ({ method, params }: JsonRpcRequest) =>
    script({ method, params: (params ?? []) as unknown[] }, (request) => node.answer(request))
  const proxy = await startRpcProxy({ node: { answer }, faults: createFaultScript() })
  onTestFinished(async () => {
    await proxy.close()
    node.close()
  })
  return proxy.url
}

/** The position of the block in a method's parameters. */
const BLOCK_AT: Record<string, number> = {
  eth_call: 1,
  eth_estimateGas: 1,
  eth_getBalance: 1,
  eth_getCode: 1,
  eth_getStorageAt: 2,
  eth_getTransactionCount: 1,
}

/** The block of a read, or null when it reads no state. `latest` when it names none. */
export const blockOf = ({ method, params }: { method: string; params: unknown[] }): string | null =>
  BLOCK_AT[method] === undefined ? null : String(params[BLOCK_AT[method]] ?? 'latest')

/** The same read at another block. */
export function movedTo<Request extends { method: string; params: unknown[] }>(
  request: Request,
  block: string,
): Request {
  const params = [...request.params]
  params[BLOCK_AT[request.method] ?? 0] = block
  return { ...request, params }
}
