import { vi } from 'vitest'
import { useSandbox } from '../support/sandbox.ts'
import { skippingClock } from '../support/skipping-clock.ts'
import { checkRows } from './check.ts'
import { CAUSE_ROWS, PAYMENT_ROWS } from './payment-rows.ts'
import { useWire } from './wire.ts'

vi.mock('../../src/adapters/clock.ts', async (original) => {
  const { systemClock } = await original<typeof import('../../src/adapters/clock.ts')>()
  return { systemClock: skippingClock(systemClock) }
})

checkRows(useSandbox(), useWire(), [...PAYMENT_ROWS, ...CAUSE_ROWS])
