import { describe, expect, it } from 'vitest'
import type { OnboardingInput } from '../../machines/onboarding/context.ts'
import { withCommand } from '../../src/cli/told.ts'
import type { Funding } from '../../src/domain/funding.ts'
import type { KeyRequest } from '../../src/domain/key.ts'
import { setting } from '../../src/domain/next-action.ts'
import { formatCost } from '../../src/domain/proof.ts'
import { resultOf } from '../../src/driver/result.ts'
import { RpcError } from '../../src/errors/chain/endpoints.ts'
import { ConfirmationTimeoutError } from '../../src/errors/chain/transactions.ts'
import { BudgetExceededError, DeclinedError } from '../../src/errors/policy.ts'
import { fakeClock, START } from '../support/fake-clock.ts'
import { type Script, scriptedEffects } from '../support/fakes.ts'
import { driveOn, memoryHost, onDisk } from '../support/memory-host.ts'
import { ADDRESS, funding, hashOf, payment, proof, request, VVV } from '../support/samples.ts'

const COMMAND = 'venice-onboard run --yes'
const TOMORROW = '2026-11-24T00:00:00.000Z'

/** The result of a run, at the given revision or at its end. */
async function result(script: Script = {}, revision = Number.POSITIVE_INFINITY, input: Partial<OnboardingInput> = {}) {
  const clock = fakeClock()
  const host = memoryHost({ clock })
  const pause = new AbortController()
  const publish = (event: Parameters<typeof host.publish>[0]) => {
    if (event.type === 'transition' && event.revision >= revision) pause.abort()
  }
  await driveOn({ ...host, publish, save: host.save }, scriptedEffects({ script, clock }).effects, {
    signal: pause.signal,
    input,
  })
  const envelope = await onDisk(host)
  if (envelope === null) throw new Error('The run left nothing on disk.')
  return withCommand(resultOf(envelope), COMMAND)
}

