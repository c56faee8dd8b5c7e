import { encodeFunctionData, type Hex, parseEther } from 'viem'
import { describe, expect, test } from 'vitest'
import { ADDRESSES, type Address } from '../../src/domain/addresses.ts'
import { stakingAbi, vvvAbi } from '../../src/sandbox/contracts/abi.ts'
import { isAt, pathOf } from '../support/cli.ts'
import { type Journey, useSandbox } from '../support/sandbox.ts'
import { approve, sendOwn } from '../support/wallet-actions.ts'

// Its transactions wait in the public pool.
const lab = useSandbox({ isDenim: false })
const VVV = parseEther('1')

const stakeFor = (recipient: Address, amount: bigint): { to: Address; data: Hex } => ({
  to: ADDRESSES.staking,
  data: encodeFunctionData({ abi: stakingAbi, functionName: 'stake', args: [recipient, amount] }),
})
const approveFor = (spender: Address, amount: bigint): { to: Address; data: Hex } => ({
  to: ADDRESSES.vvv,
  data: encodeFunctionData({ abi: vvvAbi, functionName: 'approve', args: [spender, amount] }),
})
const adopt = (journey: Journey, hash: string, args: readonly string[] = []) =>
  journey.command(['adopt', hash, '--json', ...args])
const revoke = (journey: Journey, args: readonly string[] = ['--yes']) =>
  journey.command(['revoke-allowance', '--json', ...args])

describe('adopt', () => {
  test('takes over a pending stake from elsewhere: it signs nothing, and one is mined', async () => {
    const journey = await lab.begin()
    await approve(lab.sandbox, journey, VVV)
    await lab.sandbox.chain.setBlockTime(undefined)
    const hash = await sendOwn(lab.sandbox, journey, stakeFor(journey.address, VVV))
    const adopted = await adopt(journey, hash)
    expect(adopted).toMatchObject({
      code: 0,
      json: { wasKnown: false, transaction: { purpose: 'stake', hash, amount: VVV.toString(), status: 'sent' } },
    })
    expect((await adopt(journey, hash)).json).toMatchObject({ wasKnown: true })
    await lab.sandbox.chain.setBlockTime(0)
    const run = await journey.run()
    expect(run.code).toBe(0)
    expect(run.json.transactions).toMatchObject([{ purpose: 'stake', hash, status: 'mined' }])
    expect(pathOf(run)).not.toContain('stake.prepare')
    expect(await journey.onChain()).toEqual({ transactions: 2, allowance: 0n, sVvv: VVV })
  })

  test('takes over an approve in place of a new one, and the run stakes its amount', async () => {
    const journey = await lab.begin()
    const hash = await sendOwn(lab.sandbox, journey, approveFor(ADDRESSES.staking, 2n * VVV))
    expect((await adopt(journey, hash)).code).toBe(0)
    const run = await journey.run()
    expect(run.code).toBe(0)
    expect(run.json.transactions).toMatchObject([{ purpose: 'approve', hash }, { purpose: 'stake' }])
    expect(await journey.onChain()).toEqual({ transactions: 2, allowance: 0n, sVvv: 2n * VVV })
  })

  test('takes over what the wallet sent in place of ours', async () => {
    const journey = await lab.begin()
    await lab.sandbox.chain.setBlockTime(undefined)
    const running = journey.start()
    await running.event(isAt('awaitConfirmation.watch'))
    await running.kill('SIGKILL')
    const hash = await sendOwn(lab.sandbox, journey, { ...approveFor(ADDRESSES.staking, VVV), nonce: 0 })
    expect((await adopt(journey, hash)).code).toBe(0)
    await lab.sandbox.chain.setBlockTime(0)
    const run = await journey.run()
    expect(run.code).toBe(0)
    expect(run.json.transactions).toMatchObject([
      { purpose: 'approve', nonce: 0, status: 'superseded' },
      { purpose: 'stake', nonce: 1, status: 'mined' },
      { purpose: 'approve', nonce: 0, status: 'mined', hash },
    ])
    expect(await journey.onChain()).toEqual({ transactions: 2, allowance: 0n, sVvv: VVV })
  })

  const stranger: Address = '0x00000000000000000000000000000000000000aa'
  test.each<[string, (own: Address) => { to: Address; data?: Hex }]>([
    ['pays somebody', () => ({ to: stranger })],
    ['approves somebody else', () => approveFor(stranger, VVV)],
    ['stakes for somebody else', () => stakeFor(stranger, VVV)],
    ['does not call the contract', () => ({ to: ADDRESSES.staking, data: '0xdeadbeef' })],
    ['was mined and reverted', (own) => stakeFor(own, VVV)],
  ])('refuses a transaction that %s, and records nothing', async (_, call) => {
    const journey = await lab.begin()
    const hash = await sendOwn(lab.sandbox, journey, call(journey.address))
    const refused = await adopt(journey, hash)
    expect(refused.code).toBe(2)
    expect(refused.json.failure).toMatchObject({ code: 'adopt/not-adoptable' })
    expect((await journey.command(['status'])).code).toBe(2)
  })

  test('refuses another wallet’s transaction, an unknown one, and an invalid hash', async () => {
    const [journey, other] = [await lab.begin(), await lab.begin()]
    const hash = await sendOwn(lab.sandbox, other, approveFor(ADDRESSES.staking, VVV))
    expect((await adopt(journey, hash)).json.failure).toMatchObject({ code: 'adopt/not-adoptable' })
    const unknown = await adopt(journey, `0x${'ab'.repeat(32)}`)
    expect(unknown).toMatchObject({ code: 2, json: { failure: { code: 'adopt/unknown-transaction' } } })
    expect(await adopt(journey, 'hello')).toMatchObject({ code: 2, json: { failure: { code: 'cli/usage' } } })
  })
})

