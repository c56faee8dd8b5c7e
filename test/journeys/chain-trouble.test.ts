import { parseEther } from 'viem'
import { describe, expect, test } from 'vitest'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import { type CliRun, isAt, pathOf, runCli } from '../support/cli.ts'
import { type Journey, MINT, useSandbox } from '../support/sandbox.ts'

const lab = useSandbox()

/** The only transactions that a run signs. */
const SENT = [
  { purpose: 'approve', nonce: 0, status: 'mined' },
  { purpose: 'stake', nonce: 1, status: 'mined' },
]

async function expectNothingSent(journey: Journey): Promise<void> {
  expect((await journey.onChain()).transactions).toBe(0)
  expect(lab.sandbox.venice.requests.count(MINT)).toBe(0)
}

describe('an endpoint that does not serve Venice’s Base', () => {
  test('is refused when it serves another chain', async () => {
    const journey = await lab.begin()
    lab.fault('eth_chainId', { kind: 'rpcResult', result: '0x1' }, { times: 99 })
    const run = await journey.run()
    expect(run.code).toBe(78)
    expect(run.json.failure).toMatchObject({ code: 'chain/wrong-chain', hint: expect.stringContaining('8453') })
    await expectNothingSent(journey)
  })

  test('is refused when the address has no code', async () => {
    const journey = await lab.begin()
    const { test: node } = lab.sandbox.chain
    const address = ADDRESSES.staking
    const code = (await lab.sandbox.chain.public.getCode({ address })) ?? '0x'
    await node.setCode({ address, bytecode: '0x' })
    const run = await journey.run()
    await node.setCode({ address, bytecode: code })
    expect(run.code).toBe(78)
    expect(run.json.failure).toMatchObject({ code: 'chain/no-contract' })
    expect(run.json.failure?.message).toContain(address)
    await expectNothingSent(journey)
  })

  test('is refused when staking takes one argument as in Venice’s guide, and nothing is approved', async () => {
    const journey = await lab.begin()
    await lab.sandbox.chain.useStaking('oneArgument')
    const run = await journey.run()
    expect(run.code).toBe(5)
    expect(run.json.failure).toMatchObject({
      code: 'chain/one-argument-staking',
      hint: expect.stringContaining('Nothing'),
    })
    await expectNothingSent(journey)
  })

  test('is skipped for the next one when it is dead', async () => {
    const journey = await lab.begin()
    const { rpcUrl } = lab.sandbox
    const words = ['--rpc-url', 'http://127.0.0.1:9', '--rpc-url', rpcUrl, '--api-url', lab.sandbox.apiUrl, '--yes']
    const env = { WALLET_PRIVATE_KEY: journey.privateKey }
    const run = await runCli(['run', '--network', 'base', ...words], { cwd: journey.cwd, env })
    expect(run.code).toBe(0)
    expect(await journey.onChain()).toMatchObject({ transactions: 2 })
  })
})

