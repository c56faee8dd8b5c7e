import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { SendingOptions } from '../../src/adapters/signers/sending.ts'
import { signerFrom } from '../../src/adapters/signers/signer-from.ts'
import type { RunResult } from '../../src/driver/result.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { sendOwn } from '../support/wallet-actions.ts'
import type { OnSend } from './json-rpc-wallet.ts'
import { expectOnboarded, useWallets, type WalletUnderTest } from './lab.ts'
import { onboardWith, skippingClock } from './onboard.ts'
import { useProgram } from './program.ts'
import { SHAPES } from './shapes.ts'

const SHAPE = 'a viem WalletClient with an account of a wallet'
const KEEPS: SendingOptions = { honoursNonces: true }
const CHOOSES: SendingOptions = { honoursNonces: false }
const PURPOSES = ['approve', 'stake'] as const

/** Wei per gas: in the sandbox, and on a network where the sandbox's fees are too low. */
const [CALM, DEAR] = [5_000_000n, 50_000_000n]
const BLOCK_MS = 100

const lab = useWallets()

/** The base fee rises, so that pooled transactions are not mined. */
async function becomeDear(): Promise<'go on'> {
  const { chain } = lab.sandbox
  onTestFinished(() => chain.setBaseFee(CALM))
  await chain.setBaseFee(DEAR)
  await chain.setBlockTime(BLOCK_MS)
  return 'go on'
}

async function run(under: WalletUnderTest, options: SendingOptions, clock?: Clock): Promise<RunResult> {
  const shape = SHAPES[SHAPE]
  if (shape === undefined) throw new Error('There is no such shape.')
  return onboardWith(await signerFrom(await shape.open(under), options), under, clock)
}

/** The fault `what` affects the request for `purpose`, once. */
const onceAt = (
  purpose: (typeof PURPOSES)[number],
  at: Parameters<OnSend>[0],
  what: () => ReturnType<OnSend>,
): OnSend => {
  const skipped = PURPOSES.indexOf(purpose)
  let seen = -1
  return (moment) => {
    if (moment !== at) return 'go on'
    seen += 1
    return seen === skipped ? what() : 'go on'
  }
}

const program = useProgram('test/wallets/child.ts')