describe('the result of a run', () => {
  it('with a funded key has nothing left to do', async () => {
    expect(await result()).toEqual({
      schemaVersion: 1,
      outcome: 'funded',
      state: 'funded',
      runId: request().runId,
      address: ADDRESS,
      chainId: 8453,
      wasFinished: false,
      recoverable: true,
      nextAction: null,
      alternative: null,
      toRevoke: [],
      failure: null,
      key: { id: 'key-1', last6: 'abcdef', type: 'INFERENCE', sink: 'fake', expiresAt: null },
      credential: { kind: 'key', last6: 'abcdef', sink: 'fake' },
      transactions: [
        {
          purpose: 'approve',
          hash: hashOf('approve', 7),
          nonce: 7,
          status: 'mined',
          blockNumber: '1001',
          gasUsed: '50000',
          feeWei: '500',
        },
        {
          purpose: 'stake',
          hash: hashOf('stake', 8),
          nonce: 8,
          status: 'mined',
          blockNumber: '1001',
          gasUsed: '50000',
          feeWei: '500',
        },
      ],
      payments: [],
      spent: { vvv: VVV.toString(), feeWei: '1000', usd: '0' },
      skipped: [],
      funding: { ...funding(), next: null, links: [] },
      warnings: [],
      orphans: [],
    })
  })

  it('with a key that cannot spend says why, and what to do', async () => {
    const reason = 'The account behind the key holds neither DIEM nor credit.'
    const unfunded = await result({ checkFunding: [funding({ spendable: false, reason })] })
    expect(unfunded).toMatchObject({ outcome: 'unfunded', failure: null, nextAction: { reason } })
    expect(unfunded.nextAction?.command).toMatch(/^venice-onboard /)
  })

  const next = async (changes: Partial<Funding>, key: Partial<KeyRequest> = {}) => {
    const checkFunding = [funding({ spendable: false, reason: 'No.', nextEpochAt: TOMORROW, ...changes })]
    const { nextAction } = await result({ checkFunding }, undefined, {
      request: request({ key: { type: 'INFERENCE', ...key } }),
    })
    return [nextAction?.command, nextAction?.earliestAt]
  }

  it.each<[Partial<Funding>, Partial<KeyRequest>, string, string?]>([
    [{ cause: 'no-balance' }, {}, 'venice-onboard fund options'],
    [
      { cause: 'key-limit-zero' },
      { consumptionLimit: { usd: 0 } },
      'venice-onboard keys rotate --with-admin-key --limit usd=5',
    ],
    [{ cause: 'key-expired' }, { consumptionLimit: { usd: 5 } }, 'venice-onboard keys rotate --with-admin-key'],
    [{ cause: 'key-limit-used' }, {}, 'venice-onboard run --yes --require-funded', TOMORROW],
    [
      { cause: 'key-limit-used' },
      { limitPeriod: 'MONTH' },
      'venice-onboard run --yes --require-funded',
      '2026-12-01T00:00:00.000Z',
    ],
    [
      { cause: 'key-limit-used' },
      { limitPeriod: 'LIFETIME', consumptionLimit: { usd: 5, diem: 0 } },
      'venice-onboard keys rotate --with-admin-key --limit usd=10,diem=1',
    ],
    [{ cause: 'diem-spent' }, {}, 'venice-onboard run --yes --require-funded', TOMORROW],
    [{ cause: 'not-proven', spendable: null }, {}, 'venice-onboard run --yes --prove'],
    [{ cause: 'unknown', spendable: null }, {}, 'venice-onboard doctor'],
  ])('with a key in state %j names the next action that fits', async (changes, key, ...expected) => {
    expect(await next(changes, key)).toEqual([expected[0], expected[1]])
  })

  it('with a proof counts its dollars', async () => {
    const { spent, funding: shown } = await result({}, undefined, { mustProve: true })
    expect(spent.usd).toBe('0.0000003')
    expect(shown?.proof).toEqual(proof())
  })

  it('that failed names cause, recovery and the command that resumes it', async () => {
    const failed = await result({ readWalletState: { always: new RpcError('down') } })
    expect(failed).toMatchObject({
      outcome: 'failed',
      state: 'failed',
      recoverable: true,
      failure: { code: 'chain/rpc', recovery: 'retry', exit: 'transient' },
      nextAction: { command: COMMAND, reason: new RpcError('down').hint },
      key: null,
    })
    expect(failed.failure).not.toHaveProperty('jitter')
  })

  it.each([
    ['is recoverable after a timeout', { watchTransactions: [new ConfirmationTimeoutError(['0x1'], 1)] }, true],
    [
      'is not recoverable after a refusal',
      { signTransactions: [new BudgetExceededError({ cap: setting('maxVvv'), limit: '1', needed: '2' })] },
      false,
    ],
  ])('%s', async (_, script, recoverable) => {
    expect(await result(script)).toMatchObject({ outcome: 'failed', recoverable })
  })

  it('that is unfinished is paused, with the command that resumes it', async () => {
    expect(await result({}, 4)).toMatchObject({
      outcome: 'paused',
      state: 'stake.broadcast',
      failure: null,
      nextAction: { command: COMMAND, reason: '2 transaction(s) are not mined yet.' },
    })
  })

  it('that waits says until when, and for what', async () => {
    const waiting = await result({ readWalletState: [new RpcError('busy', { retryAfterMs: 60_000 })] }, 2)
    expect(waiting).toMatchObject({ outcome: 'paused', state: 'checkBalance.wait', failure: null })
    expect(waiting.nextAction).toEqual({
      command: COMMAND,
      action: 'run',
      arguments: {},
      reason: new RpcError('busy').message,
      earliestAt: '2026-11-23T12:01:00.000Z',
    })
  })

  it('counts pending transactions as spent, at their ceiling', async () => {
    const { spent } = await result({}, 3)
    expect(spent).toEqual({
      vvv: VVV.toString(),
      feeWei: (2n * (100_000n * 10_000_000n + 1_000n)).toString(),
      usd: '0',
    })
  })

  describe('that buys credit for the wallet', () => {
    const x402 = { request: request({ fund: { way: 'x402', amount: '5000000' } }) }
    const poor = funding({ spendable: false, cause: 'no-balance', reason: 'Nothing there.' })
    const nothing = { credit: { balanceUsd: 0, canConsume: false }, checkedAt: START }

    it('is funded although the key cannot spend, and names what was paid, not how', async () => {
      const { outcome, payments, spent, nextAction } = await result({ checkFunding: [poor] }, undefined, x402)
      expect({ outcome, usd: spent.usd, nextAction }).toEqual({ outcome: 'funded', usd: '5', nextAction: null })
      expect(payments).toEqual([
        { to: payment().to, value: '5000000', nonce: payment().nonce, status: 'settled', paymentId: 'x402-1' },
      ])
    })

    it('counts what moved, and a call without a transfer', async () => {
      const proven = { ...x402, mustProve: true }
      expect((await result({}, undefined, proven)).spent.usd).toBe('5')
      const found = await result({ offerPayment: [{ payment: null }] }, undefined, proven)
      expect(found.spent.usd).toBe(formatCost(proof().costUsd ?? 0))
      const findPayment = { always: { payment: payment({ status: 'void' as const }) } }
      expect((await result({ findPayment }, undefined, x402)).spent.usd).toBe('0')
    })

    it('says that it is paid and to run the same again while the credit does not show', async () => {
      const late = await result({ checkFunding: [poor], checkCredit: { always: nothing } }, undefined, x402)
      expect(late).toMatchObject({ outcome: 'unfunded', nextAction: { command: COMMAND } })
      expect(late.nextAction?.reason).toMatch(/\$0 of credit.*The USDC is paid/)
    })

    it('names the same command to resume after the person declined', async () => {
      const declined = await result({ offerPayment: { always: new DeclinedError() } }, undefined, x402)
      expect(declined).toMatchObject({ outcome: 'failed', payments: [], failure: { exit: 'refused' } })
    })
  })
})
