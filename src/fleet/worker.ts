import { once, setMaxListeners } from 'node:events'
import { createServer, type Http2Session } from 'node:http2'
import { type AddressInfo, isIPv4 } from 'node:net'
import { FleetIdentityMissingError } from '../errors/fleet.ts'
import { loadSdk } from '../hosts/restate/sdk.ts'
import type { Clock } from '../ports/clock.ts'
import { budgetObject } from './budget.ts'
import { limitsObject } from './limits.ts'
import { createRuns, type OpenWallet } from './runs.ts'
import { createSeats } from './seats.ts'
import { noTreasury, type OpenTreasury } from './treasuries.ts'
import { treasuryObject } from './treasury.ts'
import { walletObject } from './wallet.ts'

/** Names and addresses that no other machine reaches. */
const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))

/** Milliseconds that steps under way have to end in when the worker is stopped; containers kill after ten seconds. */
const GRACE_MS = 8_000

/** Enough to fill two cores with what each waits for; few enough that none waits long for its turn. */
const CONCURRENCY = 200

export interface WorkerOptions {
  /** Finds signer and sinks of a wallet: the one place where keys come from. */
  open: OpenWallet
  /** Finds the signer of a treasury. Default: there is none here. */
  openTreasury?: OpenTreasury
  clock: Clock
  /** Where Restate reaches this worker. Default 127.0.0.1, at a free port. */
  host?: string
  port?: number
  /** Public keys of the Restate that may call (`publickeyv1_…`); others get 401. */
  identityKeys?: readonly string[]
  /** Serves without such a key whoever reaches the port, which must be of loopback. Default false. */
  allowAnyRestate?: boolean
  /** Runs under way at a time, those that sleep not counted. Default 200. */
  concurrency?: number
  /** Told of what Restate's SDK warns of. */
  onWarning?: (message: string) => void
}

export interface Worker {
  readonly port: number
  /** E.g. `http://127.0.0.1:9080`: what Restate is told, unless it reaches the worker by another name. */
  readonly url: string
  /** Lets the steps under way end, then stops. What is not done is done by another worker, or by this one when it is back. */
  close(): Promise<void>
}

/**
 * Serves the wallets' objects to Restate, over HTTP/2. Register it with `FleetClient.register`.
 *
 * Side effects: a server; what Restate asks for is done with the keys that `open` finds.
 *
 * @throws {FleetSdkMissingError}
 * @throws {FleetIdentityMissingError} there is no identity key.
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { open, clock, host = '127.0.0.1', port = 0, identityKeys = [], concurrency = CONCURRENCY } = options
  const { openTreasury = noTreasury } = options
  const mayBeAnyone = options.allowAnyRestate === true && isLoopback(host)
  if (identityKeys.length === 0 && !mayBeAnyone) throw new FleetIdentityMissingError(host)
  const sdk = await loadSdk()
  const stopping = new AbortController()
  // Every run under way listens.
  setMaxListeners(0, stopping.signal)
  const underWay = new Set<Promise<unknown>>()
  const runs = createRuns(open, { clock, seats: createSeats(concurrency) })
  const counted = <T>(step: Promise<T>): Promise<T> => {
    underWay.add(step)
    const ended = () => underWay.delete(step)
    step.then(ended, ended)
    return step
  }
  const handler = sdk.createEndpointHandler({
    services: [
      walletObject(sdk, {
        runs: { ...runs, within: (turn, work) => counted(runs.within(turn, work)) },
        clock,
        stopping: stopping.signal,
      }),
      treasuryObject(sdk, { open: openTreasury, clock, stopping: stopping.signal, within: counted }),
      limitsObject(sdk),
      budgetObject(sdk),
    ],
    ...(identityKeys.length > 0 && { identityKeys: [...identityKeys] }),
    logger: ({ level }, message: unknown) => {
      // The SDK tells of every invocation, and its errors quote ours; Restate keeps those.
      if (level === 'warn' && options.onWarning !== undefined) options.onWarning(String(message))
    },
  })
  const server = createServer(handler)
  const sessions = new Set<Http2Session>()
  server.on('session', (session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
    session.on('error', () => {})
  })
  server.listen(port, host)
  await once(server, 'listening')
  const bound = (server.address() as AddressInfo).port
  return {
    port: bound,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    async close() {
      stopping.abort(new Error('The worker stops.'))
      await Promise.race([Promise.allSettled([...underWay]), clock.sleepUntil(clock.now() + GRACE_MS)])
      const closed = once(server, 'close')
      server.close()
      // The answers of the last steps are on their way.
      await clock.sleepUntil(clock.now() + 100)
      for (const session of sessions) session.destroy()
      await closed
    },
  }
}
