import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Address, decodeFunctionData, encodeAbiParameters, type Hex, parseAbi } from 'viem'
import { ADDRESSES } from '../../../src/domain/addresses.ts'

const ABI = parseAbi([
  'function balanceOf(address) view returns (uint256)',
  'function stakedInfos(address) view returns (uint256, uint256, uint256)',
  'function isValidSignature(bytes32, bytes) view returns (bytes4)',
])

interface RpcRequest {
  id: number
  method: string
  params: [{ to: Address; data: Hex }]
}

/** A node with three balances, and one contract that signs for itself. Amounts in base units. */
export async function startFakeChain() {
  const balances = new Map<string, bigint>()
  const smartWallets = new Set<string>()
  /** `failing` is the method that gets HTTP 503. */
  const state = { failing: '', requests: 0, gate: undefined as Promise<void> | undefined }

  const call = ({ to, data }: { to: Address; data: Hex }): Hex => {
    const { functionName, args } = decodeFunctionData({ abi: ABI, data })
    if (functionName === 'isValidSignature') return '0x1626ba7e'.padEnd(66, '0') as Hex
    const amount = balances.get(`${to} ${args[0]}`.toLowerCase()) ?? 0n
    return encodeAbiParameters(
      functionName === 'balanceOf'
        ? [{ type: 'uint256' }]
        : [{ type: 'uint256' }, { type: 'uint256' }, { type: 'uint256' }],
      functionName === 'balanceOf' ? [amount] : [amount, 0n, 0n],
    )
  }
  const answer = ({ id, method, params }: RpcRequest) => {
    if (method === 'eth_call') return { jsonrpc: '2.0', id, result: call(params[0]) }
    if (method === 'eth_getCode')
      return { jsonrpc: '2.0', id, result: smartWallets.has(String(params[0]).toLowerCase()) ? '0xfe' : '0x' }
    if (method === 'eth_chainId') return { jsonrpc: '2.0', id, result: '0x2105' }
    return { jsonrpc: '2.0', id, error: { code: -32601, message: 'method not found' } }
  }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    state.requests += 1
    await state.gate
    const body = JSON.parse(Buffer.concat(chunks).toString()) as RpcRequest | RpcRequest[]
    if ([body].flat().some(({ method }) => method === state.failing)) return response.writeHead(503).end('{}')
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(Array.isArray(body) ? body.map(answer) : answer(body)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const set = (token: Address) => (owner: Address, amount: bigint) =>
    balances.set(`${token} ${owner}`.toLowerCase(), amount)
  return {
    rpcUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    state,
    setSVvv: set(ADDRESSES.staking),
    setStakedDiem: set(ADDRESSES.diem),
    setUsdc: set(ADDRESSES.usdc),
    addSmartWallet: (address: Address) => smartWallets.add(address.toLowerCase()),
    /** Holds every request until the returned function is called. */
    hold() {
      let open = () => {}
      state.gate = new Promise((resolve) => {
        open = resolve
      })
      return () => open()
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
