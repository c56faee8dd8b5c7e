import { join } from 'node:path'
import { createChain } from '../../src/adapters/chain/create-chain.ts'
import { createClock, systemClock } from '../../src/adapters/clock.ts'
import { plainFileSink } from '../../src/adapters/sinks/file.ts'
import { createVeniceClient } from '../../src/adapters/venice/client.ts'
import { BASE_CHAIN_ID } from '../../src/domain/addresses.ts'
import type { RunResult } from '../../src/driver/result.ts'
import { runOnboarding } from '../../src/operations/run-onboarding.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Signer } from '../../src/ports/signer.ts'

export interface Place {
  rpcUrl: string
  apiUrl: string
  cwd: string
}

/** The sandbox mines at once, so receipt checks can be closer than on Base. */
const BLOCK_MS = 200

/** Waits of this many milliseconds and more are skipped by `skippingClock`. */
const LONG_MS = 1_500

/** A clock that skips long waits and moves ahead. */
export function skippingClock(): Clock {
  let skippedMs = 0
  return createClock({
    wallMs: () => Date.now() + skippedMs,
    steadyMs: () => performance.now() + skippedMs,
    async sleep(ms, signal) {
      if (ms >= LONG_MS) skippedMs += ms
      else await systemClock.sleepUntil(systemClock.now() + ms, signal)
    },
  })
}

/** A whole onboarding with 1 VVV and `signer`; its state and its key are in `cwd`. */
export const onboardWith = (
  signer: Signer,
  { rpcUrl, apiUrl, cwd }: Place,
  clock: Clock = systemClock,
): Promise<RunResult> =>
  runOnboarding({
    ports: {
      chain: createChain({ rpcUrls: [rpcUrl], clock: systemClock, blockTimeMs: BLOCK_MS }),
      venice: createVeniceClient({ apiUrl, clock: systemClock }),
      signer,
      sink: plainFileSink(`file:${join(cwd, 'key')}`, join(cwd, 'key'), {}),
      clock,
    },
    chainId: BASE_CHAIN_ID,
    stateDir: join(cwd, 'state'),
  })
