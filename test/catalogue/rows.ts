import { vi } from 'vitest'
import type { Flags } from '../../src/cli/flags.ts'
import type { ChallengeForm } from '../../src/domain/challenge.ts'
import type { FundingCause } from '../../src/domain/funding.ts'
import type { Funds } from '../../src/sandbox/faucet.ts'
import type { FaultEffect } from '../../src/sandbox/faults.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import type { Journey } from '../support/sandbox.ts'

/** What a row can arrange in the real sandbox before or during its run. */
export interface Scene {
  sandbox: Sandbox
  journey: Journey
  fault(on: string, effect: FaultEffect, rest?: { skip?: number; times?: number }): void
}

/** The expected result when the failure is permanent. */
export interface Lasting {
  exit: number
  /** Code of the failure that ended the run, if it differs; null when it ended without one. */
  code?: string | null
  /** Number of requests to the route or method; `several`: more than one, depending on time. */
  tries?: number | 'several'
  /** Transactions mined, and keys made. Default: 2 and 0 at Venice, 0 and 0 on chain. */
  transactions?: number
  keys?: number
  /** Final state. Default `failed`. */
  state?: string
  /** Why the key cannot spend; its next step is then named too. */
  cause?: FundingCause
}

/** The expected result when it happens once: the run succeeds, with exit code 0 and one stake. */
export interface Passing {
  /** The state that the failure leads back to. */
  back: string
  /** Requests to the route or method. */
  tries?: number
  keys?: number
  /** Default `unfunded`. */
  outcome?: string
}

/** One documented failure: how the real sandbox produces it, and the expected result. */
export interface Row {
  code: string
  /** The documented words, or the condition. */
  when: string
  /** The failing route of Venice or method of the node, which counts the tries. */
  on?: string
  effect?: FaultEffect
  /** Requests to `on` that succeed before. */
  skip?: number
  arrange?: (scene: Scene) => Promise<void> | void
  /** Undoes what `arrange` did to the shared chain. */
  restore?: (scene: Scene) => Promise<void> | void
  form?: ChallengeForm
  funds?: Funds
  /** Options of the command for this sandbox. */
  flags?: (sandbox: Sandbox) => Partial<Flags>
  lasts?: Lasting
  passes?: Passing
}

export const ofVenice = ({ on = '', code }: Row): boolean => / \//.test(on) || code.startsWith('venice/')

/** How long the clients wait for an answer: `adapters/chain/create-chain.ts` and `adapters/venice/http.ts`. */
export const RPC_LIMIT_MS = 10_000
export const VENICE_LIMIT_MS = 20_000
/** A second, so that only a fault is that slow. */
const SHORT_MS = 1_000

/** Requests to `on`, since the row began: a route of Venice or a method of the node. */
export const requestsTo = ({ chain, venice }: Sandbox, on = ''): number =>
  on.includes(' ') ? venice.requests.count(on) : (chain.requests.methods[on] ?? 0)

/**
 * One of the clients times out after a second, so that a row is fast: until `on` was asked, so that a busy machine
 * cannot make another request of the row too slow.
 */
export function shortLimit(limitMs: number, on: string): Pick<Row, 'arrange' | 'restore'> {
  return {
    arrange({ sandbox }) {
      const timeout = AbortSignal.timeout.bind(AbortSignal)
      vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) =>
        timeout(ms === limitMs && requestsTo(sandbox, on) === 0 ? SHORT_MS : ms),
      )
    },
    restore() {
      vi.restoreAllMocks()
    },
  }
}
