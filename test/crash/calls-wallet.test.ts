import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createPublicClient, http, parseEther } from 'viem'
import { base } from 'viem/chains'
import { beforeEach, describe, expect, test } from 'vitest'
import { callsWallet } from '../../src/adapters/signers/calls-wallet.ts'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import { callFor, executeCall } from '../../src/gate/calls.ts'
import { onboard } from '../../src/library/onboard.ts'
import { providerAt } from '../support/calls-provider.ts'
import { startCallsWallet } from '../support/calls-wallet.ts'
import { newFolder, useSandbox } from '../support/sandbox.ts'
import { smartAccounts } from '../support/smart-account.ts'
import { useProgram } from '../wallets/program.ts'
import { inPairs } from './account.ts'

const CRASH_AT = new URL('crash-at.mjs', import.meta.url)
const CHILD = new URL('calls-wallet-child.ts', import.meta.url)
/** Of all points, every seventh is tried; 1 tries them all, which takes some minutes. */
const STEP = Number(process.env.VENICE_ONBOARD_CRASH_STEP ?? 7)

const lab = useSandbox()
const program = useProgram(CHILD.pathname)
const { sVvvOf, allowanceOf } = smartAccounts(lab)
beforeEach(() => lab.sandbox.venice.setContractSignatures('all'))

const paymasterUrl = 'https://paymaster.example'

async function begin() {
  const { rpcUrl, apiUrl } = lab.sandbox
  const wallet = await startCallsWallet(lab)
  const folder = newFolder()
  const place = {
    network: { rpcUrl, apiUrl },
    sink: `env-file:${join(folder, '.env')}`,
    stateDir: join(folder, 'runs'),
  }
  const { verifyMessage } = createPublicClient({ chain: base, transport: http(rpcUrl) })
  const run = async () =>
    onboard({ ...place, signer: await callsWallet(providerAt(wallet.url), { verifyMessage, paymasterUrl }) })
  return { wallet, place, run, keyFile: join(folder, '.env') }
}

type Under = Awaited<ReturnType<typeof begin>>

