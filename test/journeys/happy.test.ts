import { statSync } from 'node:fs'
import { join } from 'node:path'
import { parseEther } from 'viem'
import { describe, expect, test } from 'vitest'
import { eventsOf, pathOf } from '../support/cli.ts'
import { MINT, useSandbox } from '../support/sandbox.ts'
import { approve, stake } from '../support/wallet-actions.ts'

const VVV = parseEther('1')

const lab = useSandbox()

describe('a wallet with ETH and VVV', () => {
  test('gets a key that only its owner can read, with one approve and one stake, and leaves no allowance', async () => {
    const journey = await lab.begin()
    const run = await journey.run()
    expect(run.code).toBe(0)
    expect(pathOf(run)).toEqual([
      'checkBalance.read',
      'approve.prepare',
      'approve.broadcast',
      'stake.broadcast',
      'awaitConfirmation.watch',
      'fetchToken.fetch',
      'sign.sign',
      'mint.open',
      'mint.post',
      'fundingCheck.ask',
      'unfunded',
    ])
    expect(await journey.onChain()).toEqual({ transactions: 2, allowance: 0n, sVvv: VVV })
    expect(journey.keys()).toHaveLength(1)
    expect(lab.sandbox.venice.secretOf(journey.keys()[0]?.id ?? '')).toBe(journey.storedKey())
    expect(statSync(join(journey.cwd, '.env')).mode & 0o777).toBe(0o600)
  })

  test('gets a result with every field of the contract on the last line', async () => {
    const journey = await lab.begin()
    const run = await journey.run()
    const key = journey.keys()[0]
    const transaction = {
      hash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      status: 'mined',
      blockNumber: expect.stringMatching(/^\d+$/),
      gasUsed: expect.stringMatching(/^\d+$/),
      feeWei: expect.stringMatching(/^\d+$/),
    }
    expect(eventsOf(run).at(-1)).toMatchObject({
      type: 'result',
      schemaVersion: 1,
      outcome: 'unfunded',
      state: 'unfunded',
      runId: expect.any(String),
      address: journey.address,
      chainId: 8453,
      recoverable: true,
      nextAction: { command: expect.stringContaining('venice-onboard'), reason: expect.any(String) },
      failure: null,
      key: {
        id: key?.id,
        last6: journey.storedKey()?.slice(-6),
        type: 'INFERENCE',
        sink: 'env-file:.env',
        expiresAt: null,
      },
      transactions: [
        { purpose: 'approve', nonce: 0, ...transaction },
        { purpose: 'stake', nonce: 1, ...transaction },
      ],
      spent: { vvv: VVV.toString(), feeWei: expect.stringMatching(/^[1-9]\d*$/), usd: '0' },
      skipped: [],
      funding: { spendable: false, reason: expect.any(String), nextEpochAt: expect.any(String) },
      warnings: [],
    })
  })

  test('gets a key with a SIWE message as with a token', async () => {
    lab.sandbox.venice.setChallenge('siwe')
    const journey = await lab.begin()
    const run = await journey.run()
    expect(run.code).toBe(0)
    expect(journey.keys()).toHaveLength(1)
    expect(journey.storedKey()).not.toBeNull()
    expect(eventsOf(run)).toContainEqual(
      expect.objectContaining({
        to: 'sign.sign',
        view: expect.objectContaining({ challenge: expect.objectContaining({ form: 'siwe' }) }),
      }),
    )
  })

  test('gets a key with the requested attributes', async () => {
    const journey = await lab.begin()
    const wishes = [
      '--key-type',
      'ADMIN',
      '--description',
      'my agent',
      '--expires-at',
      '2030-01-01',
      '--limit',
      'usd=5,diem=1',
    ]
    const run = await journey.run([
      ...wishes,
      '--limit-period',
      'MONTH',
      '--stake',
      '2.5',
      '--save-key',
      'file:venice-key',
    ])
    expect(run.json).toMatchObject({ outcome: 'unfunded', spent: { vvv: parseEther('2.5').toString() } })
    expect(journey.keys()).toMatchObject([
      {
        type: 'ADMIN',
        description: expect.stringMatching(/^my agent /),
        expiresAt: Date.parse('2030-01-01'),
        limit: { usd: 5, diem: 1 },
        limitPeriod: 'MONTH',
      },
    ])
    expect((await journey.onChain()).sVvv).toBe(parseEther('2.5'))
  })
})

