import { encodeFunctionData, parseEther } from 'viem'
import { describe, expect, test } from 'vitest'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import { diemAbi } from '../../src/sandbox/contracts/abi.ts'
import { isAt, pathOf, runCli } from '../support/cli.ts'
import { type Journey, newFolder, RATE_LIMITS, useSandbox } from '../support/sandbox.ts'
import { sendOwn } from '../support/wallet-actions.ts'

const COMPLETIONS = 'POST /chat/completions'
const lab = useSandbox()

/** Does what a person does who runs the sandbox from a shell. */
async function credit({ address }: Journey, amounts: object): Promise<void> {
  const url = new URL('/sandbox/credit', lab.sandbox.apiUrl)
  const body = JSON.stringify({ address, ...amounts })
  const reply = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  expect(reply.status).toBe(200)
}
const calls = (): number => lab.sandbox.venice.requests.count(COMPLETIONS)

describe('a key to be proven by a paid call', () => {
  test('makes one paid call, shows its cost, and never makes another', async () => {
    const journey = await lab.begin()
    await credit(journey, { usd: 5 })
    const run = await journey.run(['--prove', '--require-funded'])
    expect(run.code).toBe(0)
    expect(pathOf(run).slice(-3)).toEqual(['fundingCheck.ask', 'fundingCheck.prove', 'funded'])
    const spent = 5 - lab.sandbox.venice.accountOf(journey.address).usd
    expect(run.json.funding?.proof).toMatchObject({ model: 'qwen3-4b', costDiem: null, basis: 'balance' })
    expect(run.json.funding?.proof?.costUsd).toBeCloseTo(spent, 10)
    expect(Number(run.json.spent?.usd)).toBeCloseTo(spent, 10)
    expect(spent).toBeGreaterThan(0)
    expect(spent).toBeLessThan(0.001)

    expect((await journey.run(['--prove'])).json).toMatchObject({ outcome: 'funded', wasFinished: true })
    expect(calls()).toBe(1)
  })

  test('is proven once when its run had finished without a proof', async () => {
    const journey = await lab.begin()
    await credit(journey, { diem: 1 })
    expect((await journey.run()).json).toMatchObject({ outcome: 'funded', funding: { proof: null } })
    const again = await journey.run(['--prove'])
    expect(again.json.funding?.proof).toMatchObject({ costUsd: null, costDiem: expect.any(Number) })
    expect(again.json.spent?.usd).toBe('0')
    await journey.run(['--prove'])
    expect(calls()).toBe(1)
  })

  test('is not proven when --max-usd does not allow it: exit 5, and the key is stored', async () => {
    const journey = await lab.begin()
    await credit(journey, { usd: 5 })
    const run = await journey.run(['--prove', '--max-usd', '0'])
    expect(run.code).toBe(5)
    expect(run.json).toMatchObject({ failure: { code: 'policy/budget-exceeded' }, key: { type: 'INFERENCE' } })
    expect(calls()).toBe(0)
    expect((await journey.run(['--prove', '--max-usd', '0.01'])).json).toMatchObject({ outcome: 'funded' })
    expect([calls(), journey.keys().length]).toEqual([1, 1])
  })
})

describe('a run that waits for funds', () => {
  test('shows where to pay, detects the funds, and ends funded', async () => {
    const journey = await lab.begin()
    const running = journey.start(['--wait-for-funds', '10m', '--require-funded'])
    await running.event(isAt('fundingCheck.awaitCredit'))
    await running.line((line) => line.includes('https://venice.ai/settings/api'))
    await credit(journey, { usd: 1 })
    const run = await running.done
    expect(run.code).toBe(0)
    expect(run.json).toMatchObject({ outcome: 'funded', funding: { balances: { usd: 1 }, next: null } })
    expect(run.stderr).toContain('venice-onboard fund options')
    expect(journey.keys()).toHaveLength(1)
  })

  test('detects the funds after it had finished too', async () => {
    const journey = await lab.begin()
    expect((await journey.run()).json.outcome).toBe('unfunded')
    const running = journey.start(['--wait-for-funds', '10m'])
    await running.event(isAt('fundingCheck.awaitCredit'))
    await credit(journey, { usd: 1 })
    expect((await running.done).json).toMatchObject({ outcome: 'funded' })
  })

  test('ends at the deadline without funds: exit 4 with --require-funded, else 0', async () => {
    const journey = await lab.begin()
    const must = await journey.run(['--wait-for-funds', '1s', '--require-funded'])
    expect([must.code, must.json.outcome]).toEqual([4, 'unfunded'])
    const may = await journey.run(['--wait-for-funds', '1s'])
    expect([may.code, may.json.outcome]).toEqual([0, 'unfunded'])
  })

  test('can be resumed after it was stopped', async () => {
    const journey = await lab.begin()
    const running = journey.start(['--wait-for-funds', '10m'])
    await running.event(isAt('fundingCheck.awaitCredit'))
    const paused = await running.kill('SIGINT')
    expect(paused.json).toMatchObject({ outcome: 'paused', state: 'fundingCheck.awaitCredit' })
    expect(paused.json.nextAction?.reason).toMatch(/neither DIEM nor credit/)
    await credit(journey, { usd: 1 })
    expect((await journey.run()).json).toMatchObject({ outcome: 'funded' })
  })
})

