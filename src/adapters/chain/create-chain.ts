import type { Address } from '../../domain/addresses.ts'
import { createPace } from '../../domain/pace.ts'
import { MissingOptionError } from '../../errors/cli.ts'
import type { CallsAccount, OperationAccount } from '../../ports/account.ts'
import type { TreasuryChain } from '../../ports/chain.ts'
import type { Clock } from '../../ports/clock.ts'
import { authorization } from './authorization.ts'
import { createBlockWait } from './block-wait.ts'
import { broadcast } from './broadcast.ts'
import { createBundlerClient } from './bundler.ts'
import { callsChain } from './calls.ts'
import type { EndpointNotes } from './capabilities.ts'
import { createClients, type Reader } from './clients.ts'
import { decode } from './decode.ts'
import { delegation } from './delegation.ts'
import { announcesBlocks, type Endpoint } from './endpoint.ts'
import { endpointFaults } from './endpoint-faults.ts'
import { feeMarket } from './fee-market.ts'
import { fundingQuotes } from './funding-quotes.ts'
import type { Fetch } from './guarded-fetch.ts'
import { createHeads } from './heads.ts'
import { holdings } from './holdings.ts'
import { lacksOf } from './lacks.ts'
import { usedBy } from './nonce-use.ts'
import { operationChain } from './operations.ts'
import { paceHeadOf, type RawHead } from './raw-head.ts'
import { createReporter } from './report.ts'
import { revocation } from './revocation.ts'
import { readError } from './rpc-errors.ts'
import { sent } from './sent.ts'
import { createSimulator } from './simulation.ts'
import { survey } from './survey.ts'
import { surveyDiem } from './survey-diem.ts'
import { surveyTreasury } from './treasury.ts'
import { whereabouts } from './whereabouts.ts'

const TIMEOUT_MS = 10_000
const ONLY_ANNOUNCED = 'Over a WebSocket, blocks are announced and nothing is asked: name an http(s) endpoint too.'

export interface ChainOptions {
  /** JSON-RPC endpoints, in order of preference. WebSocket endpoints only announce blocks. */
  rpcUrls: readonly Endpoint[]
  clock: Clock
  /** Milliseconds for one HTTP exchange. Default 10,000. */
  timeoutMs?: number
  /** Milliseconds between blocks, assumed until two heads were seen. Default 200, as on Base. */
  blockTimeMs?: number
  /** A staking implementation to accept like the one of record. Its stakes must pass a simulation first. */
  acceptImplementation?: Address | undefined
  /** The wallet is a smart account: its attempts are user operations. */
  smart?: { address: Address; account: OperationAccount } | undefined
  /** The wallet makes calls together: its attempts are such calls. */
  calls?: { address: Address; account: CallsAccount } | undefined
  /** Sends the requests. Default: the global `fetch`. */
  fetch?: Fetch | undefined
  /** Notes of earlier processes about the endpoints, and their store. Default: none. */
  notes?: EndpointNotes
}

/**
 * Base over JSON-RPC, with viem. Nothing is retried here: failures reject, and the machine retries with backoff.
 *
 * @throws {MissingOptionError} no endpoint takes requests.
 */
