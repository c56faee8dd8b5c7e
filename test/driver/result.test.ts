import { describe, expect, it } from 'vitest'
import { resultOf } from '../../src/driver/result.ts'
import { ConfirmationTimeoutError, RpcError } from '../../src/errors/chain.ts'
import { BudgetExceededError } from '../../src/errors/policy.ts'
import { fakeClock } from '../support/fake-clock.ts'
import { type Script, scriptedEffects } from '../support/fakes.ts'
import { driveOn, memoryHost, onDisk } from '../support/memory-host.ts'
import { ADDRESS, funding, hashOf, request, VVV } from '../support/samples.ts'

const COMMAND = 'venice-onboard run --yes'

/** The result of a run, of the revision given or of its end. */
async function result(script: Script = {}, revision = Number.POSITIVE_INFINITY) {
  const clock = fakeClock()
  const host = memoryHost({ clock })
  const pause = new AbortController()
  const publish = (event: Parameters<typeof host.publish>[0]) => {
    if (event.type === 'transition' && event.revision >= revision) pause.abort()
  }
  await driveOn({ ...host, publish, save: host.save }, scriptedEffects({ script, clock }).effects, {
    signal: pause.signal,
  })
  const envelope = await onDisk(host)
  if (envelope === null) throw new Error('The run left nothing on disk.')
  return resultOf(envelope, { command: COMMAND })
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
      failure: null,
      key: { id: 'key-1', last6: 'abcdef', type: 'INFERENCE', sink: 'fake', expiresAt: null },
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
      spent: { vvv: VVV.toString(), feeWei: '1000', usd: '0' },
      skipped: [],
      funding: funding(),
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

  it('that failed names cause, recovery and the command that goes on', async () => {
    const failed = await result({ readPosition: { always: new RpcError('down') } })
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
    ['is recoverable after a time-out', { watchTransactions: [new ConfirmationTimeoutError(['0x1'], 1)] }, true],
    [
      'is not recoverable after a refusal',
      { signTransactions: [new BudgetExceededError({ option: '--max-vvv', limit: '1', needed: '2' })] },
      false,
    ],
  ])('%s', async (_, script, recoverable) => {
    expect(await result(script)).toMatchObject({ outcome: 'failed', recoverable })
  })

  it('that is under way is paused, with the command that goes on', async () => {
    expect(await result({}, 4)).toMatchObject({
      outcome: 'paused',
      state: 'stake.broadcast',
      failure: null,
      nextAction: { command: COMMAND, reason: '2 transaction(s) wait to be mined.' },
    })
  })

  it('that waits says until when, and for what', async () => {
    const waiting = await result({ readPosition: [new RpcError('busy', { retryAfterMs: 60_000 })] }, 2)
    expect(waiting).toMatchObject({ outcome: 'paused', state: 'checkBalance.wait', failure: null })
    expect(waiting.nextAction).toEqual({
      command: COMMAND,
      reason: new RpcError('busy').message,
      earliestAt: '2026-11-23T12:01:00.000Z',
    })
  })

  it('counts as spent what is in flight, at its ceiling', async () => {
    const { spent } = await result({}, 3)
    expect(spent).toEqual({
      vvv: VVV.toString(),
      feeWei: (2n * (100_000n * 10_000_000n + 1_000n)).toString(),
      usd: '0',
    })
  })
})
