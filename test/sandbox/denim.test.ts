import { once } from 'node:events'
import { createPublicClient, type Hex, http, keccak256, numberToHex, parseEther, webSocket } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { base } from 'viem/chains'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { type SandboxChain, startChain } from '../../src/sandbox/local-chain.ts'

const FEES = { maxFeePerGas: 10n ** 9n, maxPriorityFeePerGas: 10n ** 6n }
const L1_BLOCK = '0x4200000000000000000000000000000000000015'
const BASE_TIME = '0x4200000000000000000000000000000000000030'

let chain: SandboxChain
beforeAll(async () => {
  chain = await startChain()
  await chain.setBlockTime(undefined)
})
afterAll(() => chain.close())

async function ask(method: string, params: unknown[] = [], url = chain.rpcUrl) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  return JSON.parse(await (await fetch(url, { method: 'POST', body })).text())
}

const result = async (method: string, ...params: unknown[]) => (await ask(method, params)).result

async function signed(nonce = 0) {
  const { privateKey } = await chain.createWallet({ eth: parseEther('1') })
  const account = privateKeyToAccount(privateKey)
  const fields = { chainId: chain.chainId, nonce, to: account.address, gas: 21_000n, ...FEES }
  const raw = await account.signTransaction({ type: 'eip1559', ...fields })
  return { address: account.address, raw, hash: keccak256(raw) }
}

async function mined() {
  const { raw, hash } = await signed()
  await ask('eth_sendRawTransaction', [raw])
  await chain.mine()
  return hash
}

describe('a block', () => {
  it('has timestamps in whole seconds that repeat, and unique milliseconds', async () => {
    const first = Number(await result('eth_blockNumber')) + 1
    await chain.mine(6)
    const blocks = await Promise.all(
      [0, 1, 2, 3, 4, 5].map((i) => result('eth_getBlockByNumber', numberToHex(first + i), false)),
    )
    const times = blocks.map(({ timestampMs }) => Number(timestampMs))
    expect(times).toEqual([...new Set(times)].sort())
    expect(times.map((ms: number) => Math.floor(ms / 1_000))).toEqual(blocks.map(({ timestamp }) => Number(timestamp)))
    expect(new Set(blocks.map(({ timestamp }) => timestamp)).size).toBeLessThan(6)
  })

  it('begins with two deposits, which count', async () => {
    const hash = await mined()
    const block = await result('eth_getBlockByNumber', 'latest', true)
    expect(block.transactions.map(({ type, to }: Record<string, string>) => [type, to])).toEqual([
      ['0x7e', L1_BLOCK],
      ['0x7e', BASE_TIME],
      ['0x2', expect.any(String)],
    ])
    const brief = await result('eth_getBlockByHash', block.hash, false)
    expect(brief.transactions).toEqual(block.transactions.map(({ hash }: { hash: Hex }) => hash))
    expect(await result('eth_getBlockTransactionCountByNumber', block.number)).toBe('0x3')
    expect(await result('eth_getTransactionByBlockNumberAndIndex', block.number, '0x2')).toMatchObject({ hash })
    expect(await result('eth_getTransactionByHash', brief.transactions[1])).toMatchObject({ to: BASE_TIME })
    expect(await result('eth_getTransactionReceipt', brief.transactions[0])).toMatchObject({ to: L1_BLOCK })
    const receipts = await result('eth_getBlockReceipts', block.number)
    expect(receipts.map(({ transactionHash }: Record<string, Hex>) => transactionHash)).toEqual(brief.transactions)
  })

  it('begins with them even when it holds nothing else', async () => {
    await chain.mine()
    const [full, brief] = [
      await result('eth_getBlockByNumber', 'latest', true),
      await result('eth_getBlockByNumber', 'latest', false),
    ]
    expect(full.transactions.map(({ to }: { to: string }) => to)).toEqual([L1_BLOCK, BASE_TIME])
    expect(brief.transactions).toEqual(full.transactions.map(({ hash }: { hash: Hex }) => hash))
  })

  it('shows its milliseconds in transactions, receipts and logs', async () => {
    const hash = await mined()
    const { timestampMs: blockTimestampMs } = await result('eth_getBlockByNumber', 'latest', false)
    const shown = { blockTimestampMs, transactionIndex: '0x2' }
    expect(await result('eth_getTransactionByHash', hash)).toMatchObject(shown)
    expect(await result('eth_getTransactionReceipt', hash)).toMatchObject(shown)
  })

  it('is read by viem as before', async () => {
    const hash = await mined()
    const client = createPublicClient({ chain: base, transport: http(chain.rpcUrl) })
    expect((await client.getBlock({ includeTransactions: true })).transactions[2]).toMatchObject({ hash })
    expect(await client.getTransactionReceipt({ hash })).toMatchObject({ status: 'success', transactionIndex: 2 })
  })

  it('has another time after a reorganisation', async () => {
    await chain.mine(2)
    const before = await result('eth_getBlockByNumber', 'latest', false)
    await chain.reorg(2)
    const after = await result('eth_getBlockByNumber', 'latest', false)
    expect(after.number).toBe(before.number)
    expect(after.hash).not.toBe(before.hash)
    expect(Math.floor(Number(after.timestampMs) / 1_000)).toBe(Number(after.timestamp))
  })
})

