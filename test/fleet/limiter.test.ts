import { describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import { createLimiter } from '../../src/fleet/limiter.ts'
import { createSeats } from '../../src/fleet/seats.ts'

describe('a limiter', () => {
  it('lets no request through without a lease', async () => {
    const lease = vi.fn(async () => {
      throw new Error('Restate is away')
    })
    const limiter = createLimiter({ cap: 5, worker: 'a', clock: systemClock, lease })
    const work = vi.fn(async () => 'done')
    const controller = new AbortController()
    const running = limiter.run(work, { signal: controller.signal })
    await vi.waitFor(() => expect(lease).toHaveBeenCalled())
    controller.abort(new Error('given up'))
    await expect(running).rejects.toThrow('given up')
    expect(work).not.toHaveBeenCalled()
    limiter.close()
  })

  it('never has more requests running, or ended within the last second, than allowed', async () => {
    vi.useFakeTimers()
    try {
      const clock = { ...systemClock, now: () => Date.now() }
      const limiter = createLimiter({ cap: 3, worker: 'a', clock, lease: async () => 3 })
      const startedAt: number[] = []
      const all = Array.from({ length: 12 }, () => limiter.run(async () => startedAt.push(Date.now())))
      while (startedAt.length < 12) await vi.advanceTimersByTimeAsync(50)
      await Promise.all(all)
      for (const from of startedAt) {
        expect(startedAt.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(3)
      }
      limiter.close()
    } finally {
      vi.useRealTimers()
    }
  })

  it('takes one slot per request of a batch, in the order of arrival', async () => {
    const limiter = createLimiter({ cap: 4, worker: 'a', clock: systemClock, lease: async () => 4 })
    const order: string[] = []
    const first = limiter.run(async () => order.push('three'), { places: 3 })
    const second = limiter.run(async () => order.push('two'), { places: 2 })
    const third = limiter.run(async () => order.push('one'))
    await Promise.all([first, second, third])
    expect(order).toEqual(['three', 'two', 'one'])
    limiter.close()
  })
})

describe('the semaphore’s seats', () => {
  const never = new AbortController().signal

  it('are assigned in order of arrival, and at once when one is free', async () => {
    const seats = createSeats(1)
    const seated: string[] = []
    await seats.take('a', never)
    await seats.take('a', never)
    const b = seats.take('b', never).then(() => seated.push('b'))
    const c = seats.take('c', never).then(() => seated.push('c'))
    seats.free('a')
    await b
    expect(seated).toEqual(['b'])
    seats.free('b')
    await c
    expect(seated).toEqual(['b', 'c'])
  })

  it('are released by callers that Restate has given up on, waiting or seated', async () => {
    const seats = createSeats(1)
    const [sitting, waiting] = [new AbortController(), new AbortController()]
    await seats.take('a', sitting.signal)
    const b = seats.take('b', waiting.signal)
    waiting.abort(new Error('gone'))
    await expect(b).rejects.toThrow('gone')
    const c = seats.take('c', never)
    sitting.abort()
    await c
  })
})
