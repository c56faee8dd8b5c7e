import { encodeFunctionData, parseEther } from 'viem'
import { describe, expect, test } from 'vitest'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import { diemAbi } from '../../src/sandbox/contracts/abi.ts'
import { type CliRun, isAt, pathOf } from '../support/cli.ts'
import { DIEM_FUNDS, diemOf, raisePrice, stakeDiem, TENTH } from '../support/diem-actions.ts'
import { type Journey, useSandbox } from '../support/sandbox.ts'
import { sendOwn } from '../support/wallet-actions.ts'

const lab = useSandbox({ announces: true })
const FUND = ['--fund', 'diem:0.1']

const purposesOf = ({ json }: CliRun): string[] | undefined =>
  json.transactions?.map(({ purpose, status }) => `${purpose} ${status}`)
const held = ({ address }: Journey) => diemOf(lab.sandbox, address)
const ALL = ['approve', 'stake', 'approve', 'stake', 'mintDiem', 'stakeDiem'].map((purpose) => `${purpose} mined`)
const BY_HAND = { eth: parseEther('0.01'), vvv: parseEther('10') }

describe('run --fund diem:0.1 --prove', () => {
  test('of a wallet with VVV and ETH ends funded with a paid call, and does nothing when repeated', async () => {
    const journey = await lab.begin(DIEM_FUNDS)
    const run = await journey.run([...FUND, '--prove', '--require-funded'])
    expect([run.code, run.json.outcome, purposesOf(run)]).toEqual([0, 'funded', ALL])
    expect(pathOf(run).slice(-4)).toEqual(['mintDiem.draft', 'fundingCheck.ask', 'fundingCheck.prove', 'funded'])
    expect(run.json.funding).toMatchObject({ spendable: true, proof: { costUsd: null, costDiem: expect.any(Number) } })

    const { locked, minted, staked, liquid } = await held(journey)
    expect(staked).toBe(TENTH)
    expect(minted).toBe(staked + liquid)
    // 500 sVVV per DIEM as on Base in September 2026, and the margin.
    expect(Number(locked) / 1e18).toBeCloseTo(51, 0)
    const { allowance, sVvv, transactions } = await journey.onChain()
    expect({ allowance, sVvv, transactions }).toEqual({ allowance: 0n, sVvv: locked, transactions: ALL.length })
    expect(run.json.spent?.vvv).toBe(locked.toString())

    const again = await journey.run([...FUND, '--prove'])
    expect(again.json).toMatchObject({ outcome: 'funded', wasFinished: true })
    expect(await held(journey)).toEqual({ locked, minted, staked, liquid })
    expect((await journey.onChain()).transactions).toBe(ALL.length)
  })

  test('stakes the DIEM that the wallet holds, and locks nothing', async () => {
    const journey = await lab.begin({ ...BY_HAND, diem: parseEther('0.25') })
    const run = await journey.run([...FUND, '--prove'])
    expect([run.code, run.json.outcome]).toEqual([0, 'funded'])
    expect(purposesOf(run)).toEqual(['approve mined', 'stake mined', 'stakeDiem mined'])
    expect(await held(journey)).toEqual({ locked: 0n, minted: 0n, staked: TENTH, liquid: parseEther('0.15') })
  })

  test('of a wallet that has staked enough DIEM says so, and sends nothing', async () => {
    const journey = await lab.begin({ ...BY_HAND, diem: TENTH })
    await stakeDiem(lab.sandbox, journey, TENTH)
    const run = await journey.run(FUND)
    expect(purposesOf(run)).toEqual(['approve mined', 'stake mined'])
    expect(run.json).toMatchObject({ outcome: 'funded' })
    expect(run.json.skipped).toContainEqual({ stage: 'fundingCheck', why: expect.stringContaining('0.1 DIEM staked') })
  })

  test('never locks for less DIEM when the price moves before the block, and asks for a new price', async () => {
    const journey = await lab.begin(DIEM_FUNDS)
    // All go out in the plain way, so that they can be counted.
    const missing = { kind: 'rpcError', code: -32601, message: 'the method does not exist' } as const
    lab.fault('eth_sendRawTransactionSync', missing, { times: Number.POSITIVE_INFINITY })
    // The four before it are sent; the lock is signed, and never reaches the node in this process.
    lab.fault('eth_sendRawTransaction', { kind: 'dropBefore' }, { skip: 4, times: Number.POSITIVE_INFINITY })
    const running = journey.start(FUND)
    await running.event(isAt('mintDiem.draft'))
    await running.event((event) => isAt('mintDiem.broadcast')(event) && hasSigned(event.view.transactions))
    await running.kill('SIGKILL')
    lab.sandbox.faults.clear()
    expect(await held(journey)).toMatchObject({ locked: 0n })
    await raisePrice(lab.sandbox)
    const run = await journey.run([...FUND, '--prove'])
    expect([run.code, run.json.outcome]).toEqual([0, 'funded'])
    expect(purposesOf(run)).toEqual([
      ...ALL.slice(0, 4),
      'mintDiem reverted',
      'approve mined',
      'stake mined',
      'mintDiem mined',
      'stakeDiem mined',
    ])
    const { locked, staked } = await held(journey)
    expect(staked).toBe(TENTH)
    expect((await journey.onChain()).sVvv).toBe(locked)
  })

  test('of a wallet without the VVV for the lock exits 4 before it signs, and says what to send', async () => {
    const journey = await lab.begin()
    const run = await journey.run(FUND)
    expect(run.code).toBe(4)
    expect(run.json).toMatchObject({ failure: { code: 'wallet/insufficient-vvv' }, key: null })
    expect(run.json.failure?.hint).toMatch(/^Send \d\d\.\d+ VVV on Base to 0x/)
    expect(purposesOf(run)).toEqual([])
    await lab.sandbox.chain.fund(journey.address, { vvv: parseEther('60') })
    expect((await journey.run(FUND)).json).toMatchObject({ outcome: 'funded' })
    expect(journey.keys()).toHaveLength(1)
  })

  test('of a wallet without the ETH for every step starts no step', async () => {
    const journey = await lab.begin({ ...DIEM_FUNDS, eth: parseEther('0.000008') })
    const run = await journey.run(FUND)
    expect([run.code, run.json.failure?.code]).toEqual([4, 'wallet/insufficient-eth'])
    expect(purposesOf(run)).toEqual([])
    expect((await journey.onChain()).allowance).toBe(0n)
  })

  test.each(['50', '0.5'])('with --max-vvv %s, less than the lock, exits 5 and signs nothing for it', async (most) => {
    const journey = await lab.begin(DIEM_FUNDS)
    await journey.run()
    const run = await journey.run([...FUND, '--max-vvv', most])
    expect([run.code, run.json.failure?.code]).toEqual([5, 'policy/budget-exceeded'])
    expect(purposesOf(run)).toEqual(['approve mined', 'stake mined'])
  })

  test('with --max-vvv below a lock that needs no new stake exits 5 too', async () => {
    const journey = await lab.begin(DIEM_FUNDS)
    await journey.run(['--stake', '60'])
    const run = await journey.run([...FUND, '--max-vvv', '50'])
    expect(run.json.failure).toMatchObject({ code: 'policy/budget-exceeded' })
    expect(await held(journey)).toMatchObject({ locked: 0n })
    expect((await journey.run([...FUND, '--max-vvv', '60'])).json).toMatchObject({ outcome: 'funded' })
  })

  test('for more DIEM than the curve can mint says so, and stakes nothing', async () => {
    const journey = await lab.begin(DIEM_FUNDS)
    const run = await journey.run(['--fund', 'diem:100000'])
    expect([run.code, run.json.failure?.code]).toEqual([5, 'chain/diem-not-available'])
    expect(purposesOf(run)).toEqual([])
  })

  test.each(['diem', 'diem:', 'diem:0', 'diem:-1', 'diem:abc', 'diem:1e3', 'diem:0.1234567890123456789', 'vvv:1', ''])(
    'rejects --fund "%s" with exit 2',
    async (way) => {
      const journey = await lab.begin()
      expect((await journey.run(['--fund', way])).code).toBe(2)
      expect((await journey.onChain()).transactions).toBe(0)
    },
  )
})

