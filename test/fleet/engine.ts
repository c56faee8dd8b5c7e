import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, onTestFinished, vi } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import type { Address } from '../../src/domain/addresses.ts'
import { createFleetClient, type FleetClient } from '../../src/fleet/client.ts'
import { openIdentity } from '../../src/fleet/identity.ts'
import { BUDGET } from '../../src/fleet/names.ts'
import type { Order, WalletStatus, WalletSummary } from '../../src/fleet/order.ts'
import { startWorker, type Worker, type WorkerOptions } from '../../src/fleet/worker.ts'
import { type RestateServer, startServer } from '../../src/hosts/restate/server.ts'

type Wallet = Pick<Order, 'chainId' | 'address'>

/** A real Restate for the tests of one file. */
export interface Engine {
  readonly server: RestateServer
  readonly client: FleetClient
  /** Starts a worker in this process and registers it. It is closed when the test ends. */
  serve(options: Pick<WorkerOptions, 'open'> & Partial<WorkerOptions>): Promise<Worker>
  /** Resolves when the pass of the wallet has ended. */
  ended(wallet: Wallet, pass?: number): Promise<WalletSummary>
  /** The state of the fleet's budget: what is set aside for each, and `totals`. */
  budget(): Promise<Record<string, unknown>>
  /** The first status that matches. Restate announces no change, so this polls. */
  until(wallet: Wallet, fits: (status: WalletStatus) => boolean): Promise<WalletStatus>
}

/**
 * Starts the server from npm. A suite without it fails, because a skipped suite would look passed. Restate has no
 * program for other platforms than these.
 */
export const HAS_SERVER_PACKAGE = ['linux', 'darwin'].includes(process.platform)

export function useEngine(): Engine {
  let server: RestateServer | undefined
  let directory = ''
  let identityKeys: readonly string[] = []
  const running = (): RestateServer => {
    if (server === undefined) throw new Error('Restate runs only within tests.')
    return server
  }
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'venice-onboard-restate-'))
    const { path: identityFile, publicKey } = openIdentity(join(directory, 'identity.pem'))
    identityKeys = [publicKey]
    server = await startServer({ directory, env: process.env, identityFile })
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
      const worker = await startWorker({ clock: systemClock, identityKeys, ...options })
      onTestFinished(() => worker.close())
      await engine.client.register(worker.url)
      return worker
    },
    async ended(wallet, pass = 1) {
      const hasEnded = ({ summary }: WalletStatus) =>
        summary !== null && summary.pass >= pass && summary.outcome !== 'running'
      // It matches, so it exists.
      return (await engine.until(wallet, hasEnded)).summary as WalletSummary
    },
    async budget() {
      const response = await fetch(`${running().adminUrl}/query`, {
        method: 'POST',
        headers: { accept: 'application/json', 'content-type': 'application/json' },
        body: JSON.stringify({ query: `select key, value_utf8 from state where service_name = '${BUDGET}'` }),
      })
      const { rows } = (await response.json()) as { rows: { key: string; value_utf8: string }[] }
      return Object.fromEntries(rows.map(({ key, value_utf8: value }) => [key, JSON.parse(value)]))
    },
    until: (wallet, fits) =>
      vi.waitFor(
        async () => {
          const status = await engine.client.status(wallet)
          if (!fits(status)) throw new Error(`It stands at ${JSON.stringify(status.summary)}`)
          return status
        },
        { timeout: 50_000, interval: 50 },
      ),
  }
  return engine
}

export const order = (address: Address, changes: Partial<Order> = {}): Order => ({
  pass: 1,
  chainId: 8453,
  address,
  ...changes,
})
