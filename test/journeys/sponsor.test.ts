import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEther } from 'viem'
import { describe, expect, test } from 'vitest'
import { acquireLock } from '../../src/adapters/locks/lock.ts'
import { DELEGATE } from '../../src/sandbox/contracts/deploy.ts'
import { type CliRun, eventsOf, isAt, pathOf, runCli } from '../support/cli.ts'
import { newFolder, sandboxFolder, useSandbox } from '../support/sandbox.ts'
import { openTreasury } from '../support/treasury.ts'

const VVV = parseEther('1')
const NOTHING = {}

const lab = useSandbox()

const sponsorPath = (run: CliRun): string[] =>
  eventsOf(run).flatMap((event) => (event.type === 'transition' && 'machine' in event ? [event.to] : []))

describe('a wallet with no funds at all', () => {
  test('gets its key through a sponsor, and signs only the challenge', async () => {
    const [journey, treasury] = [await lab.begin(NOTHING), await openTreasury(lab)]
    const run = await journey.run(['--sponsor'], { env: treasury.env })
    expect(run.code, run.stderr).toBe(0)
    expect(sponsorPath(run)).toEqual([
      'survey.read',
      'sign.prepare',
      'broadcast.send',
      'awaitConfirmation.watch',
      'survey.read',
      'done',
    ])
    expect(pathOf(run).slice(6)).toEqual([
      'checkBalance.read',
      'fetchToken.fetch',
      'sign.sign',
      'mint.open',
      'mint.post',
      'fundingCheck.ask',
      'unfunded',
    ])
    expect(await journey.onChain()).toEqual({ transactions: 0, allowance: 0n, sVvv: VVV })
    expect(await lab.sandbox.chain.public.getBalance({ address: journey.address })).toBe(0n)
    expect(await treasury.onChain()).toEqual({ transactions: 2, allowance: 0n, vvv: parseEther('999') })
    expect(journey.keys()).toHaveLength(1)
    expect(lab.sandbox.venice.secretOf(journey.keys()[0]?.id ?? '')).toBe(journey.storedKey())
    expect(run.json).toMatchObject({
      outcome: 'unfunded',
      address: journey.address,
      transactions: [],
      spent: { vvv: '0', feeWei: '0' },
      skipped: [{ stage: 'approve' }, { stage: 'stake' }],
      sponsor: {
        address: treasury.address,
        outcome: 'done',
        transactions: [
          { purpose: 'approve', nonce: 0, status: 'mined', amount: VVV.toString() },
          { purpose: 'sponsor', nonce: 1, status: 'mined', beneficiary: journey.address },
        ],
        spent: { vvv: VVV.toString(), feeWei: expect.stringMatching(/^[1-9]\d*$/) },
      },
    })
  })

  test('is shown the sponsor’s transactions as a plan, whose digest approves it', async () => {
    const [journey, treasury] = [await lab.begin(NOTHING), await openTreasury(lab)]
    const plan = await journey.command(['plan', '--sponsor', '--json'], { env: treasury.env })
    expect(plan.json).toMatchObject({
      agent: journey.address,
      sponsor: treasury.address,
      plan: { stake: VVV.toString(), agents: 1, transactions: [{ purpose: 'approve' }, { purpose: 'sponsor' }] },
    })
    const words = ['run', '--sponsor', '--json', '--plan-digest']
    const other = await journey.command([...words, '0'.repeat(64)], { env: treasury.env })
    expect([other.code, other.json.failure?.code]).toEqual([5, 'policy/plan-changed'])
    const run = await journey.command([...words, plan.json.planDigest], { env: treasury.env })
    expect(run.code, run.stderr).toBe(0)
    expect(await treasury.onChain()).toMatchObject({ transactions: 2 })
  })

  test('is not staked for without approval when nobody can be asked', async () => {
    const [journey, treasury] = [await lab.begin(NOTHING), await openTreasury(lab)]
    const run = await journey.command(['run', '--sponsor', '--json'], { env: treasury.env })
    expect([run.code, run.json.failure?.code]).toEqual([5, 'policy/confirmation-needed'])
    expect(await treasury.onChain()).toMatchObject({ transactions: 0 })
  })
})

