import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import type { Address } from '../../domain/addresses.ts'
import type { ChallengeForm } from '../../domain/challenge.ts'
import { createFaultScript, type FaultEffect, type FaultScript } from '../faults.ts'
import { isHostile, sendHostile } from '../hostile.ts'
import type { AccountState, Credit } from './accounts.ts'
import type { ContractSignatures } from './chain-reader.ts'
import type { TokenClaims } from './challenge.ts'
import { Refusal, type Reply, standardError } from './envelopes.ts'
import { type Call, createRouter, headerOf, type Match, readBody, send } from './http.ts'
import type { StoredKey } from './keys.ts'
import { PAYMENT_HEADERS } from './payment.ts'
import { apiKeyRoutes } from './routes/api-keys.ts'
import { billingRoutes } from './routes/billing.ts'
import { chatRoutes } from './routes/chat.ts'
import { controlRoutes } from './routes/control.ts'
import { cryptoRpcRoutes } from './routes/crypto-rpc.ts'
import { embeddingRoutes } from './routes/embeddings.ts'
import { mediaRoutes } from './routes/media.ts'
import { mintRoutes } from './routes/mint.ts'
import { modelRoutes } from './routes/models.ts'
import { responsesRoutes } from './routes/responses.ts'
import { x402Routes } from './routes/x402.ts'
import { createState, type VeniceOptions, type VeniceState } from './state.ts'

const BASE_PATH = '/api/v1'

/** A running Venice, and what a test may read and change behind its API. */
export interface SandboxVenice {
  /** Ends in `/api/v1`. */
  apiUrl: string
  /** Faults by route, e.g. `POST /crypto/rpc/{network}`. */
  faults: FaultScript
  /** API requests received so far, including those with a fault. */
  requests: { count(route: string): number; byRoute(): Record<string, number>; reset(): void }
  /** Every key ever made, oldest first, without its secret. */
  keys(): Omit<StoredKey, 'secret'>[]
  secretOf(id: string): string | undefined
  accountOf(address: Address): AccountState
  /** Adds money. `x402` is credit of the wallet; the rest belongs to its account, which is opened if needed. */
  credit(address: Address, amounts: Credit): void
  setChallenge(form: ChallengeForm): void
  /** Which contract signatures are accepted. Default `all`; it is not documented which ones Venice accepts. */
  setContractSignatures(taken: ContractSignatures): void
  /** A token signed with the server's own key: a good one, or one with a wrong issuer, audience or expiry. */
  signToken(claims?: TokenClaims): Promise<string>
  /** The next `mints` mints that reach the stake check are told that there is no stake. */
  stakeLag(mints: number): void
  /** The next `mints` mints that reach the signature check are told that it could not be verified. */
  setVerificationFailures(mints: number): void
  close(): Promise<void>
}

/**
 * Starts a Venice on 127.0.0.1: its documented routes, envelopes, quirks and limits, over the chain behind `rpcUrl`.
 *
 * Side effects: listens on a port; reads the chain, and writes to it only through `settle`. Its state is in memory.
 */
