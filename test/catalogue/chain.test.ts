import { vi } from 'vitest'
import { useSandbox } from '../support/sandbox.ts'
import { skippingClock } from '../support/skipping-clock.ts'
import * as rows from './chain-rows.ts'
import { checkRows } from './check.ts'
import { useWire } from './wire.ts'

vi.mock('../../src/adapters/clock.ts', async (original) => {
  const { systemClock } = await original<typeof import('../../src/adapters/clock.ts')>()
  return { systemClock: skippingClock(systemClock) }
})

checkRows(useSandbox(), useWire(), [...rows.READ_ROWS, ...rows.CONDITION_ROWS, ...rows.SEND_ROWS])