describe('a pending transaction', () => {
  it('is known only at the endpoint that accepted it', async () => {
    const { raw, hash } = await signed()
    const other = await chain.openEndpoint()
    const forgetful = await chain.openEndpoint('forgetful')
    await ask('eth_sendRawTransaction', [raw], forgetful.url)
    for (const { url } of [other, forgetful])
      expect((await ask('eth_getTransactionByHash', [hash], url)).result).toBe(null)
    expect(await result('eth_getTransactionByHash', hash)).toBe(null)
    expect((await ask('eth_sendRawTransaction', [raw])).error).toMatchObject({ message: 'already known' })
    await chain.mine()
    expect(await result('eth_getTransactionByHash', hash)).toMatchObject({ hash })

    const second = await signed()
    await ask('eth_sendRawTransaction', [second.raw])
    expect(await result('eth_getTransactionByHash', second.hash)).toMatchObject({ blockNumber: null })
    await chain.mine()
  })

  it('is not counted by pending, which means latest', async () => {
    const { address, raw, hash } = await signed()
    await ask('eth_sendRawTransaction', [raw])
    expect(await result('eth_getTransactionCount', address, 'pending')).toBe('0x0')
    const pending = await result('eth_getBlockByNumber', 'pending', false)
    expect(pending).toEqual(await result('eth_getBlockByNumber', 'latest', false))
    expect(pending.transactions).not.toContain(hash)
    await chain.mine()
    expect(await result('eth_getTransactionCount', address, 'pending')).toBe('0x1')
  })

  it('stays out of filters', async () => {
    const filter = await result('eth_newPendingTransactionFilter')
    await ask('eth_sendRawTransaction', [(await signed()).raw])
    expect(await result('eth_getFilterChanges', filter)).toEqual([])
    await chain.mine()
    expect(await result('eth_getFilterChanges', filter)).toEqual([])
  })
})

describe('eth_sendRawTransactionSync', () => {
  it('answers with the receipt', async () => {
    const { raw, hash } = await signed()
    const answer = ask('eth_sendRawTransactionSync', [raw, 6_000])
    await expect.poll(async () => (await ask('eth_getTransactionByHash', [hash])).result).not.toBe(null)
    await chain.mine()
    expect(await answer).toMatchObject({ result: { transactionHash: hash, status: '0x1', transactionIndex: '0x2' } })
  })

  it('times out, and the transaction stays sent', async () => {
    const { raw, hash } = await signed()
    expect(await ask('eth_sendRawTransactionSync', [raw, 1])).toMatchObject({ error: { code: -32002, data: hash } })
    await chain.mine()
    expect(await result('eth_getTransactionReceipt', hash)).toMatchObject({ status: '0x1' })
  })

  it.each([6_001, 0, 1.5, '2000', '0x7d0'])('rejects a timeout of %s', async (timeout) => {
    const { raw, hash } = await signed()
    expect(await ask('eth_sendRawTransactionSync', [raw, timeout])).toMatchObject({ error: { code: -32602 } })
    expect(await result('eth_getTransactionByHash', hash)).toBe(null)
  })

  it('rejects what the pool rejects', async () => {
    const { raw } = await signed()
    await ask('eth_sendRawTransaction', [raw])
    expect(await ask('eth_sendRawTransactionSync', [raw])).toMatchObject({ error: { message: 'already known' } })
    await chain.mine()
  })
})

