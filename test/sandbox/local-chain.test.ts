import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { type Address, createWalletClient, type Hex, http, parseEther } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { base } from 'viem/chains'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import { AnvilUnavailableError } from '../../src/sandbox/anvil.ts'
import { vvvAbi } from '../../src/sandbox/contracts/abi.ts'
import { replicaBehind } from '../../src/sandbox/endpoints/profile.ts'
import { type SandboxChain, startChain } from '../../src/sandbox/local-chain.ts'

const BASE_FEE = 5_000_000n

let chain: SandboxChain
beforeAll(async () => {
  chain = await startChain()
  await chain.setBlockTime(undefined)
})
afterAll(() => chain.close())

async function openSender() {
  const { privateKey } = await chain.createWallet({ eth: parseEther('1') })
  const account = privateKeyToAccount(privateKey)
  const client = createWalletClient({ account, chain: base, transport: http(chain.rpcUrl) })
  const send = (fees: { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint }) =>
    client.sendTransaction({ to: account.address, gas: 21_000n, nonce: 0, ...fees })
  return { address: account.address, send }
}

const isMined = (hash: Hex) =>
  chain.public.getTransactionReceipt({ hash }).then(
    () => true,
    () => false,
  )

describe('blocks', () => {
  it('keep the base fee, however many are empty', async () => {
    await chain.mine(30)
    expect((await chain.public.getBlock()).baseFeePerGas).toBe(BASE_FEE)
  })

  it('keep a transaction waiting that cannot pay the base fee, until one that can replaces it', async () => {
    const { address, send } = await openSender()
    const stuck = await send({ maxFeePerGas: 2n * BASE_FEE, maxPriorityFeePerGas: 1_000_000n })
    await chain.setBaseFee(3n * BASE_FEE)
    await chain.mine(3)
    expect(await isMined(stuck)).toBe(false)
    expect(await chain.public.getTransaction({ hash: stuck })).toMatchObject({ blockNumber: null })
    expect(await chain.public.getTransactionCount({ address, blockTag: 'pending' })).toBe(1)

    const bumped = await send({ maxFeePerGas: 4n * BASE_FEE, maxPriorityFeePerGas: 2_000_000n })
    await chain.mine()
    expect(await isMined(bumped)).toBe(true)
    await chain.setBaseFee(BASE_FEE)
  })

  it('return a transaction to the pool in a reorganisation', async () => {
    const { send } = await openSender()
    const hash = await send({ maxFeePerGas: 2n * BASE_FEE, maxPriorityFeePerGas: 1_000_000n })
    await chain.mine()
    const height = await chain.public.getBlockNumber()
    await chain.reorg(1)
    expect(await isMined(hash)).toBe(false)
    expect(await chain.public.getBlockNumber()).toBe(height)
    await chain.mine()
    expect(await isMined(hash)).toBe(true)
  })

  it('never include a dropped transaction', async () => {
    const { send } = await openSender()
    const hash = await send({ maxFeePerGas: 2n * BASE_FEE, maxPriorityFeePerGas: 1_000_000n })
    await chain.dropTransaction(hash)
    await chain.mine()
    await expect(chain.public.getTransaction({ hash })).rejects.toThrow()
  })

  it('appear by themselves at the set interval', async () => {
    const before = await chain.public.getBlockNumber()
    await chain.setBlockTime(20)
    await vi.waitUntil(async () => (await chain.public.getBlockNumber()) >= before + 3n, { timeout: 10_000 })
    await chain.setBlockTime(undefined)
  })

  it('include each transaction on arrival when the block time is 0', async () => {
    const { send } = await openSender()
    await chain.setBlockTime(0)
    const hash = await send({ maxFeePerGas: 2n * BASE_FEE, maxPriorityFeePerGas: 1_000_000n })
    await chain.setBlockTime(undefined)
    expect(await isMined(hash)).toBe(true)
  })
})

it('has a new block now and then when each transaction is mined on arrival, so that no client takes it for a stale node', async () => {
  const idle = await startChain({ blockTimeMs: 0, idleBlockMs: 50 })
  onTestFinished(() => idle.close())
  const before = await idle.public.getBlockNumber()
  await vi.waitUntil(async () => (await idle.public.getBlockNumber()) > before, { timeout: 10_000 })
})

it('funds wallets without a block, and the token supply grows accordingly', async () => {
  const supply = { address: ADDRESSES.vvv, abi: vvvAbi, functionName: 'totalSupply' } as const
  const [height, before] = [await chain.public.getBlockNumber(), await chain.public.readContract(supply)]
  const wallets = await Promise.all([1n, 2n].map((vvv) => chain.createWallet({ vvv, eth: 7n })))
  const holdings = ({ address }: { address: Address }) =>
    chain.public.readContract({ address: ADDRESSES.vvv, abi: vvvAbi, functionName: 'balanceOf', args: [address] })
  expect(await Promise.all(wallets.map(holdings))).toEqual([1n, 2n])
  expect(await chain.public.getBalance({ address: wallets[0]?.address as Address })).toBe(7n)
  expect(await chain.public.readContract(supply)).toBe(before + 3n)
  expect(await chain.public.getBlockNumber()).toBe(height)
})

it('shows a lagging replica a past without the transaction', async () => {
  const { address, send } = await openSender()
  const replica = await chain.openEndpoint(replicaBehind({ blocks: 2 }))
  const client = createWalletClient({ chain: base, transport: http(replica.url, { retryCount: 0 }) })
  const ask = (method: string, ...params: unknown[]) => client.request({ method, params } as never) as Promise<unknown>
  const hash = await send({ maxFeePerGas: 2n * BASE_FEE, maxPriorityFeePerGas: 1_000_000n })
  await chain.mine()
  expect(await ask('eth_getTransactionReceipt', hash)).toBe(null)
  expect(await ask('eth_getTransactionCount', address, 'latest')).toBe('0x0')
  await chain.mine(2)
  expect(await ask('eth_getTransactionReceipt', hash)).toMatchObject({ transactionHash: hash })
  expect(await ask('eth_getTransactionCount', address, 'latest')).toBe('0x1')
})

it('says what is missing when there is no anvil', async () => {
  await expect(startChain({ anvilPath: '/nowhere/anvil' })).rejects.toBeInstanceOf(AnvilUnavailableError)
})

it('ends when its parent is killed', { timeout: 30_000 }, async () => {
  const chainModule = new URL('../../src/sandbox/local-chain.ts', import.meta.url)
  const program = `
    const { startChain } = await import('${chainModule}')
    console.log((await startChain()).nodeUrl)
  `
  const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type', 'module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [nodeUrl] = (await once(createInterface(parent.stdout), 'line')) as [string]
  const answers = () =>
    fetch(nodeUrl, { method: 'POST' }).then(
      () => true,
      () => false,
    )
  expect(await answers()).toBe(true)
  parent.kill('SIGKILL')
  await vi.waitUntil(async () => !(await answers()), { timeout: 10_000 })
})
