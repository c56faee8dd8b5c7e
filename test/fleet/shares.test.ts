import { describe, expect, it } from 'vitest'
import { fairShare, GRACE_MS, LEASE_MS, type Ledger, lease, REST_MS } from '../../src/fleet/shares.ts'

const NOW = 1_000_000
const ask = (worker: string, changes: Partial<Parameters<typeof lease>[1]> = {}) => ({
  worker,
  process: `process of ${worker}`,
  cap: 20,
  holds: 0,
  wants: 20,
  ...changes,
})
const sumOf = (ledger: Ledger) => Object.values(ledger).reduce((sum, { slots }) => sum + slots, 0)

describe('the shares of a cap', () => {
  it('give the whole cap to a worker that is alone', () => {
    expect(lease({}, ask('a'), NOW).slots).toBe(20)
  })

  it('never exceed the cap, whichever workers ask, die or come back', () => {
    // A deterministic walk.
    let state = 42
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31
      return state % below
    }
    const using = new Map<string, { process: string; slots: number; untilMs: number }>()
    let ledger: Ledger = {}
    let nowMs = NOW
    for (let turn = 0; turn < 5_000; turn += 1) {
      nowMs += random(1_500)
      const worker = `worker ${random(4)}`
      const before = using.get(worker)
      const isNew = before === undefined || random(6) === 0
      const process = isNew ? `${worker} ${turn}` : before.process
      const holds = isNew ? 0 : before.slots
      const next = lease(ledger, { worker, process, cap: 20, holds, wants: random(25) }, nowMs)
      ledger = next.ledger
      // The requests of a dead process count for another second.
      if (isNew && before !== undefined) {
        using.set(`${worker} ${turn} gone`, { ...before, untilMs: Math.min(before.untilMs, nowMs) + REST_MS })
      }
      // When a share shrinks, the slots in use become free gradually.
      const stillUsed = Math.max(next.slots, random(2) === 0 ? holds : next.slots)
      using.set(worker, { process, slots: stillUsed, untilMs: nowMs + LEASE_MS + REST_MS })
      for (const [name, { untilMs }] of using) if (untilMs <= nowMs) using.delete(name)
      expect([...using.values()].reduce((sum, { slots }) => sum + slots, 0)).toBeLessThanOrEqual(20)
      expect(sumOf(ledger)).toBeLessThanOrEqual(20)
    }
  })

  it('go to those who want them once the others have released them', () => {
    const first = lease({}, ask('a'), NOW)
    const second = lease(first.ledger, ask('b'), NOW)
    expect(second.slots).toBe(0)
    const less = lease(second.ledger, ask('a', { holds: 20 }), NOW)
    expect(less.slots).toBe(10)
    expect(lease(less.ledger, ask('b'), NOW).slots).toBe(0)
    const released = lease(less.ledger, ask('a', { holds: 10 }), NOW)
    expect(lease(released.ledger, ask('b'), NOW).slots).toBe(10)
  })

  it('of a lost worker are free after its last requests have been counted', () => {
    const { ledger } = lease({}, ask('a'), NOW)
    expect(lease(ledger, ask('b'), NOW + LEASE_MS + GRACE_MS - 1).slots).toBe(0)
    expect(lease(ledger, ask('b'), NOW + LEASE_MS + GRACE_MS).slots).toBe(20)
  })

  it('of a worker that came back under its name are free a little later', () => {
    const { ledger } = lease({}, ask('a'), NOW)
    const again = lease(ledger, ask('a', { process: 'another' }), NOW + 100)
    expect(again.slots).toBe(0)
    const later = lease(again.ledger, ask('a', { process: 'another' }), NOW + 100 + GRACE_MS)
    expect(later.slots).toBe(20)
  })

  it('follow the lowest cap that a worker was given', () => {
    const { ledger } = lease({}, ask('a', { cap: 5 }), NOW)
    expect(lease(ledger, ask('a', { cap: 5, holds: 5 }), NOW).slots).toBe(5)
    expect(lease({ ...ledger }, ask('b', { cap: 20, wants: 20 }), NOW).slots).toBe(0)
  })

  it.each([
    [20, 20, [20], 10],
    [20, 20, [2], 18],
    [20, 3, [20, 20], 3],
    [20, 0, [20], 1],
    [3, 20, [20, 20, 20], 1],
  ])('of %i: a worker that wants %i next to others that want %j gets %i', (total, wants, rivals, share) => {
    expect(fairShare(total, wants, rivals)).toBe(share)
  })
})