describe('work that is already done', () => {
  test('includes a stake: it is not repeated, and the result says how it was proven', async () => {
    const journey = await lab.begin()
    await stake(lab.sandbox, journey, VVV)
    const before = await journey.onChain()
    const run = await journey.run()
    expect(run.code).toBe(0)
    expect(await journey.onChain()).toEqual(before)
    expect(run.json.transactions).toEqual([])
    expect(run.json.skipped).toEqual([
      { stage: 'approve', why: expect.stringContaining('1 sVVV') },
      { stage: 'stake', why: expect.stringContaining('1 sVVV') },
    ])
  })

  test('includes part of a stake: only the rest is staked', async () => {
    const journey = await lab.begin()
    await stake(lab.sandbox, journey, VVV)
    const run = await journey.run(['--stake', '3'])
    expect(run.json.spent?.vvv).toBe((2n * VVV).toString())
    expect((await journey.onChain()).sVvv).toBe(3n * VVV)
  })

  test('includes an allowance: it is not set again when it is enough', async () => {
    const journey = await lab.begin()
    await approve(lab.sandbox, journey, 2n * VVV)
    const run = await journey.run()
    expect(run.code).toBe(0)
    expect(run.json.transactions).toMatchObject([{ purpose: 'stake', nonce: 1 }])
    expect(run.json.skipped).toEqual([{ stage: 'approve', why: expect.stringContaining('2 VVV') }])
    expect(await journey.onChain()).toEqual({ transactions: 2, allowance: VVV, sVvv: VVV })
  })

  test('includes the whole run: it is reported again without a request', async () => {
    const journey = await lab.begin()
    const first = await journey.run()
    lab.sandbox.chain.requests.reset()
    lab.sandbox.venice.requests.reset()
    const again = await journey.run()
    expect(again.code).toBe(0)
    expect(again.json).toMatchObject({
      runId: first.json.runId,
      key: first.json.key,
      transactions: first.json.transactions,
    })
    expect(lab.sandbox.chain.requests.http).toBe(0)
    expect(lab.sandbox.venice.requests.byRoute()).toEqual({})
  })
})

describe('a key that can spend', () => {
  test('makes the outcome funded', async () => {
    const journey = await lab.begin()
    lab.sandbox.venice.credit(journey.address, { usd: 5 })
    const run = await journey.run(['--require-funded'])
    expect(run.code).toBe(0)
    expect(run.json).toMatchObject({
      outcome: 'funded',
      nextAction: null,
      funding: { spendable: true, reason: null, balances: { usd: 5 } },
    })
  })

  test('is required by --require-funded: without one the exit code is 4, and the key is stored', async () => {
    const journey = await lab.begin()
    const run = await journey.run(['--require-funded'])
    expect(run.code).toBe(4)
    expect(run.json).toMatchObject({ outcome: 'unfunded', failure: null })
    expect(journey.storedKey()).not.toBeNull()
    expect(lab.sandbox.venice.requests.count(MINT)).toBe(1)
  })

  test('is checked again by --require-funded after a run ended without it, and nothing else is done', async () => {
    const journey = await lab.begin()
    await journey.run()
    lab.sandbox.venice.credit(journey.address, { usd: 2 })
    expect((await journey.run()).json).toMatchObject({ outcome: 'unfunded', wasFinished: true })
    const again = await journey.run(['--require-funded'])
    expect(again).toMatchObject({ code: 0, json: { outcome: 'funded', wasFinished: true } })
    expect(lab.sandbox.venice.requests.count(MINT)).toBe(1)
    expect(await journey.onChain()).toMatchObject({ transactions: 2 })
  })
})