test('the same command does nothing when repeated, and reads nothing from the chain', async () => {
  const [journey, treasury] = [await lab.begin(NOTHING), await openTreasury(lab)]
  await journey.run(['--sponsor'], { env: treasury.env })
  lab.sandbox.chain.requests.reset()
  const again = await journey.run(['--sponsor'], { env: treasury.env })
  expect([again.code, again.json.wasFinished]).toEqual([0, true])
  expect(lab.sandbox.chain.requests.http).toBe(0)
  expect(await treasury.onChain()).toMatchObject({ transactions: 2 })
  expect(journey.keys()).toHaveLength(1)
})

test('one treasury stakes for two agents in turn, each time exactly the requested amount', async () => {
  const [first, second, treasury] = [await lab.begin(NOTHING), await lab.begin(NOTHING), await openTreasury(lab)]
  const stateDir = ['--state-dir', newFolder()]
  const runs = [
    await first.run(['--sponsor', ...stateDir], { env: treasury.env }),
    await second.run(['--sponsor', '--stake', '2.5', ...stateDir], { env: treasury.env }),
  ]
  expect(runs.map(({ code }) => code)).toEqual([0, 0])
  expect([(await first.onChain()).sVvv, (await second.onChain()).sVvv]).toEqual([VVV, parseEther('2.5')])
  expect(await treasury.onChain()).toEqual({ transactions: 4, allowance: 0n, vvv: parseEther('996.5') })
  expect(runs[1]?.json.sponsor.spent.vvv).toBe(parseEther('2.5').toString())
})

