import { parseEther } from 'viem'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type CliRun, isAt, pathOf } from '../support/cli.ts'
import { type Journey, MINT, useSandbox } from '../support/sandbox.ts'
import { sendOwn } from '../support/wallet-actions.ts'

/** Wei per gas: in the sandbox, and on a network where the sandbox's fees are too low. */
const [CALM, DEAR] = [5_000_000n, 50_000_000n]
const STAKED = { transactions: 2, allowance: 0n, sVvv: parseEther('1') }
const BLOCK_MS = 100

// Its transactions wait in the public pool.
const lab = useSandbox({ announces: true, isDenim: false })

/** A run whose transactions are in the pool and stay there, because nothing is mined. */
async function inThePool(journey: Journey, args: readonly string[] = []) {
  await lab.sandbox.chain.setBlockTime(undefined)
  const running = journey.start(args)
  await running.event(isAt('awaitConfirmation.watch'))
  return running
}

async function setBaseFee(wei: bigint): Promise<void> {
  await lab.sandbox.chain.setBaseFee(wei)
  onTestFinished(() => lab.sandbox.chain.setBaseFee(CALM))
}

const statuses = ({ json }: CliRun) => json.transactions?.map(({ purpose, nonce, status }) => [purpose, nonce, status])

describe('transactions below the base fee', () => {
  test('get a fee bump under their nonces; both hashes are kept, and each is mined once', async () => {
    const journey = await lab.begin()
    const running = await inThePool(journey)
    await setBaseFee(DEAR)
    await lab.sandbox.chain.setBlockTime(BLOCK_MS)
    const run = await running.done
    expect(run.code).toBe(0)
    expect(statuses(run)).toEqual([
      ['approve', 0, 'superseded'],
      ['stake', 1, 'superseded'],
      ['approve', 0, 'mined'],
      ['stake', 1, 'mined'],
    ])
    expect(new Set(run.json.transactions?.map(({ hash }) => hash)).size).toBe(4)
    expect(await journey.onChain()).toEqual(STAKED)
    expect(run.json.spent?.vvv).toBe(parseEther('1').toString())
  })

  test('get one fee bump however often the process dies', async () => {
    const journey = await lab.begin()
    const running = await inThePool(journey)
    await setBaseFee(DEAR)
    await lab.sandbox.chain.setBlockTime(BLOCK_MS)
    await running.event(isAt('awaitConfirmation.rebroadcast'))
    await running.kill('SIGKILL')
    const run = await journey.run()
    expect(run.code).toBe(0)
    expect(run.json.transactions).toHaveLength(4)
    expect(await journey.onChain()).toEqual(STAKED)
  })
})

describe('another transaction of the wallet', () => {
  test('in the place of ours is recognised, and the missing step is planned again', async () => {
    const journey = await lab.begin()
    const running = await inThePool(journey)
    await sendOwn(lab.sandbox, journey, { to: journey.address, nonce: 0 })
    await lab.sandbox.chain.setBlockTime(BLOCK_MS)
    const run = await running.done
    expect(run.code).toBe(0)
    const [first] = statuses(run) ?? []
    expect(first).toEqual(['approve', 0, 'superseded'])
    expect((await journey.onChain()).sVvv).toBe(parseEther('1'))
    expect(
      run.json.transactions?.filter(({ purpose, status }) => purpose === 'stake' && status === 'mined'),
    ).toHaveLength(1)
  })
})

describe('a reorganised block', () => {
  test('before its confirmations returns its transactions, and they are mined again', async () => {
    const journey = await lab.begin()
    const running = await inThePool(journey, ['--confirmations', '3', '-v'])
    await lab.sandbox.chain.mine()
    await running.line((line) => /"effect":"watchTransactions".*"block"/.test(line))
    await lab.sandbox.chain.reorg(1)
    await lab.sandbox.chain.setBlockTime(BLOCK_MS)
    const run = await running.done
    expect(run.code).toBe(0)
    expect(statuses(run)).toEqual([
      ['approve', 0, 'mined'],
      ['stake', 1, 'mined'],
    ])
    expect(await journey.onChain()).toEqual(STAKED)
  })

  test('after the run has moved on is detected by the next run, which sends the same bytes', async () => {
    const journey = await lab.begin()
    lab.fault(MINT, { kind: 'reply', status: 400, body: { error: 'Invalid wallet address' } })
    const stopped = await journey.run()
    expect(stopped.json.transactions).toMatchObject([{ status: 'mined' }, { status: 'mined' }])
    await lab.sandbox.chain.setBlockTime(undefined)
    const { transactions = [] } = stopped.json
    const depth = new Set(transactions.map(({ blockNumber }) => blockNumber)).size
    await lab.sandbox.chain.reorg(depth)
    for (const { hash } of transactions) await lab.sandbox.chain.dropTransaction(hash as `0x${string}`)
    await lab.sandbox.chain.setBlockTime(BLOCK_MS)
    const run = await journey.run()
    expect(run.code).toBe(0)
    expect(pathOf(run)).toContain('awaitConfirmation.rebroadcast')
    expect(run.json.transactions?.map(({ hash }) => hash)).toEqual(transactions.map(({ hash }) => hash))
    expect(await journey.onChain()).toEqual(STAKED)
  })
})
