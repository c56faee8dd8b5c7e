import { request as httpRequest } from 'node:http'
import { text } from 'node:stream/consumers'
import { type Hex, keccak256, parseEther, type TransactionSerializableEIP1559 } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { FaultEffect } from '../../src/sandbox/faults.ts'
import { type SandboxChain, startChain } from '../../src/sandbox/local-chain.ts'

const GWEI = 10n ** 9n

let chain: SandboxChain
beforeAll(async () => {
  chain = await startChain()
  await chain.setBlockTime(undefined)
})
beforeEach(() => {
  chain.faults.clear()
  chain.requests.reset()
})
afterAll(() => chain.close())

interface Reply {
  status: number
  headers: NodeJS.Dict<string | string[]>
  body: string
}

function post(body: unknown): Promise<Reply> {
  return new Promise((resolve, reject) => {
    httpRequest(chain.rpcUrl, { method: 'POST' }, (response) =>
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        reject,
      ),
    )
      .on('error', reject)
      .end(typeof body === 'string' ? body : JSON.stringify(body))
  })
}

const item = (method: string, params: unknown[] = [], id = 1) => ({ jsonrpc: '2.0', id, method, params })
const rpc = async (method: string, params?: unknown[]) => JSON.parse((await post(item(method, params))).body)
const sendRaw = (raw: Hex) => rpc('eth_sendRawTransaction', [raw])
const known = async (hash: Hex) => (await rpc('eth_getTransactionByHash', [hash])).result !== null
const addFault = (on: string, effect: FaultEffect) => chain.faults.add({ on, effect })

async function openSender(eth = parseEther('1')) {
  const { privateKey } = await chain.createWallet({ eth })
  const account = privateKeyToAccount(privateKey)
  const sign = (fields: Partial<TransactionSerializableEIP1559> = {}) =>
    account.signTransaction({
      type: 'eip1559',
      chainId: chain.chainId,
      nonce: 0,
      to: account.address,
      gas: 50_000n,
      maxFeePerGas: GWEI,
      maxPriorityFeePerGas: GWEI / 10n,
      ...fields,
    })
  return { address: account.address, sign }
}

describe('as a node of Base, the proxy', () => {
  it('knows a transaction that is already in its pool', async () => {
    const raw = await (await openSender()).sign()
    expect(await sendRaw(raw)).toMatchObject({ result: keccak256(raw) })
    expect(await sendRaw(raw)).toMatchObject({ error: { code: -32000, message: 'already known' } })
  })

  it('rejects a used nonce', async () => {
    const raw = await (await openSender()).sign()
    await sendRaw(raw)
    await chain.mine()
    expect(await sendRaw(raw)).toMatchObject({ error: { code: -32000, message: 'nonce too low' } })
  })

  it('rejects a transaction that the sender cannot pay for', async () => {
    const raw = await (await openSender(0n)).sign()
    const error = { code: -32000, message: 'insufficient funds for gas * price + value' }
    expect(await sendRaw(raw)).toMatchObject({ error })
  })

  it('replaces a transaction only when both fees are ten percent higher', async () => {
    const { sign } = await openSender()
    await sendRaw(await sign())
    const refused = { error: { code: -32000, message: 'replacement transaction underpriced' } }
    const bumped = { maxFeePerGas: (GWEI * 11n) / 10n, maxPriorityFeePerGas: (GWEI * 11n) / 100n }
    expect(await sendRaw(await sign({ maxFeePerGas: bumped.maxFeePerGas }))).toMatchObject(refused)
    expect(await sendRaw(await sign({ maxPriorityFeePerGas: bumped.maxPriorityFeePerGas }))).toMatchObject(refused)
    expect(await sendRaw(await sign({ ...bumped, maxFeePerGas: bumped.maxFeePerGas - 1n }))).toMatchObject(refused)
    const replacement = await sign(bumped)
    expect(await sendRaw(replacement)).toMatchObject({ result: keccak256(replacement) })
  })

  it('rejects more gas than one transaction may use', async () => {
    const raw = await (await openSender()).sign({ gas: 16_777_217n })
    const error = { code: -32000, message: 'exceeds maximum per-transaction gas limit' }
    expect(await sendRaw(raw)).toMatchObject({ error })
  })

  it('accepts one transaction at a time, in order, from an account with delegated code', async () => {
    const { address, sign } = await openSender()
    await chain.setDelegation(address)
    const gapped = { code: -32000, message: 'gapped-nonce tx from delegated accounts' }
    expect(await sendRaw(await sign({ nonce: 1 }))).toMatchObject({ error: gapped })
    await sendRaw(await sign())
    const inFlight = { code: -32000, message: 'in-flight transaction limit reached for delegated accounts' }
    expect(await sendRaw(await sign({ nonce: 1 }))).toMatchObject({ error: inFlight })
    await chain.mine()
    expect(await sendRaw(await sign({ nonce: 1 }))).toHaveProperty('result')
  })

  it.each([
    'eth_fillTransaction',
    'eth_sendTransaction',
    'anvil_setBalance',
    'evm_mine',
    'personal_sign',
    'txpool_content',
  ])('does not support %s', async (method) => {
    expect(await rpc(method, [{}])).toMatchObject({ id: 1, error: { code: -32601 } })
  })

  it('suggests the fees of Base', async () => {
    await chain.mine(20)
    expect(await rpc('eth_maxPriorityFeePerGas')).toMatchObject({ result: '0xf4240' })
    expect(BigInt((await rpc('eth_gasPrice')).result)).toBe(6_000_000n)
  })

  it('passes on the reason of a revert', async () => {
    const { address } = await openSender()
    const call = { to: '0x321b7ff75154472B18EDb199033fF4D116F340Ff', from: address, data: '0x0ea94341' }
    const error = {
      code: 3,
      message: expect.stringContaining('NO_COOLDOWN'),
      data: expect.stringMatching(/^0x08c379a0/),
    }
    expect(await rpc('eth_call', [call, 'latest'])).toMatchObject({ error })
  })

  it('answers invalid JSON with a parse error', async () => {
    expect(JSON.parse((await post('{')).body)).toMatchObject({ error: { code: -32700 } })
  })
})