/** One onboarding in a process that is killed at a point; it prints the failure, where it comes so far. */
async function inChild({ wallet, place }: Under, crashAt: number) {
  const child = spawn(process.execPath, ['--import', CRASH_AT.href, program()], {
    env: {
      ...process.env,
      CRASH_AT: String(crashAt),
      ASKED: JSON.stringify({ ...place, walletUrl: wallet.url, paymasterUrl }),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [failure, [, signal]] = await Promise.all([
    text(child.stdout),
    once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
  ])
  return { signal, failure }
}

test('killed at any write or call, a wallet that makes calls together has staked once, and never approved alone', async () => {
  const points = function* () {
    for (let point = 1; ; point += STEP) yield point
  }
  const outcomes = await inPairs(points(), async (point) => {
    const under = await begin()
    const { wallet, run, keyFile } = under
    const { signal, failure } = await inChild(under, point)
    if (signal === null && failure !== 'null') throw new Error(`It was not killed, and ended with ${failure}.`)
    if (signal === null) return null
    const wasApprovedAlone = (await allowanceOf(wallet.address)) > 0n
    const result = await run()
    const kept = existsSync(keyFile) ? readFileSync(keyFile, 'utf8') : ''
    const keys = lab.sandbox.venice.keys().filter(({ owner }) => owner === wallet.address)
    const lost = keys.filter(({ id }) => !kept.includes(lab.sandbox.venice.secretOf(id) ?? '-'))
    return {
      point,
      wasApprovedAlone,
      failure: result.failure,
      transactions: result.transactions.map(({ purpose, status }) => `${purpose} ${status}`),
      made: wallet.bundles.size,
      sVvv: await sVvvOf(wallet.address),
      unaccounted: lost.filter(({ description }) => !result.orphans.some(({ label }) => label === description)),
    }
  })
  expect(outcomes.length).toBeGreaterThan(30 / STEP)
  const ended = {
    wasApprovedAlone: false,
    failure: null,
    transactions: ['stake mined'],
    made: 1,
    sVvv: parseEther('1'),
    unaccounted: [],
  }
  expect(outcomes).toEqual(outcomes.map(({ point }) => ({ point, ...ended })))
}, 600_000)

// biome-ignore lint/suspicious/noExplicitAny: an attacker writes whatever he likes
type Any = any

/** As somebody does who can write the folder and knows the program: the checksum is made again, the seal is taken away. */
function change({ wallet, place }: Pick<Under, 'wallet' | 'place'>, edit: (attempt: Any) => void): void {
  const path = join(place.stateDir, `8453-${wallet.address.toLowerCase()}`, 'run.json')
  const { envelope } = JSON.parse(readFileSync(path, 'utf8'))
  for (const attempts of [envelope.snapshot.context.record.attempts, envelope.due?.input?.attempts ?? []])
    for (const attempt of attempts) edit(attempt)
  const checksum = createHash('sha256').update(JSON.stringify(envelope)).digest('hex')
  writeFileSync(path, JSON.stringify({ checksum, envelope }))
}

describe('a record without a seal', () => {
  const paused = async ({ wallet, place }: Under) => {
    wallet.waits = true
    const stopped = new AbortController()
    const { verifyMessage } = createPublicClient({ chain: base, transport: http(place.network.rpcUrl) })
    const signer = await callsWallet(providerAt(wallet.url), { verifyMessage, paymasterUrl })
    const onEvent = ({ type, ...event }: { type: string; to?: string }) => {
      if (type === 'transition' && event.to === 'awaitConfirmation.watch') stopped.abort()
    }
    expect((await onboard({ ...place, signer, signal: stopped.signal, onEvent })).outcome).toBe('paused')
  }

  test('of calls that the wallet knows is continued', async () => {
    const under = await begin()
    await paused(under)
    change(under, () => {})
    await under.wallet.make()
    expect((await under.run()).failure).toBeNull()
    expect([under.wallet.bundles.size, await sVvvOf(under.wallet.address)]).toEqual([1, parseEther('1')])
  })

  test('with another id does not have pending calls made twice', async () => {
    const under = await begin()
    await paused(under)
    change(under, (attempt) => {
      Object.assign(attempt.batch, { id: `0x${'1'.repeat(64)}` })
      Object.assign(attempt, { hash: attempt.batch.id, intent: attempt.batch.id, status: 'signed' })
    })
    for (const _ of ['first', 'again']) await expect(under.run()).rejects.toMatchObject({ code: 'run/calls-unbound' })
    await under.wallet.make()
    expect([under.wallet.bundles.size, await sVvvOf(under.wallet.address)]).toEqual([1, parseEther('1')])
  })
})

describe('calls of the record', () => {
  const ATTACKER = '0x00000000000000000000000000000000000000aa'
  const calls = (attempt: Any) => [
    callFor({ purpose: 'approve', amount: BigInt(attempt.amount) }, attempt.from),
    callFor({ purpose: 'stake', amount: BigInt(attempt.amount), recipient: ATTACKER }, attempt.from),
  ]
  test.each<[string, (attempt: Any) => void]>([
    ['stake for somebody else', (attempt) => Object.assign(attempt, executeCall(calls(attempt), attempt.from))],
    ['name somebody else', (attempt) => Object.assign(attempt, { beneficiary: ATTACKER })],
    ['are said to stake more', (attempt) => Object.assign(attempt, { amount: parseEther('2').toString() })],
    ['approve more', (attempt) => Object.assign(attempt.batch, { approve: parseEther('9').toString() })],
    ['have another id', (attempt) => Object.assign(attempt.batch, { id: `0x${'1'.repeat(64)}` })],
    [
      'are known by another id everywhere',
      (attempt) => {
        Object.assign(attempt.batch, { id: `0x${'1'.repeat(64)}` })
        Object.assign(attempt, { hash: attempt.batch.id, intent: attempt.batch.id })
      },
    ],
    ['are made a user operation of', (attempt) => Object.assign(attempt.batch, { via: 'operation' })],
    ['are sent to VVV itself', (attempt) => Object.assign(attempt, { to: ADDRESSES.vvv })],
  ])('that %s are not asked for', async (_, edit) => {
    const { wallet, place, run } = await begin()
    wallet.onSend = () => 'drop'
    const stopped = new AbortController()
    const { verifyMessage } = createPublicClient({ chain: base, transport: http(place.network.rpcUrl) })
    const signer = await callsWallet(providerAt(wallet.url), { verifyMessage, paymasterUrl })
    const onEvent = ({ type, ...event }: { type: string; to?: string }) => {
      if (type === 'transition' && event.to === 'stake.broadcast') stopped.abort()
    }
    expect((await onboard({ ...place, signer, signal: stopped.signal, onEvent })).outcome).toBe('paused')
    change({ wallet, place }, edit)
    wallet.onSend = () => 'go on'
    const code = await run().then(
      ({ failure }) => failure?.code,
      (error: { code?: string }) => error.code,
    )
    expect(code ?? 'none').toMatch(/^(?:store\/(?:changed|corrupt)|run\/calls-unbound)$/)
    expect([wallet.bundles.size, await allowanceOf(wallet.address)]).toEqual([0, 0n])
  })
})
