import { beforeEach, vi } from 'vitest'
import type { Clock } from '../../src/ports/clock.ts'
import { UNLIMITED } from '../support/payments.ts'
import { useSandbox } from '../support/sandbox.ts'
import { skippingClock } from '../support/skipping-clock.ts'
import { checkRows } from './check.ts'
import { useWire } from './wire.ts'
import { X402_ROWS } from './x402-rows.ts'

const time = vi.hoisted(() => ({ begin: () => {} }))
vi.mock('../../src/adapters/clock.ts', async (original) => {
  const { systemClock } = await original<typeof import('../../src/adapters/clock.ts')>()
  let clock = systemClock
  time.begin = () => {
    clock = skippingClock(systemClock)
  }
  const skipping: Clock = {
    ...systemClock,
    now: () => clock.now(),
    sleepUntil: (atMs, signal) => clock.sleepUntil(atMs, signal),
  }
  return { systemClock: skipping }
})

// A sign-in five minutes ahead is refused, so each row resets the time that the previous one waited.
beforeEach(() => time.begin())

checkRows(useSandbox(UNLIMITED), useWire(), X402_ROWS)
