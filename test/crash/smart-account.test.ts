import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { http, parseEther } from 'viem'
import { createBundlerClient, type SmartAccount } from 'viem/account-abstraction'
import { base } from 'viem/chains'
import { beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import type { RunEvent } from '../../src/driver/events.ts'
import type { RunResult } from '../../src/driver/result.ts'
import { onboard } from '../../src/library/onboard.ts'
import { DIEM_FUNDS } from '../support/diem-actions.ts'
import { useSandbox } from '../support/sandbox.ts'
import { skippingClock } from '../support/skipping-clock.ts'
import { type SmartAccountUnderTest, STAKED, smartAccounts, type Version } from '../support/smart-account.ts'
import { useProgram } from '../wallets/program.ts'
import { inPairs } from './account.ts'

const CRASH_AT = new URL('crash-at.mjs', import.meta.url)
const CHILD = new URL('smart-account-child.ts', import.meta.url)
/** Of all points, every ninth is tried; 1 tries them all, which takes some minutes. */
const STEP = Number(process.env.VENICE_ONBOARD_CRASH_STEP ?? 9)

const SEND = 'eth_sendUserOperation'

const lab = useSandbox()
const program = useProgram(CHILD.pathname)
const { begin, onChain, stored } = smartAccounts(lab)
beforeEach(() => lab.sandbox.venice.setContractSignatures('all'))

/** One onboarding in a process that is killed at a point; the first line it prints is the outcome, where it comes so far. */
async function inChild({ ownerKey, version, options }: SmartAccountUnderTest, crashAt: number) {
  const { signer: _, ...rest } = options
  const child = spawn(process.execPath, ['--import', CRASH_AT.href, program()], {
    env: { ...process.env, CRASH_AT: String(crashAt), ASKED: JSON.stringify({ ...rest, ownerKey, version }) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [printed, [, signal]] = await Promise.all([
    text(child.stdout),
    once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
  ])
  return { signal, failure: printed }
}

/** Keys that are neither stored nor told of. */
function unaccounted(under: SmartAccountUnderTest, { orphans }: RunResult): string[] {
  const path = under.options.sink.replace('env-file:', '')
  const kept = existsSync(path) ? readFileSync(path, 'utf8') : ''
  return stored(under)
    .filter(({ id }) => !kept.includes(lab.sandbox.venice.secretOf(id) ?? '-'))
    .map(({ description }) => description ?? '')
    .filter((label) => !orphans.some((orphan) => orphan.label === label))
}

test.each<Version>(['0.6', '0.8'])(
  'killed at any write or call, an account of EntryPoint %s has staked once, and never approved alone',
  async (version) => {
    const points = function* () {
      for (let point = 1; ; point += STEP) yield point
    }
    const outcomes = await inPairs(points(), async (point) => {
      const under = await begin(version, { vvv: parseEther('2') })
      const { signal, failure } = await inChild(under, point)
      if (signal === null && failure !== 'null') throw new Error(`It was not killed, and ended with ${failure}.`)
      if (signal === null) return null
      const { allowance, sVvv } = await onChain(under)
      const result = await onboard(under.options)
      return {
        point,
        wasApprovedAlone: allowance > 0n || ![0n, parseEther('1')].includes(sVvv),
        failure: result.failure,
        transactions: result.transactions.map(({ purpose, status }) => `${purpose} ${status}`),
        chain: await onChain(under),
        unaccounted: unaccounted(under, result),
      }
    })
    expect(outcomes.length).toBeGreaterThan(30 / STEP)
    const ended = {
      wasApprovedAlone: false,
      failure: null,
      transactions: ['stake mined'],
      chain: STAKED,
      unaccounted: [],
    }
    expect(outcomes).toEqual(outcomes.map(({ point }) => ({ point, ...ended })))
  },
  600_000,
)

describe('a bundler', () => {
  test.each<[string, Parameters<typeof lab.fault>]>([
    ['loses its answer', [SEND, { kind: 'dropAfter' }]],
    ['takes an operation and forgets it', [SEND, { kind: 'forget' }]],
    ['is not there for a moment', [SEND, { kind: 'dropBefore' }]],
    ['answers late', [SEND, { kind: 'delay', ms: 300 }]],
    ['tells of no receipt', ['eth_getUserOperationReceipt', { kind: 'rpcResult', result: null }, { times: 4 }]],
    [
      'has forgotten what it made',
      ['eth_getUserOperationReceipt', { kind: 'rpcResult', result: null }, { times: Number.POSITIVE_INFINITY }],
    ],
    [
      'names another transaction',
      [
        'eth_getUserOperationReceipt',
        { kind: 'rpcResult', result: { receipt: { transactionHash: `0x${'7'.repeat(64)}` } } },
      ],
    ],
    ['limits the rate', ['eth_estimateUserOperationGas', { kind: 'rpcError', code: -32005, message: 'rate limit' }]],
  ])('that %s costs time, not a second stake', async (_, fault) => {
    const under = await begin('0.7', { vvv: parseEther('2') })
    const { options } = under
    lab.fault(...fault)
    const result = await onboard(options)
    expect(result.failure).toBeNull()
    expect(result.transactions).toMatchObject([{ purpose: 'stake', status: 'mined' }])
    expect(await onChain(under)).toEqual(STAKED)
    expect(stored(under)).toHaveLength(1)
  })

  test('that does not take the operation is sent the very same one by the next run', async () => {
    const under = await begin('0.8', { vvv: parseEther('2') })
    const { options } = under
    lab.fault(SEND, { kind: 'rpcError', code: -32500, message: 'AA26 over verificationGasLimit' })
    const refused = await onboard(options)
    expect(refused.failure).toMatchObject({ code: 'bundler/operation-refused' })
    const again = await onboard(options)
    expect(again.failure).toBeNull()
    expect(again.transactions).toHaveLength(1)
    expect(await onChain(under)).toEqual(STAKED)
  })

  test('that replaces the operation by another one of the account costs no second stake', async () => {
    const under = await begin('0.8', { vvv: parseEther('2') })
    lab.fault(SEND, { kind: 'rpcError', code: -32500, message: 'AA26 over verificationGasLimit' })
    expect((await onboard(under.options)).failure).toMatchObject({ code: 'bundler/operation-refused' })
    const { rpcUrl } = lab.sandbox
    const bundler = createBundlerClient({
      account: under.account as SmartAccount,
      chain: base,
      transport: http(rpcUrl),
      paymaster: true,
    })
    const other = { nonce: 0n, calls: [{ to: under.address, value: 0n, data: '0x' as const }] }
    await bundler.waitForUserOperationReceipt({ hash: await bundler.sendUserOperation(other) })
    const clock = skippingClock(systemClock)
    const codes: (string | undefined)[] = []
    const onEvent = (event: RunEvent) => {
      if (event.type === 'transition') codes.push(event.failure?.code)
    }
    const result = await onboard({ ...under.options, clock, onEvent })
    // No signature tells what used the nonce, so that the first stake could still be made.
    expect(codes).toContain('policy/signed-bytes-alive')
    expect(result.outcome).toBe('failed')
    expect(result.transactions).toMatchObject([{ purpose: 'stake', status: 'superseded' }])
    expect(await onChain(under)).toEqual({ operations: 1n, allowance: 0n, sVvv: 0n })
  })

  test('cannot make an operation for an account that somebody else has deployed since; another one is signed', async () => {
    const under = await begin('0.8', { vvv: parseEther('2') })
    lab.fault(SEND, { kind: 'rpcError', code: -32500, message: 'AA26 over verificationGasLimit' })
    expect((await onboard(under.options)).failure).toMatchObject({ code: 'bundler/operation-refused' })
    const { chain } = lab.sandbox
    const { address: from } = await chain.createWallet({ eth: parseEther('1') })
    const { factory: to, factoryData: data } = await under.account.getFactoryArgs()
    await chain.test.impersonateAccount({ address: from })
    await chain.public.request({ method: 'eth_sendTransaction', params: [{ from, to, data }] } as never)
    const result = await onboard({ ...under.options, clock: skippingClock(systemClock) })
    expect(result.failure).toBeNull()
    expect(result.transactions.map(({ nonce, status }) => `${nonce} ${status}`)).toEqual(['0 superseded', '0 mined'])
    expect(await onChain(under)).toEqual(STAKED)
    expect(stored(under)).toHaveLength(1)
  })

  test('that calls the operation by another name is not believed', async () => {
    const under = await begin('0.8', { vvv: parseEther('2') })
    const { options } = under
    lab.fault(SEND, { kind: 'rpcResult', result: `0x${'1'.repeat(64)}` })
    expect((await onboard(options)).failure).toMatchObject({ code: 'bundler/operation-refused' })
    expect((await onChain(under)).operations).toBe(0n)
  })

  test('that asks for far more gas than that takes gets no signature', async () => {
    const { options } = await begin('0.8', { vvv: parseEther('2') })
    const gas = { callGasLimit: '0x989680', verificationGasLimit: '0x1', preVerificationGas: '0x1' }
    lab.fault('eth_estimateUserOperationGas', { kind: 'rpcResult', result: gas }, { times: 9 })
    expect((await onboard(options)).failure).toMatchObject({ code: 'policy/gas-limit-refused' })
  })
})

test('a paymaster that stops paying between two operations leaves what was done, and the next run goes on', async () => {
  const under = await begin('0.7', { vvv: DIEM_FUNDS.vvv })
  const refusal = { kind: 'rpcError', code: -32001, message: 'policy is used up' } as const
  const first = await onboard({
    ...under.options,
    fund: 'diem:0.1',
    onEvent(event) {
      if (event.type === 'transition' && event.to === 'mintDiem.draft')
        lab.fault('pm_getPaymasterData', refusal, { times: Number.POSITIVE_INFINITY })
    },
  })
  expect(first.failure).toMatchObject({ code: 'bundler/paymaster-refused' })
  expect([await onChain(under), stored(under).length]).toEqual([STAKED, 1])
  lab.sandbox.faults.clear()
  const next = await onboard({ ...under.options, fund: 'diem:0.1' })
  expect(next.failure).toBeNull()
  expect(next.transactions.map(({ purpose, status }) => `${purpose} ${status}`)).toEqual([
    'stake mined',
    'stake mined',
    'mintDiem mined',
  ])
  expect(await onChain(under)).toMatchObject({ operations: 3n, allowance: 0n })
  expect(stored(under)).toHaveLength(1)
})

// biome-ignore lint/suspicious/noExplicitAny: an attacker writes whatever he likes
type Any = any

/** As somebody does who can write the folder and knows the program: the checksum is made again, the seal is taken away. */
function change({ options: { stateDir }, address }: SmartAccountUnderTest, edit: (attempt: Any) => void): void {
  const path = join(stateDir, `8453-${address.toLowerCase()}`, 'run.json')
  const { envelope } = JSON.parse(readFileSync(path, 'utf8'))
  for (const attempts of [envelope.snapshot.context.record.attempts, envelope.due?.input?.attempts ?? []])
    for (const attempt of attempts) edit(attempt)
  const checksum = createHash('sha256').update(JSON.stringify(envelope)).digest('hex')
  writeFileSync(path, JSON.stringify({ checksum, envelope }))
}

describe('an operation of the record', () => {
  const ATTACKER = '0x00000000000000000000000000000000000000aa'
  test.each<[string, (attempt: Any) => void]>([
    ['has other calls', (attempt) => Object.assign(attempt, { data: `${attempt.data.slice(0, -2)}01` })],
    ['is said to stake more', (attempt) => Object.assign(attempt, { amount: parseEther('2').toString() })],
    ['has another paymaster', (attempt) => Object.assign(attempt.batch.paymaster, { address: ATTACKER })],
    ['is deployed by somebody else', (attempt) => Object.assign(attempt.batch.factory, { address: ATTACKER })],
    ['goes through another EntryPoint', (attempt) => Object.assign(attempt.batch, { entryPoint: ATTACKER })],
    ['stakes for somebody else', (attempt) => Object.assign(attempt, { beneficiary: ATTACKER })],
    ['is made a lock of', (attempt) => Object.assign(attempt, { purpose: 'mintDiem' })],
    ['is made a transaction of', (attempt) => Object.assign(attempt, { batch: undefined })],
    ['has other bytes', (attempt) => Object.assign(attempt, { raw: `${attempt.raw.slice(0, -64)}${'1'.repeat(64)}` })],
  ])('that %s is not sent', async (_, edit) => {
    const under = await begin('0.7', { vvv: parseEther('2') })
    lab.fault(SEND, { kind: 'rpcError', code: -32500, message: 'AA26 over verificationGasLimit' })
    expect((await onboard(under.options)).failure).toMatchObject({ code: 'bundler/operation-refused' })
    change(under, edit)
    const { failure } = await onboard(under.options)
    expect(failure?.code ?? 'none').toMatch(/^store\/(?:changed|corrupt)$/)
    expect(await onChain(under)).toEqual({ operations: 0n, allowance: 0n, sVvv: 0n })
  })
})