const hasSigned = (transactions: readonly { purpose: string; status: string }[]): boolean =>
  transactions.some(({ purpose, status }) => purpose === 'mintDiem' && status === 'signed')

describe('before approval, a person', () => {
  test('sees what is staked, locked and staked again, and how long an exit takes', async () => {
    const journey = await lab.begin(DIEM_FUNDS)
    const shown = await journey.command(['plan', ...FUND])
    expect(shown.code).toBe(0)
    expect(shown.stdout).toMatch(/^stake .*\d\d\.\d+ VVV +later/m)
    expect(shown.stdout).toMatch(/For 0\.1 DIEM, the run locks \d\d\.\d+ sVVV \(at most \d\d sVVV/)
    expect(shown.stdout).toMatch(/mintDiem: sVVV stays locked .* \(a day\), and sVVV 7 days more/)
    const { json } = await journey.command(['plan', '--json', ...FUND])
    expect(json.plan.fund).toMatchObject({ way: 'diem', amount: TENTH.toString(), diem: { staked: '0' } })
    expect(json.irreversible.join()).toContain('7 days more')

    await journey.run()
    const after = await journey.command(['plan', ...FUND])
    expect(after.stdout).toMatch(/^approve .*\d\d\.\d+ VVV/m)
  })

  test('can decline, and then nothing is signed', async () => {
    const journey = await lab.begin(DIEM_FUNDS)
    await journey.run()
    const run = await journey.command(['run', '--json', ...FUND])
    expect([run.code, run.json.failure?.code]).toEqual([5, 'policy/confirmation-needed'])
    expect((await journey.onChain()).transactions).toBe(2)
    const digest = /--plan-digest ([0-9a-f]{64})/.exec(run.json.failure?.hint ?? '')?.[1] ?? ''
    const approved = await journey.command(['run', '--json', ...FUND, '--plan-digest', digest])
    expect(approved.json).toMatchObject({ outcome: 'funded' })
  })
})

describe('fund diem', () => {
  test('resumes a finished run, and does nothing when repeated', async () => {
    const journey = await lab.begin(DIEM_FUNDS)
    expect((await journey.run()).json.outcome).toBe('unfunded')
    const funded = await journey.command(['fund', 'diem', '0.1', '--yes', '--prove', '--json'])
    expect([funded.code, funded.json.outcome, purposesOf(funded)]).toEqual([0, 'funded', ALL])
    expect(journey.keys()).toHaveLength(1)
    // It paid for a call, so the key's DIEM is spent, and is not still to be counted.
    const again = await journey.command(['fund', 'diem', '0.1', '--yes'])
    expect(again.stderr).not.toContain('fundingCheck.awaitCredit')
    expect(again.stdout).not.toContain('Nothing to do')
    expect((await journey.onChain()).transactions).toBe(ALL.length)

    const more = await journey.command(['fund', 'diem', '0.2', '--yes', '--json'])
    expect(purposesOf(more)?.slice(ALL.length)).toEqual(ALL.slice(2))
    expect((await held(journey)).staked).toBe(2n * TENTH)
  })

  test('mints new DIEM after the old was unstaked, whatever earlier transactions brought', async () => {
    const journey = await lab.begin(DIEM_FUNDS)
    await journey.run(FUND)
    const data = encodeFunctionData({ abi: diemAbi, functionName: 'initiateUnstake', args: [TENTH] })
    await sendOwn(lab.sandbox, journey, { to: ADDRESSES.diem, data })
    const again = await journey.command(['fund', 'diem', '0.05', '--yes', '--json'])
    expect([again.code, again.json.failure]).toEqual([0, null])
    expect((await held(journey)).staked).toBe(TENTH / 2n)
  })

  test('without a run that has a key exits 2, does nothing, and names the command that does both', async () => {
    const journey = await lab.begin(DIEM_FUNDS)
    const none = await journey.command(['fund', 'diem', '0.1', '--yes', '--json'])
    expect([none.code, none.json.failure?.code]).toEqual([2, 'run/no-key'])
    expect(none.json.failure?.hint).toContain('venice-onboard run --fund diem:0.1')
    expect((await journey.onChain()).transactions).toBe(0)
  })

  test.each(['0', 'abc', '-1'])('rejects %s DIEM as a usage error', async (amount) => {
    const journey = await lab.begin()
    expect((await journey.command(['fund', 'diem', '--yes', '--', amount])).code).toBe(2)
  })
})