describe('over WebSocket', () => {
  it('announces each block, with its milliseconds, and answers requests', async () => {
    const client = createPublicClient({ chain: base, transport: webSocket(chain.wsUrl) })
    const heads: Record<string, unknown>[] = []
    const { unsubscribe } = await client.transport.subscribe({
      params: ['newHeads'],
      onData: (data) => heads.push(data.result as never),
    })
    onTestFinished(async () => {
      await unsubscribe()
      ;(await client.transport.getRpcClient()).close()
    })
    await chain.mine(2)
    await expect.poll(() => heads.length).toBe(2)
    const latest = await result('eth_getBlockByNumber', 'latest', false)
    expect(heads[1]).toMatchObject({ number: latest.number, hash: latest.hash, timestampMs: latest.timestampMs })
    expect(heads[1]).not.toHaveProperty('transactions')
    expect(await client.getChainId()).toBe(8453)
  })

  it.each(['newPendingTransactions', 'newFlashblocks', 'pendingLogs'])(
    'accepts a subscription to %s and stays silent',
    async (kind) => {
      const socket = new WebSocket(chain.wsUrl)
      onTestFinished(() => socket.close())
      const messages: string[] = []
      socket.on('message', (data) => messages.push(String(data)))
      await once(socket, 'open')
      const send = (id: number, method: string, params: unknown[]) =>
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
      send(1, 'eth_subscribe', [kind])
      await expect.poll(() => messages.length).toBe(1)
      await ask('eth_sendRawTransaction', [(await signed()).raw])
      await chain.mine()
      send(2, 'eth_blockNumber', [])
      await expect.poll(() => messages.length).toBe(2)
      expect(messages.map((message) => JSON.parse(message).id)).toEqual([1, 2])
    },
  )
})

it('moves the base fee no faster than Base', async () => {
  chain.driftBaseFee(10_000_000n)
  await chain.mine(3)
  const { baseFeePerGas } = await chain.public.getBlock()
  expect(baseFeePerGas).toBe(5_040_080n)
  await chain.setBaseFee(5_000_000n)
})

it('makes five blocks a second, at multiples of 200 ms', async () => {
  const before = Number(await result('eth_blockNumber'))
  await chain.setBlockTime(200)
  await expect
    .poll(async () => Number(await result('eth_blockNumber')), { timeout: 10_000 })
    .toBeGreaterThan(before + 1)
  await chain.setBlockTime(undefined)
  const { timestampMs } = await result('eth_getBlockByNumber', numberToHex(before + 1), false)
  expect(Number(timestampMs) % 200).toBe(0)
})

it('behaves like the former Base with a public pool when configured so', async () => {
  const old = await startChain({ blockTimeMs: 2_000 })
  onTestFinished(() => old.close())
  await old.setBlockTime(undefined)
  const { privateKey } = await old.createWallet({ eth: parseEther('1') })
  const account = privateKeyToAccount(privateKey)
  const fields = { chainId: old.chainId, nonce: 0, to: account.address, gas: 21_000n, ...FEES }
  const raw = await account.signTransaction({ type: 'eip1559', ...fields })
  const second = await old.openEndpoint()
  await ask('eth_sendRawTransaction', [raw], old.rpcUrl)
  expect((await ask('eth_getTransactionByHash', [keccak256(raw)], second.url)).result).toMatchObject({
    blockNumber: null,
  })
  expect((await ask('eth_getTransactionCount', [account.address, 'pending'], second.url)).result).toBe('0x1')
  await old.mine()
  const { result: block } = await ask('eth_getBlockByNumber', ['latest', false], old.rpcUrl)
  expect(block.transactions).toEqual([keccak256(raw)])
  expect(block).not.toHaveProperty('timestampMs')
})