describe('faults', () => {
  it('reply: answers in place of the node', async () => {
    addFault('eth_chainId', { kind: 'reply', status: 502, headers: { 'content-type': 'text/html' }, body: '<html>' })
    expect(await post(item('eth_chainId'))).toMatchObject({
      status: 502,
      headers: { 'content-type': 'text/html' },
      body: '<html>',
    })
    expect(await rpc('eth_chainId')).toMatchObject({ result: '0x2105' })
  })

  it('rpcError: answers with the error, its status and its headers', async () => {
    const headers = { 'retry-after': '1' }
    addFault('eth_chainId', { kind: 'rpcError', code: -32016, message: 'over rate limit', status: 429, headers })
    const { status, headers: received, body } = await post(item('eth_chainId'))
    expect({ status, after: received['retry-after'] }).toEqual({ status: 429, after: '1' })
    expect(JSON.parse(body)).toEqual({ jsonrpc: '2.0', id: 1, error: { code: -32016, message: 'over rate limit' } })
  })

  it('rpcResult: hides a receipt', async () => {
    const raw = await (await openSender()).sign()
    const { result: hash } = await sendRaw(raw)
    await chain.mine()
    addFault('eth_getTransactionReceipt', { kind: 'rpcResult', result: null })
    expect(await rpc('eth_getTransactionReceipt', [hash])).toMatchObject({ result: null })
    expect(await rpc('eth_getTransactionReceipt', [hash])).toMatchObject({ result: { transactionHash: hash } })
  })

  it('forget: answers with the hash of a transaction that never arrives', async () => {
    const raw = await (await openSender()).sign()
    addFault('eth_sendRawTransaction', { kind: 'forget' })
    expect(await sendRaw(raw)).toMatchObject({ result: keccak256(raw) })
    expect(await known(keccak256(raw))).toBe(false)
  })

  it('dropBefore: resets the connection and the transaction does not arrive', async () => {
    const raw = await (await openSender()).sign()
    addFault('eth_sendRawTransaction', { kind: 'dropBefore' })
    await expect(sendRaw(raw)).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(await known(keccak256(raw))).toBe(false)
  })

  it('dropAfter: resets the connection and the transaction has arrived', async () => {
    const raw = await (await openSender()).sign()
    addFault('eth_sendRawTransaction', { kind: 'dropAfter' })
    await expect(sendRaw(raw)).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(await known(keccak256(raw))).toBe(true)
  })

  it('truncate: cuts the answer short and the transaction has arrived', async () => {
    const raw = await (await openSender()).sign()
    addFault('eth_sendRawTransaction', { kind: 'truncate', bytes: 20 })
    await expect(sendRaw(raw)).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(await known(keccak256(raw))).toBe(true)
  })

  it('delay: handles the request later', async () => {
    addFault('eth_chainId', { kind: 'delay', ms: 30 })
    const delayed = rpc('eth_chainId').then(() => 'delayed')
    const prompt = rpc('eth_blockNumber').then(() => 'prompt')
    expect(await Promise.race([delayed, prompt])).toBe('prompt')
    expect(await delayed).toBe('delayed')
  })

  it('affect the matching requests, as often as configured', async () => {
    chain.faults.add({ on: 'eth_chainId', skip: 1, times: 2, effect: { kind: 'rpcResult', result: 'faulty' } })
    const results: unknown[] = []
    for (let i = 0; i < 4; i++) results.push((await rpc('eth_chainId')).result)
    expect(results).toEqual(['0x2105', 'faulty', 'faulty', '0x2105'])
  })
})

describe('batches', () => {
  const batch = [item('eth_chainId', [], 7), item('eth_blockNumber', [], 8), item('anvil_mine', [], 9)]

  it('are answered item by item, in order', async () => {
    addFault('eth_blockNumber', { kind: 'rpcError', code: -32005, message: 'limit exceeded' })
    expect(JSON.parse((await post(batch)).body)).toMatchObject([
      { id: 7, result: '0x2105' },
      { id: 8, error: { code: -32005 } },
      { id: 9, error: { code: -32601 } },
    ])
  })

  it('fail as a whole when they are lost', async () => {
    addFault('eth_blockNumber', { kind: 'dropBefore' })
    await expect(post(batch)).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it('count as one HTTP request and one method per item', async () => {
    await post(batch)
    await rpc('eth_chainId')
    expect(chain.requests).toMatchObject({ http: 2, methods: { eth_chainId: 2, eth_blockNumber: 1, anvil_mine: 1 } })
  })
})
