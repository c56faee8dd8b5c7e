import { vi } from 'vitest'
import { useSandbox } from '../support/sandbox.ts'
import { skippingClock } from '../support/skipping-clock.ts'
import { checkRows } from './check.ts'
import * as rows from './venice-rows.ts'
import { useWire } from './wire.ts'

vi.mock('../../src/adapters/clock.ts', async (original) => {
  const { systemClock } = await original<typeof import('../../src/adapters/clock.ts')>()
  return { systemClock: skippingClock(systemClock) }
})

checkRows(useSandbox(), useWire(), [
  ...rows.TOKEN_ROWS,
  ...rows.MESSAGE_ROWS,
  ...rows.REFUSAL_ROWS,
  ...rows.DOUBT_ROWS,
  ...rows.SLOW_ROWS,
  ...rows.FETCH_ROWS,
  ...rows.FUNDING_ROWS,
])