export async function startVenice(options: VeniceOptions): Promise<SandboxVenice> {
  const { faults = createFaultScript(), latencyMs = 0, chunkPauseMs = 0, port = 0 } = options
  const state = await createState(options)
  const routeOf = createRouter(apiRoutes(state))
  const controlOf = createRouter(controlRoutes({ faults, accounts: state.accounts }))
  const counts = new Map<string, number>()

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://sandbox')
    const method = request.method ?? 'GET'
    const inApi = pathname.startsWith(`${BASE_PATH}/`)
    const path = inApi ? pathname.slice(BASE_PATH.length) : pathname
    const match = inApi ? routeOf(method, path) : controlOf(method, path)
    response.setHeader('date', new Date(state.clock()).toUTCString())
    response.setHeader('cf-ray', randomBytes(8).toString('hex'))
    const call = {
      route: match?.route ?? `${method} ${path}`,
      path,
      params: match?.params ?? {},
      query: searchParams,
      headers: request.headers,
      ip: request.socket.remoteAddress ?? '',
    }
    const handle = () => answer({ state, match, call, request })
    if (!inApi || !match) return send(response, await handle())
    counts.set(match.route, (counts.get(match.route) ?? 0) + 1)
    if (latencyMs > 0) await after(latencyMs)
    await withFault(faults.take(match.route), handle, { response, pauseMs: chunkPauseMs })
  }

  const server = createServer((request, response) => {
    // Ignored: the client disconnected while it was sending or waiting.
    serve(request, response).catch(() => request.socket.destroy())
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))

  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}${BASE_PATH}`,
    faults,
    requests: {
      count: (route) => counts.get(route) ?? 0,
      byRoute: () => Object.fromEntries(counts),
      reset: () => counts.clear(),
    },
    keys: () => state.keys.all().map(({ secret: _, ...key }) => key),
    secretOf: (id) => state.keys.all().find((key) => key.id === id)?.secret,
    accountOf: state.accounts.stateOf,
    credit: state.accounts.credit,
    setChallenge(form) {
      state.challengeForm = form
    },
    setContractSignatures(taken) {
      state.chain.contractSignatures = taken
    },
    signToken: state.signToken,
    stakeLag(mints) {
      state.scripted.stakeLag = mints
    },
    setVerificationFailures(mints) {
      state.scripted.verificationFailures = mints
    },
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

const apiRoutes = (state: VeniceState) => ({
  ...mintRoutes(state),
  ...apiKeyRoutes(state),
  ...billingRoutes(state),
  ...modelRoutes(state),
  ...chatRoutes(state),
  ...responsesRoutes(state),
  ...embeddingRoutes(state),
  ...mediaRoutes(state),
  ...x402Routes(state),
  ...cryptoRpcRoutes(state),
})

/** The reply to a call: every {@link Refusal} becomes its reply, and every other error a 500. */
async function answer(job: {
  state: VeniceState
  match: Match | undefined
  call: Omit<Call, 'text'>
  request: IncomingMessage
}): Promise<Reply> {
  const { match, request, call } = job
  const { limits } = job.state
  try {
    const text = await readBody(request)
    if (!match) throw standardError(404, 'Not Found')
    limits.requireErrorBudget(call)
    if (call.route !== 'POST /x402/top-up' && headerOf(call, ...PAYMENT_HEADERS) !== undefined) {
      throw standardError(400, 'Payment headers are accepted on POST /api/v1/x402/top-up only', {
        code: 'PAYMENT_HEADER_NOT_ACCEPTED',
      })
    }
    return limits.withErrorBudget(call, await match.handle({ ...call, text }), false)
  } catch (error) {
    if (error instanceof Refusal) return limits.withErrorBudget(call, error.reply, error.metered)
    const cause = error instanceof Error ? error.message.split('\n')[0] : String(error)
    return { status: 500, body: { error: `An unknown error occurred: ${cause}` } }
  }
}

/** Applies a scripted fault to a request. */
async function withFault(
  fault: FaultEffect | undefined,
  handle: () => Promise<Reply>,
  { response, pauseMs }: { response: ServerResponse; pauseMs: number },
) {
  if (!fault) return send(response, await handle(), { pauseMs })
  if (isHostile(fault)) return sendHostile(response, fault)
  const handleUnheard = async () => (await handle()).onEnd?.()
  switch (fault.kind) {
    case 'reply':
      return send(response, fault)
    case 'delay':
      await after(fault.ms)
      return send(response, await handle(), { pauseMs })
    case 'dropBefore':
      return response.socket?.resetAndDestroy()
    case 'dropAfter':
      await handleUnheard()
      return response.socket?.resetAndDestroy()
    case 'replyAfter':
      await handleUnheard()
      return send(response, fault)
    case 'truncate':
      return send(response, await handle(), { truncateAt: fault.bytes })
    default:
      return send(response, { status: 500, body: { error: `A fault of kind ${fault.kind} fits JSON-RPC only` } })
  }
}
