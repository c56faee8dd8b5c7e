import { vi } from 'vitest'
import type { Flags } from '../../src/cli/options.ts'
import type { ChallengeForm } from '../../src/domain/challenge.ts'
import type { FundingCause } from '../../src/domain/funding.ts'
import type { Funds } from '../../src/sandbox/faucet.ts'
import type { FaultEffect } from '../../src/sandbox/faults.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import type { Journey } from '../support/sandbox.ts'

/** What a row may arrange in the real sandbox before its run, or while that goes on. */
export interface Scene {
  sandbox: Sandbox
  journey: Journey
  fault(on: string, effect: FaultEffect, rest?: { skip?: number; times?: number }): void
}

/** What must follow when the failure does not pass. */
export interface Lasting {
  exit: number
  /** Code of the failure that ended the run, where it is another one; null when it ended without. */
  code?: string | null
  /** Requests to the route or method; `several`: more than one, as time allows. */
  tries?: number | 'several'
  /** Transactions mined, and keys made. Default: 2 and 0 at Venice, 0 and 0 on chain. */
  transactions?: number
  keys?: number
  /** Final state. Default `failed`. */
  state?: string
  /** Why the key cannot spend; then its next step is named, too. */
  cause?: FundingCause
}

/** What must follow when it passes after one time: the run succeeds, with exit code 0 and one stake. */
export interface Passing {
  /** The state that the failure leads back to. */
  back: string
  /** Requests to the route or method. */
  tries?: number
  keys?: number
  /** Default `unfunded`. */
  outcome?: string
}

/** One documented failure: how the real sandbox is made to produce it, and what must follow. */
export interface Row {
  code: string
  /** The documented words, or the condition. */
  when: string
  /** Route of Venice or method of the node that fails, and counts the tries. */
  on?: string
  effect?: FaultEffect
  /** Requests to `on` that go well before. */
  skip?: number
  arrange?: (scene: Scene) => Promise<void> | void
  /** What `arrange` did to the chain that all rows share. */
  restore?: (scene: Scene) => Promise<void> | void
  form?: ChallengeForm
  funds?: Funds
  /** Options of the command, made for this sandbox. */
  flags?: (sandbox: Sandbox) => Partial<Flags>
  lasts?: Lasting
  passes?: Passing
}

export const ofVenice = ({ on = '', code }: Row): boolean => / \//.test(on) || code.startsWith('venice/')

/** viem's time-out for an exchange with the node, and what it is cut to: a second, so that only a fault is that slow. */
const RPC_LIMIT_MS = 10_000
const SHORT_MS = 1_000

/** Both clients give up after a second, so that a row need not wait for as long as people do. */
export const shortLimits: Pick<Row, 'arrange' | 'restore'> = {
  arrange() {
    const { setTimeout } = globalThis
    const timeout = AbortSignal.timeout.bind(AbortSignal)
    vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => timeout(SHORT_MS))
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void, ms?: number) =>
      setTimeout(work, ms === RPC_LIMIT_MS ? SHORT_MS : ms)) as typeof setTimeout)
  },
  restore() {
    vi.restoreAllMocks()
  },
}