describe('a treasury', () => {
  test.each([
    ['VVV', { eth: parseEther('1'), vvv: VVV / 4n }, 'wallet/insufficient-vvv', 'Send 0.75 VVV'],
    ['ETH', { vvv: 5n * VVV }, 'wallet/insufficient-eth', 'ETH'],
  ])('short of %s exits 4, and says what to send where', async (_, funds, code, hint) => {
    const [journey, treasury] = [await lab.begin(NOTHING), await openTreasury(lab, funds)]
    const run = await journey.run(['--sponsor'], { env: treasury.env })
    expect([run.code, run.json.failure?.code]).toEqual([4, code])
    expect(run.json.failure?.hint).toContain(hint)
    expect(run.json.failure?.hint).toContain(treasury.address)
    expect(run.json).toMatchObject({ outcome: 'failed', recoverable: true, address: journey.address })
    expect(await treasury.onChain()).toMatchObject({ transactions: 0, allowance: 0n })
  })

  test('gets the VVV that it waits for, and stakes', async () => {
    const [journey, treasury] = [await lab.begin(NOTHING), await openTreasury(lab, { eth: parseEther('1') })]
    const running = journey.start(['--sponsor', '--wait-for-funds', '1m'], { env: treasury.env })
    await running.event(isAt('survey.awaitFunds'))
    await lab.sandbox.chain.fund(treasury.address, { vvv: VVV })
    await running.event(isAt('sign.prepare'))
    await running.event(isAt('fundingCheck.ask'))
    await running.kill('SIGTERM')
    expect((await journey.onChain()).sVvv).toBe(VVV)
  })

  test.each([
    ['--max-vvv', '0.5'],
    ['--max-gas-eth', '0.000000001'],
  ])('signs nothing above %s', async (option, cap) => {
    const [journey, treasury] = [await lab.begin(NOTHING), await openTreasury(lab)]
    const run = await journey.run(['--sponsor', option, cap], { env: treasury.env })
    expect([run.code, run.json.failure?.code]).toEqual([5, 'policy/budget-exceeded'])
    expect(run.json.sponsor).toMatchObject({ transactions: [] })
    expect(await treasury.onChain()).toMatchObject({ transactions: 0, allowance: 0n })
  })

  test('does not count against the limits of the agent’s own run, which spends nothing', async () => {
    const [journey, treasury] = [await lab.begin(NOTHING), await openTreasury(lab)]
    const run = await journey.run(['--sponsor', '--max-vvv', '1', '--max-gas-eth', '0.01'], { env: treasury.env })
    expect(run.code, run.stderr).toBe(0)
  })

  test('cannot be the agent itself', async () => {
    const journey = await lab.begin()
    const run = await journey.run(['--sponsor'], { env: { SPONSOR_PRIVATE_KEY: journey.privateKey } })
    expect([run.code, run.json.failure?.code]).toEqual([2, 'sponsor/is-agent'])
  })

  test('must be named', async () => {
    const journey = await lab.begin(NOTHING)
    const run = await journey.run(['--sponsor'])
    expect([run.code, run.json.failure?.code]).toEqual([2, 'sponsor/no-key'])
  })

  test('without --sponsor is a usage error', async () => {
    const journey = await lab.begin()
    const run = await journey.run(['--sponsor-private-key-file', 'treasury.key'])
    expect([run.code, run.json.failure?.code]).toEqual([2, 'cli/usage'])
    expect(await journey.onChain()).toMatchObject({ transactions: 0 })
  })

  test('with two keys is a usage error that names both', async () => {
    const [journey, treasury] = [await lab.begin(NOTHING), await openTreasury(lab)]
    const run = await journey.run(['--sponsor', '--sponsor-private-key-file', 'x'], { env: treasury.env })
    expect([run.code, run.json.failure?.code]).toEqual([2, 'signer/several-keys'])
    expect(run.json.failure?.message).toContain('SPONSOR_PRIVATE_KEY and --sponsor-private-key-file')
  })

  test('signs with a key from a file', async () => {
    const [journey, treasury] = [await lab.begin(NOTHING), await openTreasury(lab)]
    writeFileSync(join(journey.cwd, 'treasury.key'), treasury.privateKey, { mode: 0o600 })
    const run = await journey.run(['--sponsor', '--sponsor-private-key-file', join(journey.cwd, 'treasury.key')])
    expect(run.code, run.stderr).toBe(0)
  })

  test('is not used while another process holds it', async () => {
    const [journey, treasury] = [await lab.begin(NOTHING), await openTreasury(lab)]
    const lock = await acquireLock({ chainId: 8453, address: treasury.address })
    const run = await journey.run(['--sponsor'], { env: treasury.env }).finally(() => lock.release())
    expect([run.code, run.json.failure?.code]).toEqual([7, 'store/locked'])
    expect(await treasury.onChain()).toMatchObject({ transactions: 0 })
  })

  test('leaves its key in no file, and its record is readable by its owner only', async () => {
    const [journey, treasury] = [await lab.begin(NOTHING), await openTreasury(lab)]
    const run = await journey.run(['--sponsor', '-v'], { env: treasury.env })
    const directory = join(journey.cwd, '.venice-onboard', `sponsor-8453-${treasury.address.toLowerCase()}`)
    expect(readdirSync(directory).sort()).toEqual(['journal.ndjson', 'run.json', 'run.json.prev'])
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    const texts = readdirSync(directory).map((name) => {
      expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600)
      return readFileSync(join(directory, name), 'utf8')
    })
    for (const text of [...texts, run.stdout, run.stderr]) expect(text).not.toContain(treasury.privateKey.slice(2))
  })
})

describe('a treasury with sponsoring transactions in flight', () => {
  test('runs for itself only after they are mined', async () => {
    const [journey, treasury] = [await lab.begin(NOTHING), await openTreasury(lab)]
    await lab.sandbox.chain.setBlockTime(undefined)
    const running = journey.start(['--sponsor'], { env: treasury.env })
    await running.event(isAt('awaitConfirmation.watch'))
    await running.kill('SIGKILL')
    const own = { env: { WALLET_PRIVATE_KEY: treasury.privateKey } }
    const refused = await journey.run([], own)
    expect([refused.code, refused.json.failure?.code]).toEqual([3, 'sponsor/treasury-in-use'])
    const words = ['wipe', '--sponsor', '--address', treasury.address, '--json']
    const wiped = await runCli(words, { cwd: journey.cwd })
    expect([wiped.code, wiped.json.failure?.code]).toEqual([5, 'run/in-flight'])

    await lab.sandbox.chain.setBlockTime(0)
    await lab.sandbox.chain.mine()
    const run = await journey.run(['--sponsor'], { env: treasury.env })
    expect(run.code, run.stderr).toBe(0)
    expect((await journey.run(['--save-key', 'file:other'], own)).code).toBe(0)
    expect(await treasury.onChain()).toMatchObject({ transactions: 4 })
    expect((await runCli(words, { cwd: journey.cwd })).code).toBe(0)
  })
})

