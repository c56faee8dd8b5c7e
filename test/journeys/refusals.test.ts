import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEther } from 'viem'
import { describe, expect, test } from 'vitest'
import { type Journey, MINT, useSandbox } from '../support/sandbox.ts'

const lab = useSandbox()

/** Nothing was sent, Venice got no signature that it could use, and no key was made. */
async function expectUntouched(journey: Journey): Promise<void> {
  expect(await journey.onChain()).toEqual({ transactions: 0, allowance: 0n, sVvv: 0n })
  expect(lab.sandbox.venice.requests.count(MINT)).toBe(0)
  expect(journey.keys()).toEqual([])
}

describe('a wallet without enough funds', () => {
  test('learns how much VVV is missing at which address, before anything is sent', async () => {
    const journey = await lab.begin({ eth: parseEther('0.01'), vvv: parseEther('0.25') })
    const run = await journey.run()
    expect(run.code).toBe(4)
    expect(run.json).toMatchObject({
      outcome: 'failed',
      recoverable: true,
      failure: { code: 'wallet/insufficient-vvv' },
    })
    expect(run.json.failure?.hint).toContain('0.75 VVV')
    expect(run.json.failure?.hint).toContain(journey.address)
    await expectUntouched(journey)
  })

  test('learns how much ETH is missing at which address, before anything is sent', async () => {
    const journey = await lab.begin({ vvv: parseEther('1') })
    const run = await journey.run()
    expect(run.code).toBe(4)
    expect(run.json).toMatchObject({
      outcome: 'failed',
      recoverable: true,
      failure: { code: 'wallet/insufficient-eth' },
    })
    expect(run.json.failure?.hint).toMatch(/0\.0\d+ ETH/)
    expect(run.json.failure?.hint).toContain(journey.address)
    await expectUntouched(journey)
  })

  test('continues with the same command once it is funded', async () => {
    const journey = await lab.begin({ vvv: parseEther('1') })
    expect((await journey.run()).code).toBe(4)
    await lab.sandbox.chain.fund(journey.address, { eth: parseEther('0.01') })
    expect((await journey.run()).code).toBe(0)
    expect(journey.keys()).toHaveLength(1)
  })

  test('can be waited for', async () => {
    const journey = await lab.begin({ vvv: parseEther('1') })
    const running = journey.start(['--wait-for-funds', '3s'])
    await running.line((line) => line.includes('"to":"checkBalance.awaitFunds"'))
    await lab.sandbox.chain.fund(journey.address, { eth: parseEther('0.01') })
    expect((await running.done).code).toBe(0)
  })
})

describe('what the person did not allow', () => {
  test.each([
    ['more VVV than --max-vvv', ['--stake', '2', '--max-vvv', '1.5'], 'policy/budget-exceeded'],
    ['more gas than --max-gas-eth', ['--max-gas-eth', '0.0000001'], 'policy/budget-exceeded'],
    ['a plan other than the approved one', ['--plan-digest', 'ab'.repeat(32)], 'policy/plan-changed'],
  ])('%s is not signed', async (_, words, code) => {
    const journey = await lab.begin()
    const run = await journey.run(words)
    expect(run.code).toBe(5)
    expect(run.json.failure).toMatchObject({ code })
    await expectUntouched(journey)
  })

  test('nothing is signed without --yes when nobody can be asked, and the digest to approve is named', async () => {
    const journey = await lab.begin()
    const run = await journey.command(['run', '--json'])
    expect(run.code).toBe(5)
    expect(run.json.failure).toMatchObject({ code: 'policy/confirmation-needed' })
    const digest = /--plan-digest ([0-9a-f]{64})/.exec(run.json.failure?.hint ?? '')?.[1] ?? ''
    await expectUntouched(journey)
    expect((await journey.command(['run', '--json', '--plan-digest', digest])).code).toBe(0)
  })
})

describe('a wrong setup', () => {
  test('with an invalid private key is refused, and the key is not shown', async () => {
    const journey = await lab.begin()
    const wrong = `0xdeadbeef${'c0ffee'.repeat(9)}`
    const run = await journey.run(['-v'], { env: { WALLET_PRIVATE_KEY: wrong } })
    expect(run.code).toBe(78)
    expect(run.json.failure).toMatchObject({ code: 'signer/bad-private-key' })
    expect(run.stdout + run.stderr).not.toMatch(/deadbeef|c0ffee/)
  })

  test('without a private key is a usage error that names the ways to give one', async () => {
    const journey = await lab.begin()
    const run = await journey.run([], { env: { WALLET_PRIVATE_KEY: '' } })
    expect(run.code).toBe(2)
    expect(run.json.failure).toMatchObject({
      code: 'signer/no-key',
      hint: expect.stringContaining('WALLET_PRIVATE_KEY'),
    })
  })

  test.each([
    ['an amount', ['--stake', '1,5']],
    ['an amount of zero', ['--stake', '0']],
    ['a network', ['--network', 'mainnet']],
    ['a duration', ['--timeout', 'soon']],
    ['an option', ['--stakes', '1']],
    ['a sink', ['--save-key', 'pigeon:coop']],
  ])('with %s that is invalid is a usage error', async (_, words) => {
    const journey = await lab.begin()
    expect((await journey.run(words)).code).toBe(2)
    await expectUntouched(journey)
  })

  test('with the user’s own key is refused in the sandbox', async () => {
    const journey = await lab.begin()
    const run = await journey.run(['--network', 'sandbox'])
    expect(run.code).toBe(78)
    expect(run.json.failure).toMatchObject({ code: 'sandbox/own-key-refused' })
  })

  test('with --network base and no endpoint says which one to give', async () => {
    const journey = await lab.begin()
    const run = await journey.run(['--rpc-url', 'ftp://x'])
    expect(run.code).toBe(2)
  })

  test('with a sink that cannot store a key is found before anything is spent', async () => {
    const journey = await lab.begin()
    writeFileSync(join(journey.cwd, 'a-file'), '')
    const run = await journey.run(['--save-key', 'file:a-file/key'])
    expect(run.code).toBe(78)
    expect(run.json.failure).toMatchObject({ code: 'sink/unusable' })
    expect(lab.sandbox.venice.requests.count(MINT)).toBe(0)
    await expectUntouched(journey)
  })
})
