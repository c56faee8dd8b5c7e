import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeFunctionData, parseEther } from 'viem'
import { describe, expect, test } from 'vitest'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import { callFor } from '../../src/gate/calls.ts'
import { vvvAbi } from '../../src/sandbox/contracts/abi.ts'
import { isAt } from '../support/cli.ts'
import { type Journey, useSandbox } from '../support/sandbox.ts'

const lab = useSandbox()

const ATTACKER = '0x00000000000000000000000000000000000000aa'
const TRANSFER = encodeFunctionData({ abi: vvvAbi, functionName: 'transfer', args: [ATTACKER, parseEther('10')] })

const pathOf = ({ cwd, address }: Journey): string =>
  join(cwd, '.venice-onboard', `8453-${address.toLowerCase()}`, 'run.json')

// biome-ignore lint/suspicious/noExplicitAny: an attacker writes whatever he likes
type Any = any

/**
 * Changes a record like somebody with write access who knows the program: with a new checksum.
 *
 * @param isStripped - also removes the seal, as if an earlier version had written the record.
 */
function change(journey: Journey, edit: (envelope: Any) => void, isStripped: boolean): void {
  const { seal, envelope } = JSON.parse(readFileSync(pathOf(journey), 'utf8'))
  edit(envelope)
  const checksum = createHash('sha256').update(JSON.stringify(envelope)).digest('hex')
  writeFileSync(pathOf(journey), JSON.stringify({ checksum, ...(!isStripped && { seal }), envelope }))
}

/** A run that is killed while its stake waits for a block. */
async function inFlight(): Promise<Journey> {
  const journey = await lab.begin()
  await lab.sandbox.chain.setBlockTime(undefined)
  const running = journey.start()
  await running.event(isAt('awaitConfirmation.watch'))
  await running.kill('SIGKILL')
  return journey
}

const vvvOf = ({ address }: Pick<Journey, 'address'>): Promise<bigint> =>
  lab.sandbox.chain.public.readContract({
    address: ADDRESSES.vvv,
    abi: vvvAbi,
    functionName: 'balanceOf',
    args: [address],
  })

/** Another attempt like the last one, unknown to every node: an intent without bytes. */
const added = (envelope: Any, changes: object) => {
  const { attempts } = envelope.snapshot.context.record
  const last = attempts.at(-1)
  const hash = `0x${'5'.repeat(64)}`
  attempts.push({ ...last, nonce: last.nonce + 1, raw: null, hash, intent: hash, status: 'signed', ...changes })
}

describe.each([
  ['with its seal', false],
  ['without a seal, as an earlier version wrote it', true],
])('a record %s', (_, isStripped) => {
  test.each<[string, (envelope: Any) => void]>([
    ['an intent to transfer all VVV to somebody', (envelope) => added(envelope, { to: ADDRESSES.vvv, data: TRANSFER })],
    ['an intent to stake more', (envelope) => added(envelope, { amount: parseEther('9').toString() })],
    [
      'an intent to approve another spender',
      (envelope) => added(envelope, { purpose: 'approve', to: ADDRESSES.vvv, data: `0x095ea7b3${'0'.repeat(128)}` }),
    ],
    [
      'intents to approve and stake more, built as ours are',
      (envelope) => {
        const amount = parseEther('9')
        const from = envelope.snapshot.context.request.address
        const approve = callFor({ purpose: 'approve', amount }, from)
        const stake = callFor({ purpose: 'stake', amount }, from)
        added(envelope, { purpose: 'approve', ...approve, amount: amount.toString() })
        added(envelope, { purpose: 'stake', ...stake, amount: amount.toString(), hash: `0x${'6'.repeat(64)}` })
      },
    ],
    [
      'signed bytes of another transaction',
      (envelope) => {
        const [approve, stake] = envelope.snapshot.context.record.attempts
        stake.raw = approve.raw
      },
    ],
    [
      'another call in the due transactions',
      (envelope) => {
        for (const attempt of envelope.due.input.attempts) Object.assign(attempt, { data: TRANSFER, to: ADDRESSES.vvv })
      },
    ],
    [
      'another effect of the due transactions',
      (envelope) => {
        envelope.due = { id: 'replaceTransactions', src: 'replaceTransactions', input: envelope.due.input }
      },
    ],
    [
      'a field that no record has',
      (envelope) => {
        envelope.snapshot.context.record.attempts[0].gasPrice = '1'
      },
    ],
  ])('that contains %s leads to no signature and no transaction from it', async (_what, edit) => {
    const journey = await inFlight()
    const before = await vvvOf(journey)
    change(journey, edit, isStripped)
    const run = await journey.run(['--max-vvv', '1', '--max-gas-eth', '0.001'])
    expect([5, 78]).toContain(run.code)
    expect(run.json.failure?.code).toMatch(/^(?:store\/(?:changed|corrupt)|policy\/budget-exceeded)$/)
    await lab.sandbox.chain.mine()
    // The earlier transaction is in the pool and is mined: one VVV is staked, and nothing else has moved.
    expect(before - (await vvvOf(journey))).toBeLessThanOrEqual(parseEther('1'))
    expect(await vvvOf({ address: ATTACKER })).toBe(0n)
    expect((await journey.onChain()).transactions).toBeLessThanOrEqual(2)
  })

  test('that requests a higher stake is not carried out unattended', async () => {
    const journey = await lab.begin({ eth: parseEther('0.01'), vvv: parseEther('0.5') })
    expect((await journey.run()).code).toBe(4)
    await lab.sandbox.chain.fund(journey.address, { vvv: parseEther('10') })
    change(
      journey,
      (envelope) => {
        envelope.snapshot.context.request.stakeAmount = parseEther('9').toString()
        if (envelope.due?.input?.request) envelope.due.input.request.stakeAmount = parseEther('9').toString()
      },
      isStripped,
    )
    const run = await journey.run()
    // A request that was never signed is not kept: without a seal, this process's request of one VVV counts.
    if (!isStripped) expect([run.code, run.json.failure?.code]).toEqual([78, 'store/changed'])
    expect((await journey.onChain()).sVvv).toBe(isStripped ? parseEther('1') : 0n)
  })
})

test('a record without a seal that requests more than its process does is not resumed unattended', async () => {
  const journey = await inFlight()
  change(
    journey,
    ({ snapshot, due }) => {
      snapshot.context.request.stakeAmount = parseEther('9').toString()
      if (due?.input?.request) due.input.request.stakeAmount = parseEther('9').toString()
    },
    true,
  )
  const run = await journey.run()
  expect([run.code, run.json.failure?.code]).toEqual([5, 'run/approval-unbound'])
})

test('a record without a seal is resumed with its own process’s request', async () => {
  const journey = await inFlight()
  change(journey, () => {}, true)
  await lab.sandbox.chain.setBlockTime(0)
  const run = await journey.run()
  expect(run.code).toBe(0)
  expect(await journey.onChain()).toMatchObject({ transactions: 2, sVvv: parseEther('1') })
  expect(JSON.parse(readFileSync(pathOf(journey), 'utf8')).seal).toMatchObject({ mac: expect.any(String) })
})

test('a record never contains the key of its seal', async () => {
  const journey = await lab.begin()
  await journey.run()
  const text = readFileSync(pathOf(journey), 'utf8')
  expect(text).not.toContain(journey.privateKey.slice(2))
})
