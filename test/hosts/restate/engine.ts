import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import type { Address } from '../../../src/domain/addresses.ts'
import { createFleetClient, type FleetClient } from '../../../src/hosts/restate/client.ts'
import type { Order, WalletSummary } from '../../../src/hosts/restate/order.ts'
import { walletKey } from '../../../src/hosts/restate/names.ts'
import { type RestateServer, startServer } from '../../../src/hosts/restate/server.ts'
import { startWorker, type Worker, type WorkerOptions } from '../../../src/hosts/restate/worker.ts'
import { systemClock } from '../../../src/adapters/clock.ts'

/** A real Restate for the tests of one file. */
export interface Engine {
  readonly server: RestateServer
  readonly client: FleetClient
  /** Starts a worker in this process and registers it. It is closed when the test ends. */
  serve(options: Pick<WorkerOptions, 'open'> & Partial<WorkerOptions>): Promise<Worker>
  /** Resolves when the pass of the wallet has ended. */
  ended(address: string, pass?: number): Promise<WalletSummary>
}

/**
 * Starts the server from npm; a suite without one fails, since skipping it would look like passing it. Restate has no
 * program for other platforms than these.
 */
export const HAS_SERVER_PACKAGE = ['linux', 'darwin'].includes(process.platform)

export function useEngine(): Engine {
  let server: RestateServer | undefined
  let directory = ''
  const running = (): RestateServer => {
    if (server === undefined) throw new Error('Restate runs only within tests.')
    return server
  }
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'venice-onboard-restate-'))
    server = await startServer({ directory, env: process.env })
  })
  afterAll(async () => {
    await server?.kill()
    rmSync(directory, { recursive: true, force: true })
  })
  const engine: Engine = {
    get server() {
      return running()
    },
    get client() {
      return createFleetClient(running())
    },
    async serve(options) {
      const worker = await startWorker({ clock: systemClock, ...options })
      onTestFinished(() => worker.close())
      await engine.client.register(worker.url)
      return worker
    },
    ended: (address, pass = 1) => waitFor(engine.client, address, pass),
  }
  return engine
}

/** Restate tells nobody when a pass ends unless its caller waits; so it is asked. */
async function waitFor(client: FleetClient, address: string, pass: number): Promise<WalletSummary> {
  for (;;) {
    const { summary } = await client.status({ chainId: 8453, address })
    if (summary !== null && summary.pass >= pass && summary.outcome !== 'running') return summary
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

export const order = (address: Address, changes: Partial<Order> = {}): Order => ({
  pass: 1,
  chainId: 8453,
  address,
  ...changes,
})

export const keyOf = (address: string): string => walletKey({ chainId: 8453, address })
