import { describe, expect, it } from 'vitest'
import type { Invocation } from '../../src/fleet/client.ts'
import { walletKey } from '../../src/fleet/names.ts'
import type { WalletSummary } from '../../src/fleet/order.ts'
import { overviewOf, shortened } from '../../src/fleet/overview.ts'

const addressOf = (index: number): string => `0x${index.toString(16).padStart(40, '0')}`
const summary = (index: number, changes: Partial<WalletSummary> = {}): WalletSummary => ({
  chainId: 8453,
  address: addressOf(index),
  runId: 'run',
  pass: 1,
  revision: 1,
  state: 'funded',
  effect: null,
  outcome: 'funded',
  failure: null,
  startedAt: '2026-11-30T00:00:00.000Z',
  updatedAt: '2026-11-30T00:00:00.000Z',
  spent: { vvv: '0', feeWei: '0' },
  keys: 1,
  orphans: 0,
  ...changes,
})
const invocation = (index: number): Invocation => {
  const key = walletKey({ chainId: 8453, address: addressOf(index) })
  return { id: `inv_${index}`, key, status: 'running', retries: 0, lastFailure: null }
}
const overview = (summaries: readonly WalletSummary[], invocations: readonly Invocation[] = []) =>
  overviewOf(
    new Map(summaries.map((of) => [walletKey(of), of])),
    new Map(invocations.map((of) => [of.key, of])),
    { treasuries: [], sponsorings: [] },
    0,
  )

describe('the overview of a fleet', () => {
  it('lists addresses, and first those that need somebody', () => {
    const failure = { code: 'wallet/insufficient-vvv', message: '', hint: '', isRecoverable: true }
    const { addresses, addressesLeftOut } = overview(
      [
        summary(1),
        summary(2, { outcome: 'running', state: 'mint.post' }),
        summary(3, { outcome: 'running', state: 'approve.prepare' }),
        summary(4, { outcome: 'failed', state: 'failed', failure }),
      ],
      [invocation(2), invocation(5)],
    )
    expect(addresses).toEqual([
      { address: addressOf(4), outcome: 'failed', state: 'failed', code: failure.code },
      { address: addressOf(3), outcome: 'stopped', state: 'approve.prepare', code: null },
      { address: addressOf(2), outcome: 'running', state: 'mint.post', code: null },
      { address: addressOf(5), outcome: 'queued', state: 'queued', code: null },
      { address: addressOf(1), outcome: 'funded', state: 'funded', code: null },
    ])
    expect(addressesLeftOut).toBe(0)
  })

  it('lists all ten thousand when asked, and a hundred in repeated output', () => {
    const all = overview(Array.from({ length: 10_000 }, (_, index) => summary(index)))
    expect([all.addresses.length, all.addressesLeftOut]).toEqual([10_000, 0])
    const some = shortened(all, 100)
    expect([some.addresses.length, some.addressesLeftOut]).toEqual([100, 9_900])
    expect(shortened(some, 10)).toMatchObject({ addressesLeftOut: 9_990 })
  })
})
