import { describe, expect, it } from 'vitest'
import { createEffects } from '../../src/driver/effects/create.ts'
import { Interrupted } from '../../src/driver/effects/guard.ts'
import type { Ports } from '../../src/driver/effects/io.ts'
import { RpcError } from '../../src/errors/chain/endpoints.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { ADDRESS, attempt, VVV } from '../support/samples.ts'
import { fakeWorld } from '../support/world.ts'

const stake = attempt('stake', 8)

/**
 * A chain that announces its blocks. On its clock no wait of a second or more ends. The stake is in its second
 * block.
 */
function announcing(onCheck: (announce: () => void) => void) {
  const { ports } = fakeWorld()
  const followers = new Set<() => void>()
  const announce = () => {
    for (const follower of followers) follower()
  }
  const clock: Clock = {
    ...ports.clock,
    sleepUntil: (atMs, signal) =>
      atMs - ports.clock.now() < 1_000
        ? ports.clock.sleepUntil(atMs, signal)
        : new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true })),
  }
  let checks = 0
  const chain: Ports['chain'] = {
    ...ports.chain,
    announcesBlocks: true,
    followHeads(onHead) {
      followers.add(onHead)
      return () => followers.delete(onHead)
    },
    async hasReceipt() {
      checks += 1
      onCheck(announce)
      return checks > 1
    },
    async report() {
      return {
        attempts: [
          {
            hash: stake.hash,
            status: checks < 2 ? 'pending' : 'mined',
            blockNumber: '100',
            gasUsed: null,
            feeWei: null,
          },
        ],
        head: { number: String(99 + checks), timestamp: 0, baseFeePerGas: '1' },
        nonce: 8,
        sVvv: VVV.toString(),
        allowance: '0',
        diem: null,
      }
    },
  }
  const effects = createEffects({ ...ports, chain, clock })
  const watch = (signal: AbortSignal = new AbortController().signal) =>
    effects.watchTransactions({ address: ADDRESS, attempts: [stake] }, { signal, report: () => {} })
  return { chain, watch, checks: () => checks, followers: () => followers.size }
}

describe('an announced block', () => {
  it('is checked at once, not when the next receipt check is due', async () => {
    const { watch, checks } = announcing((announce) => setImmediate(announce))
    expect((await watch()).problem).toBeNull()
    expect(checks()).toBe(2)
  })

  it('is checked next when an older answer is still under way', async () => {
    const { watch, checks } = announcing((announce) => announce())
    expect((await watch()).problem).toBeNull()
    expect(checks()).toBe(2)
  })
})

describe('block announcements are no longer followed', () => {
  it('once the transactions are decided', async () => {
    const { watch, followers } = announcing((announce) => announce())
    const watching = watch()
    expect(followers()).toBe(1)
    await watching
    expect(followers()).toBe(0)
  })

  it('once a check has failed', async () => {
    const { watch, chain, followers } = announcing(() => {})
    chain.hasReceipt = () => Promise.reject(new RpcError('connection reset'))
    await expect(watch()).rejects.toMatchObject({ code: 'chain/rpc' })
    expect(followers()).toBe(0)
  })

  it('once the run is paused', async () => {
    const pause = new AbortController()
    const { watch, followers } = announcing(() => setImmediate(() => pause.abort()))
    await expect(watch(pause.signal)).rejects.toBeInstanceOf(Interrupted)
    expect(followers()).toBe(0)
  })
})