export function createChain({
  rpcUrls,
  clock,
  timeoutMs = TIMEOUT_MS,
  blockTimeMs,
  fetch,
  notes,
  acceptImplementation,
  smart,
  calls,
}: ChainOptions): TreasuryChain {
  const asked = rpcUrls.filter((endpoint) => !announcesBlocks(endpoint))
  if (asked.length === 0) throw new MissingOptionError('An RPC endpoint over HTTP', ONLY_ANNOUNCED)
  const pace = createPace(blockTimeMs)
  const seenRaw = (head: RawHead) => pace.see(paceHeadOf(head, clock.now()))
  const clients = createClients({ rpcUrls: asked, timeoutMs, clock, notes, fetch, seen: seenRaw })
  const { pool, capabilities } = clients
  const atBlock = createBlockWait(clock)
  const simulator = createSimulator(clients.reader.client, atBlock)
  const reader: Reader = { ...clients.reader, atBlock, simulator, accepted: acceptImplementation }
  // Half of the block time, so that an early block is not missed.
  const leastMs = () => pace.blockTimeMs() / 2
  const announcers = rpcUrls.filter(announcesBlocks).map((url) => createHeads(url, { leastMs, seen: seenRaw }))
  const seen = () => {}
  const reporter = createReporter(reader)
  const reading = async <T>(read: Promise<T>, signal?: AbortSignal): Promise<T> => {
    try {
      return await unlessAborted(read, signal)
    } catch (error) {
      throw signal?.aborted ? signal.reason : readError(error)
    }
  }
  const now = () => new Date(clock.now()).toISOString()
  /** Transactions whose receipt came as the answer to their sending. */
  const mined = new Set<string>()
  const chain: TreasuryChain = {
    lacks: () => lacksOf(capabilities()),
    endpointFaults: (signal) => endpointFaults(pool.inOrder(), signal),
    announcementFault: () => announcers.map(({ fault }) => fault()).find((why) => why !== null) ?? null,
    get blockTimeMs() {
      return pace.blockTimeMs()
    },
    announcesBlocks: announcers.length > 0,
    followHeads(onHead) {
      const stops = announcers.map(({ follow }) => follow(onHead))
      return () => {
        for (const stop of stops) stop()
      }
    },
    nextBlockMs: pace.nextBlockMs,
    survey: (request, signal) => reading(survey(reader, request, { readAt: now(), seen }), signal),
    surveyDiem: (request, signal) => reading(surveyDiem(reader, request, { readAt: now(), seen }), signal),
    authorization: (request, signal) => reading(authorization(reader.client, request), signal),
    surveyTreasury: (request, signal) => reading(surveyTreasury(reader, request, { readAt: now(), seen }), signal),
    holdings: (address, signal) => reading(holdings(reader, address), signal),
    fundingQuotes: (request, signal) => reading(fundingQuotes(reader, request), signal),
    feeMarket: (address, signal) => reading(feeMarket(reader.client, address), signal),
    sent: (address, hash, signal) => reading(sent(reader, { address, hash, readAt: now() }), signal),
    revocation: (address, signal) => reading(revocation(reader, address), signal),
    broadcast: (attempt, { mayWait = false } = {}) =>
      broadcast(pool, attempt, { waitMs: mayWait ? SYNC_MS : 0, onMined: () => mined.add(attempt.hash) }),
    decode,
    delegation: (address, signal) => reading(delegation(reader.client, address), signal),
    usedBy: (slot, signal) => reading(usedBy(reader.client, slot), signal),
    whereabouts: (attempt, signal) => reading(whereabouts(reader.client, attempt), signal),
    hasReceipt: async (attempt, signal) => mined.delete(attempt.hash) || reading(reporter.hasReceipt(attempt), signal),
    report: (address, attempts, signal) => reading(reporter.report(address, attempts), signal),
  }
  if (calls !== undefined) return callsChain(chain, { ...calls, reader, clock, reading })
  if (smart === undefined) return chain
  const { address, account } = smart
  const asking = (url: string) => createClients({ rpcUrls: [url], timeoutMs, clock, fetch }).reader.client
  const bundler = createBundlerClient(
    asking(account.bundlerUrl),
    account.paymasterUrl === undefined ? null : asking(account.paymasterUrl),
    { entryPoint: account.entryPoint, context: account.paymasterContext ?? {} },
  )
  return operationChain(chain, { reader, account, address, bundler, clock, reading })
}

/** Milliseconds that a node is asked to wait for a receipt: ten blocks of Base, and Chainstack's default. */
const SYNC_MS = 2_000

/** viem takes no signal for most reads. The result of an abandoned read is not used. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  work.catch(() => {})
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