describe('revoke-allowance', () => {
  test('sets it to 0 with one transaction, and does nothing the next time', async () => {
    const journey = await lab.begin()
    await approve(lab.sandbox, journey, VVV)
    const revoked = await revoke(journey)
    expect(revoked).toMatchObject({
      code: 0,
      json: { status: 'revoked', failure: null, transactions: [{ purpose: 'revoke', status: 'mined', nonce: 1 }] },
    })
    expect(await revoke(journey)).toMatchObject({ code: 0, json: { status: 'nothing', transactions: [] } })
    expect(await journey.onChain()).toEqual({ transactions: 2, allowance: 0n, sVvv: 0n })
  })

  test('leaves the run as it was: it can still be resumed, and approves again', async () => {
    const journey = await lab.begin()
    await approve(lab.sandbox, journey, VVV)
    await revoke(journey)
    const run = await journey.run(['--stake', '3'])
    expect(run.code).toBe(0)
    expect(await journey.onChain()).toEqual({ transactions: 4, allowance: 0n, sVvv: 3n * VVV })
  })

  test('keeps a finished run finished', async () => {
    const journey = await lab.begin()
    expect((await journey.run()).code).toBe(0)
    await approve(lab.sandbox, journey, VVV)
    expect((await revoke(journey)).json).toMatchObject({ status: 'revoked' })
    const again = await journey.run()
    expect(again.json).toMatchObject({ outcome: 'unfunded', wasFinished: true })
    expect(journey.keys()).toHaveLength(1)
    expect(await journey.onChain()).toEqual({ transactions: 4, allowance: 0n, sVvv: VVV })
  })

  test('sends one transaction even when it is interrupted before it is mined', async () => {
    const journey = await lab.begin()
    await approve(lab.sandbox, journey, VVV)
    await lab.sandbox.chain.setBlockTime(undefined)
    const running = journey.startCommand(['revoke-allowance', '--yes', '--ndjson'])
    await running.event(isAt('awaitConfirmation.watch'))
    const paused = await running.kill('SIGINT')
    expect(paused).toMatchObject({ code: 130, json: { status: 'paused', transactions: [{ status: 'sent' }] } })
    await lab.sandbox.chain.setBlockTime(0)
    expect((await revoke(journey)).json).toMatchObject({ status: 'revoked', transactions: [{ status: 'mined' }] })
    expect(await journey.onChain()).toEqual({ transactions: 2, allowance: 0n, sVvv: 0n })
  })

  test('is refused while a transaction of the run needs the allowance', async () => {
    const journey = await lab.begin()
    await lab.sandbox.chain.setBlockTime(undefined)
    const running = journey.start()
    await running.event(isAt('awaitConfirmation.watch'))
    await running.kill('SIGKILL')
    expect(await revoke(journey)).toMatchObject({ code: 5, json: { failure: { code: 'revoke/allowance-in-use' } } })
  })

  test.each([
    ['without approval', [], 'policy/confirmation-needed'],
    ['beyond the budget', ['--yes', '--max-gas-eth', '0.000000001'], 'policy/budget-exceeded'],
  ])('signs nothing %s', async (_, args, code) => {
    const journey = await lab.begin()
    await approve(lab.sandbox, journey, VVV)
    expect(await revoke(journey, args)).toMatchObject({ code: 5, json: { failure: { code } } })
    expect((await journey.onChain()).transactions).toBe(1)
  })
})