describe('an agent', () => {
  test('is not staked for while its own transactions are in flight', async () => {
    const [journey, treasury] = [await lab.begin(), await openTreasury(lab)]
    await lab.sandbox.chain.setBlockTime(undefined)
    const running = journey.start()
    await running.event(isAt('awaitConfirmation.watch'))
    await running.kill('SIGKILL')
    const run = await journey.run(['--sponsor'], { env: treasury.env })
    expect([run.code, run.json.failure?.code]).toEqual([3, 'sponsor/agent-in-flight'])
    expect(await treasury.onChain()).toMatchObject({ transactions: 0 })
  })

  test('stays with its own stake if it staked for itself before', async () => {
    const [journey, treasury] = [await lab.begin(), await openTreasury(lab)]
    const running = journey.start()
    await running.event(isAt('fetchToken.fetch'))
    await running.kill('SIGKILL')
    const run = await journey.run(['--sponsor'], { env: treasury.env })
    expect(run.code, run.stderr).toBe(0)
    expect(await treasury.onChain()).toMatchObject({ transactions: 0 })
    expect(await journey.onChain()).toMatchObject({ transactions: 2, sVvv: VVV })
  })

  test('that is a contract is refused before anything is signed', async () => {
    const [journey, treasury] = [await lab.begin(NOTHING), await openTreasury(lab)]
    const { chain } = lab.sandbox
    const bytecode = (await chain.public.getCode({ address: DELEGATE })) ?? '0x'
    await chain.test.setCode({ address: journey.address, bytecode })
    const run = await journey.run(['--sponsor'], { env: treasury.env })
    expect([run.code, run.json.failure?.code]).toEqual([78, 'sponsor/agent-is-contract'])
    expect(await treasury.onChain()).toMatchObject({ transactions: 0, allowance: 0n })
  })

  test('whose key cannot be stored is not staked for', async () => {
    const [journey, treasury] = [await lab.begin(NOTHING), await openTreasury(lab)]
    const run = await journey.run(['--sponsor', '--save-key', 'file:/proc/nowhere/key'], { env: treasury.env })
    expect(run.code).not.toBe(0)
    expect(await treasury.onChain()).toMatchObject({ transactions: 0 })
    expect(existsSync(join(journey.cwd, '.env'))).toBe(false)
  })
})

describe('in the sandbox', () => {
  const sponsored = ['run', '--sponsor', '--block-time', '200ms', '--json']

  test('a wallet with no funds gets its key through the sandbox’s treasury, with one command', async () => {
    const cwd = sandboxFolder()
    const run = await runCli(sponsored, { cwd })
    expect(run.code, run.stderr).toBe(0)
    expect(run.json).toMatchObject({
      outcome: 'unfunded',
      transactions: [],
      spent: { vvv: '0', feeWei: '0' },
      sponsor: { outcome: 'done', spent: { vvv: VVV.toString() } },
    })
    expect((await runCli(sponsored, { cwd })).json).toMatchObject({ outcome: 'unfunded', wasFinished: true })
  })

  test('only the key of the sandbox’s treasury stakes', async () => {
    const treasury = await openTreasury(lab)
    const run = await runCli(sponsored, { cwd: sandboxFolder(), env: treasury.env })
    expect([run.code, run.json.failure?.code]).toEqual([78, 'sandbox/own-key-refused'])
    expect(await treasury.onChain()).toMatchObject({ transactions: 0 })
  })

  test('a run that began with its own funds is not sponsored', async () => {
    const cwd = sandboxFolder()
    await runCli(['run', '--stake', '1000', '--block-time', '200ms', '--json'], { cwd })
    const run = await runCli(sponsored, { cwd })
    expect([run.code, run.json.failure?.code]).toEqual([2, 'sandbox/no-treasury'])
  })
})
