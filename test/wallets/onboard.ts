import { join } from 'node:path'
import { createChain } from '../../src/adapters/chain/create-chain.ts'
import { systemClock } from '../../src/adapters/clock.ts'
import { plainFileSink } from '../../src/adapters/sinks/file.ts'
import { createVeniceClient } from '../../src/adapters/venice/client.ts'
import { BASE_CHAIN_ID } from '../../src/domain/addresses.ts'
import type { RunResult } from '../../src/driver/result.ts'
import { runOnboarding } from '../../src/operations/run-onboarding.ts'
import type { Signer } from '../../src/ports/signer.ts'

export interface Place {
  rpcUrl: string
  apiUrl: string
  cwd: string
}

/** The sandbox mines at once: looks need not be as far apart as on Base. */
const BLOCK_MS = 200

/** A whole onboarding of 1 VVV with `signer`; its state and its key are in `cwd`. */
export const onboardWith = (signer: Signer, { rpcUrl, apiUrl, cwd }: Place): Promise<RunResult> =>
  runOnboarding({
    ports: {
      chain: createChain({ rpcUrls: [rpcUrl], clock: systemClock, blockTimeMs: BLOCK_MS }),
      venice: createVeniceClient({ apiUrl, clock: systemClock }),
      signer,
      sink: plainFileSink(`file:${join(cwd, 'key')}`, join(cwd, 'key'), {}),
      clock: systemClock,
    },
    chainId: BASE_CHAIN_ID,
    stateDir: join(cwd, 'state'),
  })