describe('a failing stake', () => {
  test('is not sent when the node’s simulation fails, nor is its approve, and it has its own error code', async () => {
    const journey = await lab.begin()
    await lab.sandbox.chain.useStaking('reverting', { inPlace: true })
    const run = await journey.run()
    expect(run.code).toBe(5)
    expect(run.json.failure).toMatchObject({ code: 'chain/stake-would-revert' })
    expect(await journey.onChain()).toEqual({ transactions: 0, allowance: 0n, sVvv: 0n })
  })

  test('is reported with its hash when it reverts, and the next run plans from the chain’s state', async () => {
    const journey = await lab.begin()
    const { chain } = lab.sandbox
    await chain.setBlockTime(undefined)
    const running = journey.start()
    await running.event(isAt('awaitConfirmation.watch'))
    await chain.useStaking('reverting', { inPlace: true })
    await chain.mine()
    const run = await running.done
    expect(run.code).toBe(6)
    const hash = run.json.transactions?.find(({ purpose }) => purpose === 'stake')?.hash
    expect(run.json.failure).toMatchObject({
      code: 'chain/transaction-reverted',
      hint: expect.stringContaining('basescan.org/tx/'),
      facts: [expect.stringContaining(hash ?? 'no hash')],
    })
    expect(run.json.spent?.vvv).toBe('0')

    await chain.useStaking('standard')
    await chain.setBlockTime(0)
    const again = await journey.run()
    expect(again.code).toBe(0)
    expect(pathOf(again)).not.toContain('approve.prepare')
    expect(await journey.onChain()).toEqual({ transactions: 3, allowance: 0n, sVvv: parseEther('1') })
  })

  test('that succeeds without effect is not repeated: the chain’s state proves a stake, not its receipt', async () => {
    const journey = await lab.begin()
    const { chain } = lab.sandbox
    await chain.setBlockTime(undefined)
    const running = journey.start()
    await running.event(isAt('awaitConfirmation.watch'))
    // After the simulation has shown what it does.
    await chain.useStaking('noOp', { inPlace: true })
    await chain.mine()
    await chain.setBlockTime(0)
    const run = await running.done
    expect(run.code).toBe(6)
    expect(run.json.failure).toMatchObject({ code: 'chain/not-credited' })
    expect((await journey.onChain()).transactions).toBe(2)
    expect(lab.sandbox.venice.requests.count(MINT)).toBe(0)

    const again = await journey.run(['--timeout', '2s'])
    expect(again.code).not.toBe(0)
    expect((await journey.onChain()).transactions).toBe(2)
  })
})

describe('an account that delegates its code', () => {
  test('sends approve first and stake after it', async () => {
    const journey = await lab.begin()
    await lab.sandbox.chain.setDelegation(journey.address)
    const run = await journey.run()
    expect(run.code).toBe(0)
    expect(await journey.onChain()).toEqual({ transactions: 2, allowance: 0n, sVvv: parseEther('1') })
  })
})

describe('an endpoint that fails', () => {
  test.each([
    ['limits the rate in HTTP 200', 'eth_getStorageAt', { kind: 'rpcError', code: -32016, message: 'over rate limit' }],
    [
      'limits the rate in HTTP 429',
      'eth_estimateGas',
      { kind: 'reply', status: 429, headers: { 'retry-after': '1' }, body: 'Too Many Requests' },
    ],
    ['loses the answer to a transaction that it took', 'eth_sendRawTransaction', { kind: 'dropAfter' }],
    ['takes a transaction and forgets it', 'eth_sendRawTransaction', { kind: 'forget' }],
    ['cuts an answer short', 'eth_getTransactionReceipt', { kind: 'truncate', bytes: 20 }],
  ] as const)('and %s costs time, not a second transaction', async (_, method, effect) => {
    const journey = await lab.begin()
    lab.fault(method, effect)
    const run = await journey.run()
    expect(run.code).toBe(0)
    expect(run.json.transactions).toMatchObject(SENT)
    expect(await journey.onChain()).toEqual({ transactions: 2, allowance: 0n, sVvv: parseEther('1') })
    expect(journey.keys()).toHaveLength(1)
  })

  test('and does not accept a transaction gets the same bytes from the next run', async () => {
    const journey = await lab.begin()
    lab.fault('eth_sendRawTransaction', { kind: 'rpcError', code: -32000, message: 'sender is on a list' })
    const refused = await journey.run()
    expect(refused.code).toBe(78)
    expect(refused.json.failure).toMatchObject({ code: 'chain/rpc-refused' })
    // A transaction signed with other fees has another hash.
    await lab.sandbox.chain.setBaseFee(6_000_000n)
    const run = await journey.run()
    await lab.sandbox.chain.setBaseFee(5_000_000n)
    expect(run.code).toBe(0)
    expect(run.json.transactions).toMatchObject(SENT)
    const hashes = ({ json }: CliRun) => json.transactions?.map(({ hash }) => hash)
    expect(hashes(run)).toEqual(hashes(refused))
  })
})
