import { RpcError, RpcRefusedError, WrongChainError } from '../../src/errors/chain/endpoints.ts'
import { NoContractError } from '../../src/errors/chain/staking-contract.ts'
import { ADDRESS } from '../support/samples.ts'
import type { Chaos } from './chaos.ts'
import type { Account, Ledger } from './ledger.ts'
import type { Random } from './random.ts'

/** A node's view of the chain. */
export interface View {
  block: number
  account: Account
  traits: EndpointTraits
}

/** An endpoint's normal behaviour. */
export interface EndpointTraits {
  /** Milliseconds by which its view is behind. */
  lagMs: number
  /** Whether it shows transactions that are not mined yet. */
  knowsPool: boolean
  /** Whether its `pending` shows more than `latest`. */
  tellsPending: boolean
}

export interface Endpoint {
  view(): View
}

/** How far a node is behind when it stops, and how long it stays there: together less than a minute. */
const MAX_LAG_BEHIND_MS = 10_000
const MAX_LAG_MS = 45_000

export interface EndpointsOptions {
  ledger: Ledger
  chaos: Chaos
  now: () => number
  traits: readonly EndpointTraits[]
}

/** Nodes that may each stop for a while, in order of preference. */
export function createEndpoints({ ledger, chaos, now, traits: each }: EndpointsOptions) {
  const all = each.map((traits): Endpoint => {
    let standsAt = 0
    let untilMs = 0
    return {
      view() {
        const lag = now() >= untilMs ? chaos.strikes('read-lagging') : null
        if (lag !== null) {
          standsAt = ledger.headAt(now() - lag.int(0, MAX_LAG_BEHIND_MS))
          untilMs = now() + lag.int(1_000, MAX_LAG_MS)
        }
        const block = now() < untilMs ? standsAt : ledger.headAt(now() - traits.lagMs)
        return { block, account: ledger.at(block), traits }
      },
    }
  })

  function viewOf(endpoint: Endpoint): () => View {
    const mixed = chaos.strikes('read-mixed')
    if (mixed !== null) return () => mixed.pick([endpoint, ...all]).view()
    const view = endpoint.view()
    return () => view
  }

  return {
    all: all as readonly Endpoint[],
    /**
     * What a read sees: the first endpoint that answers, the same view in every part; or, behind a load balancer, a
     * view that changes from part to part.
     */
    read(): () => View {
      const refused = chaos.strikes('read-refused')
      if (refused !== null) throw refusal(refused)
      const failures: RpcError[] = []
      for (const endpoint of all) {
        const failure = passingFailure(chaos)
        if (failure === null) return viewOf(endpoint)
        failures.push(failure)
      }
      throw failures.at(-1) ?? new RpcError('there is none.')
    },
  }
}

function passingFailure(chaos: Chaos): RpcError | null {
  const limited = chaos.strikes('read-limited')
  if (limited !== null)
    return new RpcError('over rate limit', { retryAfterMs: limited.pick([undefined, 1_000, 30_000]) })
  return chaos.strikes('read-failed') && new RpcError('connection reset')
}

const refusal = (random: Random): Error =>
  random.pick<Error>([
    new RpcRefusedError('method not found'),
    new WrongChainError(1),
    new NoContractError('the VVV token', ADDRESS),
  ])