function startChild({ journey: _, wallet: __, attempts: ___, ...under }: WalletUnderTest, options: SendingOptions) {
  const input = JSON.stringify({ ...under, shape: SHAPE, options })
  const child = spawn(process.execPath, [program(), input], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}

async function runChild(under: WalletUnderTest, options: SendingOptions): Promise<RunResult | null> {
  const printed = await text(startChild(under, options).stdout)
  return printed === '' ? null : (JSON.parse(printed) as RunResult)
}

async function kill(child: ChildProcess | undefined): Promise<'drop'> {
  const gone = child && once(child, 'exit')
  child?.kill('SIGKILL')
  await gone
  return 'drop'
}

const cases = PURPOSES.flatMap((purpose) => [
  { purpose, options: KEEPS, wallet: 'keeps to nonces' },
  { purpose, options: CHOOSES, wallet: 'chooses its own' },
])

describe('a lost answer after the transaction was sent', () => {
  test.each(cases)(
    'of the $purpose by a wallet that $wallet is recovered, and nothing is sent twice',
    async (given) => {
      const under = await lab.open()
      under.wallet.onSend = onceAt(given.purpose, 'after', () => 'drop')
      expect(await run(under, given.options)).toMatchObject({ outcome: 'unfunded', failure: null })
      await expectOnboarded(lab, under)
      expect(under.wallet.asked.filter((method) => method === 'eth_sendTransaction')).toHaveLength(2)
    },
  )

  test.each(cases.slice(2))(
    'is recovered after the process died too, at the $purpose, by a wallet that $wallet',
    async (given) => {
      const under = await lab.open()
      let child: ChildProcess | undefined
      under.wallet.onSend = onceAt(given.purpose, 'after', () => kill(child))
      child = startChild(under, given.options)
      await once(child, 'exit')
      expect((await under.attempts()).at(-1)).toMatchObject({ status: 'signed', raw: null })
      expect(await runChild(under, given.options)).toMatchObject({ outcome: 'unfunded', failure: null })
      await expectOnboarded(lab, under)
      expect(under.wallet.asked.filter((method) => method === 'eth_sendTransaction')).toHaveLength(2)
    },
  )
})

describe('a lost request before the transaction was sent', () => {
  test.each(PURPOSES)('of the %s is repeated under its nonce, by a wallet that respects nonces', async (purpose) => {
    const under = await lab.open()
    under.wallet.onSend = onceAt(purpose, 'before', () => 'drop')
    expect(await run(under, KEEPS)).toMatchObject({ outcome: 'unfunded', failure: null })
    await expectOnboarded(lab, under)
  })

  test.each(PURPOSES)(
    'of the %s is not repeated by a wallet that chooses its own nonce, until somebody has checked',
    async (purpose) => {
      const under = await lab.open()
      under.wallet.onSend = onceAt(purpose, 'before', () => 'drop')
      expect(await run(under, CHOOSES, skippingClock())).toMatchObject({
        failure: { code: 'wallet/send-outcome-unknown' },
        recoverable: true,
      })
      const asked = under.wallet.asked.length
      expect(await run(under, CHOOSES, skippingClock())).toMatchObject({
        failure: { code: 'wallet/send-outcome-unknown' },
      })
      expect(under.wallet.asked.slice(asked)).not.toContain('eth_sendTransaction')
      expect((await under.journey.onChain()).transactions).toBe(PURPOSES.indexOf(purpose))
      expect(await run(under, { notSent: true })).toMatchObject({ outcome: 'unfunded', failure: null })
      await expectOnboarded(lab, under)
    },
    90_000,
  )

  test('is repeated after the process died too, by a wallet that respects nonces', async () => {
    const under = await lab.open()
    let child: ChildProcess | undefined
    under.wallet.onSend = onceAt('stake', 'before', () => kill(child))
    child = startChild(under, KEEPS)
    await once(child, 'exit')
    expect(await runChild(under, KEEPS)).toMatchObject({ outcome: 'unfunded', failure: null })
    await expectOnboarded(lab, under)
  })
})

test('a transaction that a wallet sent stays the same when another signer of its key continues', async () => {
  const under = await lab.open()
  under.wallet.onSend = onceAt('approve', 'before', () => 'drop')
  await run(under, CHOOSES, skippingClock())
  expect(await onboardWith(await signerFrom(under.privateKey), under)).toMatchObject({ failure: null })
  await expectOnboarded(lab, under)
})

describe('a wallet', () => {
  test('that sends under another nonce than the recorded one is named, and is not asked again', async () => {
    const under = await lab.open()
    under.wallet.ignoresNonces = true
    under.wallet.onSend = onceAt('approve', 'before', async () => {
      await sendOwn(lab.sandbox, under, { to: under.address })
      return 'go on' as const
    })
    expect(await run(under, CHOOSES)).toMatchObject({
      failure: {
        code: 'wallet/sent-otherwise',
        facts: ['differs in nonce', expect.stringContaining('Transaction: 0x')],
      },
    })
    expect(await under.journey.onChain()).toMatchObject({ transactions: 2, sVvv: 0n })
    // A nonce counts as used by another transaction once several blocks have shown it.
    await lab.sandbox.chain.setBlockTime(200)
    // Its own transaction counts: the allowance exists, and is not set again.
    expect(await run(under, CHOOSES)).toMatchObject({ outcome: 'unfunded', failure: null })
    expect(await under.journey.onChain()).toEqual({ transactions: 3, allowance: 0n, sVvv: 10n ** 18n })
  }, 180_000)

  test('on another chain is not asked to send, and continues once it is switched', async () => {
    const under = await lab.open()
    under.wallet.chainId = '0x1'
    expect(await run(under, CHOOSES)).toMatchObject({ failure: { code: 'wallet/other-chain' } })
    expect(under.wallet.asked).not.toContain('eth_sendTransaction')
    under.wallet.chainId = null
    expect(await run(under, { notSent: true })).toMatchObject({ failure: null })
    await expectOnboarded(lab, under)
  })

  test('that respects nonces replaces an underpriced transaction under its nonce', async () => {
    const under = await lab.open()
    await lab.sandbox.chain.setBlockTime(undefined)
    under.wallet.onSend = onceAt('stake', 'after', becomeDear)
    expect(await run(under, KEEPS)).toMatchObject({ outcome: 'unfunded', failure: null })
    expect(await under.journey.onChain()).toEqual({ transactions: 2, allowance: 0n, sVvv: 10n ** 18n })
    const attempts = await under.attempts()
    expect(attempts.map(({ purpose, nonce, status }) => [purpose, nonce, status])).toEqual([
      ['approve', 0, 'superseded'],
      ['stake', 1, 'superseded'],
      ['approve', 0, 'mined'],
      ['stake', 1, 'mined'],
    ])
    const mined = await Promise.all(
      attempts.slice(2).map(({ hash }) => lab.sandbox.chain.public.getTransaction({ hash })),
    )
    expect(mined.map(({ nonce }) => nonce)).toEqual([0, 1])
  })
})
