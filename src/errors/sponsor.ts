import type { Address } from '../domain/addresses.ts'
import { type ErrorOptions, OnboardingError } from './base.ts'

/** Names that fit into a message; the rest is counted. */
const SHOWN = 5

/** Agents that are contracts: they cannot make the signature Venice checks, and sVVV cannot be taken back from them. */
export class AgentIsContractError extends OnboardingError {
  override readonly name = 'AgentIsContractError'
  readonly code = 'sponsor/agent-is-contract'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Nothing was signed. Leave them out: only a wallet with a private key of its own can mint a key.'

  constructor(agents: readonly Address[], options: ErrorOptions = {}) {
    super(`${agents.length === 1 ? 'An agent is a contract' : `${agents.length} agents are contracts`}.`, {
      ...options,
      facts: agents.slice(0, SHOWN).map((agent) => `Agent: ${agent}`),
    })
  }
}

/** A sponsor is asked for, and there is no key of one. */
export class NoSponsorKeyError extends OnboardingError {
  override readonly name = 'NoSponsorKeyError'
  readonly code = 'sponsor/no-key'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint =
    'Give it as one of SPONSOR_PRIVATE_KEY, --sponsor-private-key-file F, --sponsor-keystore F or --sponsor-account NAME with --sponsor-password-file F.'

  constructor(options: ErrorOptions = {}) {
    super('There is no key of a sponsor to sign with.', options)
  }
}

/** The treasury was named as an agent of its own. */
export class SponsorsItselfError extends OnboardingError {
  override readonly name = 'SponsorsItselfError'
  readonly code = 'sponsor/is-agent'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'A wallet with VVV of its own needs no sponsor: leave the sponsor away, or name another one.'

  constructor(address: Address, options: ErrorOptions = {}) {
    super(`${address} is the sponsor and the agent at once.`, options)
  }
}

/** The agents to be staked for are not a list that can be carried out. */
export class AgentsNotUsableError extends OnboardingError {
  override readonly name = 'AgentsNotUsableError'
  readonly code = 'sponsor/agents-not-usable'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'Nothing was signed. Name each agent once, with an amount above 0.'

  constructor(why: string, options: ErrorOptions = {}) {
    super(`The agents cannot be staked for: ${why}.`, options)
  }
}

/** A wallet has two records, its own run's and a sponsor's, and the other one has transactions that may still be mined. */
export class TreasuryInUseError extends OnboardingError {
  override readonly name = 'TreasuryInUseError'
  readonly code = 'sponsor/treasury-in-use'
  readonly recovery = 'fixInput'
  readonly exit = 'waiting'
  readonly hint: string

  /** @param as - what the transactions were recorded for. */
  constructor(
    { address, as, hashes }: { address: Address; as: 'run' | 'sponsor'; hashes: readonly string[] },
    options: ErrorOptions = {},
  ) {
    const what = as === 'run' ? 'its own run' : 'a run with it as the sponsor'
    super(`${address} has ${hashes.length} transaction(s) of ${what} that may still be mined.`, {
      ...options,
      facts: hashes.slice(0, SHOWN).map((hash) => `Transaction: ${hash}`),
    })
    this.hint = `Nothing was signed. Finish ${what} first, with the command that began it: both would use the same nonces.`
  }
}

/** The agent has transactions of a run of its own in flight; to stake for it meanwhile could be to stake twice. */
export class AgentInFlightError extends OnboardingError {
  override readonly name = 'AgentInFlightError'
  readonly code = 'sponsor/agent-in-flight'
  readonly recovery = 'fixInput'
  readonly exit = 'waiting'
  readonly hint = 'Nothing was signed. Finish its own run first: `venice-onboard run` without a sponsor.'

  constructor(address: Address, hashes: readonly string[], options: ErrorOptions = {}) {
    super(`The run of ${address} has transactions of its own that may still be mined: ${hashes.join(', ')}.`, options)
  }
}