describe('DIEM that is staked and spent', () => {
  test('is reported as spent, with the time of the next epoch', async () => {
    const journey = await lab.begin({ eth: parseEther('0.01'), vvv: parseEther('10'), diem: parseEther('0.1') })
    const data = encodeFunctionData({ abi: diemAbi, functionName: 'stake', args: [parseEther('0.1')] })
    await sendOwn(lab.sandbox, journey, { to: ADDRESSES.diem, data })
    expect((await journey.run()).json).toMatchObject({ outcome: 'funded', funding: { balances: { diem: 0.1 } } })
    const reply = await fetch(`${lab.sandbox.apiUrl}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${journey.storedKey()}` },
      body: JSON.stringify({ model: 'claude-opus-4-6', messages: [{ role: 'user', content: 'x'.repeat(80_000) }] }),
    })
    expect(reply.status).toBe(200)
    const run = await journey.command(['doctor', '--json'])
    const spendable = run.json.checks.find(({ name }: { name: string }) => name === 'spendable')
    expect(spendable).toMatchObject({ status: 'warn', detail: expect.stringMatching(/0\.1 DIEM .* \[diem-spent\]/) })
    expect(spendable.fix).toMatch(/^Wait for the next epoch.*venice-onboard run --require-funded/)
  })
})

describe('fund options', () => {
  const COLUMNS = 80

  test('shows every funding method with its current price, without a key', async () => {
    const journey = await lab.begin({ vvv: parseEther('10'), diem: parseEther('0.25') })
    const cwd = newFolder()
    const ends = ['--network', 'base', '--rpc-url', lab.sandbox.rpcUrl, '--address', journey.address]
    const shown = await runCli(['fund', 'options', ...ends], { cwd })
    expect(shown.code).toBe(0)
    const table = shown.stdout.split('\n\n')[1]?.split('\n') ?? []
    expect(table).toHaveLength(2 + 6)
    for (const line of table) expect(line.length).toBeLessThanOrEqual(COLUMNS)
    const steps = shown.stdout.split('\n').filter((line) => /^ {2}(- | {2})/.test(line))
    expect(Math.max(...steps.map((line) => line.length))).toBeLessThanOrEqual(COLUMNS)
    expect(shown.stdout).toMatch(/the key cannot spend it/)

    const { json } = await runCli(['fund', 'options', '--json', ...ends], { cwd })
    expect(json).toMatchObject({ address: journey.address, key: null, wallet: { diem: parseEther('0.25').toString() } })
    const byId = Object.fromEntries(json.options.map((option: { id: string }) => [option.id, option]))
    expect(Object.keys(byId)).toEqual([
      'diem-mint',
      'diem-buy',
      'x402',
      'usd-card',
      'coinbase-subscription',
      'coinbase-onramp',
    ])
    expect(byId['diem-mint']).toMatchObject({ funds: 'key', autonomous: true, available: false })
    expect(byId['diem-mint'].command).toMatch(/^venice-onboard run --fund diem:0\.1 --network base /)
    expect(byId['diem-mint'].whyNot).toMatch(/^4\d\.\d+ VVV more$/)
    // 500 sVVV per DIEM, as on Base in September 2026.
    expect(Number(byId['diem-mint'].costNow.amount)).toBeCloseTo(50, 0)
    expect(byId['diem-buy']).toMatchObject({ available: true, costNow: { amount: '0', unit: 'DIEM' } })
    expect(byId.x402).toMatchObject({ funds: 'wallet', available: false, whyNot: '5 USDC more' })
    expect(byId['usd-card']).toMatchObject({ autonomous: false, links: ['https://venice.ai/settings/api'] })
  })

  test('shows the state of the recorded key, and asks Venice nothing', async () => {
    const journey = await lab.begin()
    await journey.run()
    lab.sandbox.venice.requests.reset()
    const { json, code } = await journey.command(['fund', 'options', '--json'], { env: { WALLET_PRIVATE_KEY: '' } })
    expect(code).toBe(0)
    expect(json).toMatchObject({ key: { type: 'INFERENCE' }, funding: { cause: 'no-balance' } })
    expect(json.options[0]).toMatchObject({
      id: 'diem-mint',
      command: expect.stringMatching(/^venice-onboard fund diem 0\.1 --network base /),
    })
    expect(lab.sandbox.venice.requests.count(RATE_LIMITS)).toBe(0)
  })
})
