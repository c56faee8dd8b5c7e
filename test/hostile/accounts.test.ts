import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeFunctionData, parseEther } from 'viem'
import { describe, expect, test } from 'vitest'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import { callFor, executeCall } from '../../src/gate/calls.ts'
import { vvvAbi } from '../../src/sandbox/contracts/abi.ts'
import { BATCH_DELEGATE, DELEGATE } from '../../src/sandbox/contracts/deploy.ts'
import { isAt } from '../support/cli.ts'
import { type Journey, useSandbox } from '../support/sandbox.ts'

const lab = useSandbox()

const ATTACKER = '0x00000000000000000000000000000000000000aa'

// biome-ignore lint/suspicious/noExplicitAny: an attacker writes whatever he likes
type Any = any

const pathOf = ({ cwd, address }: Journey): string =>
  join(cwd, '.venice-onboard', `8453-${address.toLowerCase()}`, 'run.json')

/** Edits like somebody with write access who knows the program: with a new checksum and without the seal. */
function change(journey: Journey, edit: (attempt: Any) => void): void {
  const { envelope } = JSON.parse(readFileSync(pathOf(journey), 'utf8'))
  for (const attempts of [envelope.snapshot.context.record.attempts, envelope.due?.input?.attempts ?? []])
    for (const attempt of attempts) edit(attempt)
  const checksum = createHash('sha256').update(JSON.stringify(envelope)).digest('hex')
  writeFileSync(pathOf(journey), JSON.stringify({ checksum, envelope }))
}

/** A run that was killed when its one transaction was recorded and not sent yet. */
async function recorded(): Promise<Journey> {
  const journey = await lab.begin()
  await lab.sandbox.chain.setDelegation(journey.address, BATCH_DELEGATE)
  const running = journey.start()
  await running.event(isAt('stake.broadcast'))
  await running.kill('SIGKILL')
  return journey
}

describe('a recorded batch', () => {
  test.each<[string, (attempt: Any) => void]>([
    [
      'also calls something else',
      (attempt) => {
        const transfer = encodeFunctionData({
          abi: vvvAbi,
          functionName: 'transfer',
          args: [ATTACKER, parseEther('9')],
        })
        const stake = callFor({ purpose: 'stake', amount: parseEther('1') }, attempt.from)
        Object.assign(attempt, executeCall([{ to: ADDRESSES.vvv, data: transfer }, stake], attempt.from), { raw: null })
        attempt.intent = attempt.hash
      },
    ],
    ['approves more', (attempt) => Object.assign(attempt.batch, { approve: parseEther('9').toString() })],
    ['is of another kind', (attempt) => Object.assign(attempt.batch, { via: 'multicall' })],
    ['belongs to another purpose', (attempt) => Object.assign(attempt, { purpose: 'stakeDiem' })],
  ])('that %s is neither signed nor sent', async (_, edit) => {
    const journey = await recorded()
    const before = await journey.onChain()
    change(journey, edit)
    const run = await journey.run()
    expect([5, 78]).toContain(run.code)
    expect(run.json.failure?.code).toMatch(/^store\/(?:changed|corrupt)$/)
    expect(before.transactions === 0 ? await journey.onChain() : before).toEqual(before)
  })
})

const SENDS = ['eth_sendRawTransaction', 'eth_sendRawTransactionSync']

describe('code that has changed since the plan', () => {
  test('stops the recorded transactions from being sent', async () => {
    await lab.sandbox.chain.setBlockTime(undefined)
    for (const on of SENDS) lab.fault(on, { kind: 'rpcError', code: -32000, message: 'sender is on a list' })
    const journey = await lab.begin()
    await lab.sandbox.chain.setDelegation(journey.address, BATCH_DELEGATE)
    expect((await journey.run()).code).toBe(78)
    await lab.sandbox.chain.setDelegation(journey.address, DELEGATE)
    lab.sandbox.chain.requests.reset()
    const run = await journey.run()
    expect([run.code, run.json.failure?.code]).toEqual([5, 'wallet/delegate-changed'])
    for (const method of SENDS) expect(lab.sandbox.chain.requests.methods[method]).toBeUndefined()

    await lab.sandbox.chain.setDelegation(journey.address, BATCH_DELEGATE)
    await lab.sandbox.chain.setBlockTime(0)
    expect((await journey.run()).code).toBe(0)
    expect(await journey.onChain()).toEqual({ transactions: 1, allowance: 0n, sVvv: parseEther('1') })
  })

  test('is not covered by the plan’s approval', async () => {
    const journey = await lab.begin()
    await lab.sandbox.chain.setDelegation(journey.address, BATCH_DELEGATE)
    const { json } = await journey.command(['plan', '--json'])
    await lab.sandbox.chain.setDelegation(journey.address)
    const run = await journey.run(['--plan-digest', String((json as { planDigest?: string }).planDigest)])
    expect([run.code, run.json.failure?.code]).toEqual([5, 'policy/plan-changed'])
    expect((await journey.onChain()).transactions).toBe(0)
  })
})
