import type { Address } from '../domain/addresses.ts'
import { action, say, setting, type Told } from '../domain/next-action.ts'
import { type ErrorOptions, OnboardingError } from './base.ts'

/** How many addresses or hashes a message lists. */
const SHOWN = 5

/** Some agents are contracts. They cannot make the signature that Venice checks, and cannot return sVVV. */
export class AgentIsContractError extends OnboardingError {
  override readonly name = 'AgentIsContractError'
  readonly code = 'sponsor/agent-is-contract'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Nothing was signed. Remove these agents: only a wallet with its own private key can mint a key.'

  constructor(agents: readonly Address[], options: ErrorOptions = {}) {
    super(`${agents.length === 1 ? 'An agent is a contract' : `${agents.length} agents are contracts`}.`, {
      ...options,
      facts: agents.slice(0, SHOWN).map((agent) => `Agent: ${agent}`),
    })
  }
}

/** A sponsor is requested, but its signing key is not given. */
export class NoSponsorKeyError extends OnboardingError {
  override readonly name = 'NoSponsorKeyError'
  readonly code = 'sponsor/no-key'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint =
    say`Give it as one of SPONSOR_PRIVATE_KEY, ${setting('sponsorPrivateKeyFile', 'F')}, ${setting('sponsorKeystore', 'F')} or ${setting('sponsorAccount', 'NAME')} with ${setting('sponsorPasswordFile', 'F')}.`

  constructor(options: ErrorOptions = {}) {
    super('There is no signing key for the sponsor.', options)
  }
}

/** The treasury is listed as one of its own agents. */
export class SponsorsItselfError extends OnboardingError {
  override readonly name = 'SponsorsItselfError'
  readonly code = 'sponsor/is-agent'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'A wallet with its own VVV needs no sponsor: omit the sponsor, or name another one.'

  constructor(address: Address, options: ErrorOptions = {}) {
    super(`${address} is both the sponsor and an agent.`, options)
  }
}

/** The list of agents is invalid. */
export class AgentsNotUsableError extends OnboardingError {
  override readonly name = 'AgentsNotUsableError'
  readonly code = 'sponsor/agents-not-usable'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'Nothing was signed. Name each agent once, with an amount above 0.'

  constructor(why: string, options: ErrorOptions = {}) {
    super(`The list of agents cannot be used: ${why}.`, options)
  }
}

/**
 * The wallet has a record of its own run and one as a sponsor, and the other record has transactions that may still be mined.
 *
 * @hint Nothing was signed. Finish the other run first, with the command that began it.
 */
export class TreasuryInUseError extends OnboardingError {
  override readonly name = 'TreasuryInUseError'
  readonly code = 'sponsor/treasury-in-use'
  readonly recovery = 'fixInput'
  readonly exit = 'waiting'
  readonly hint: Told

  /** @param as - the record that holds the transactions. */
  constructor(
    { address, as, hashes }: { address: Address; as: 'run' | 'sponsor'; hashes: readonly string[] },
    options: ErrorOptions = {},
  ) {
    const what = as === 'run' ? 'its own run' : 'its record as a sponsor'
    super(`${address} has ${hashes.length} transaction(s) in ${what} that may still be mined.`, {
      ...options,
      facts: hashes.slice(0, SHOWN).map((hash) => `Transaction: ${hash}`),
    })
    this.hint = `Nothing was signed. Finish ${what} first, with the command that started it: both would use the same nonces.`
  }
}

/** The agent's own run has transactions that may still be mined. Staking for the agent now could stake twice. */
export class AgentInFlightError extends OnboardingError {
  override readonly name = 'AgentInFlightError'
  readonly code = 'sponsor/agent-in-flight'
  readonly recovery = 'fixInput'
  readonly exit = 'waiting'
  readonly hint = say`Nothing was signed. Finish its own run first: ${action('run')} without a sponsor.`

  constructor(address: Address, hashes: readonly string[], options: ErrorOptions = {}) {
    super(`The run of ${address} has transactions of its own that may still be mined: ${hashes.join(', ')}.`, options)
  }
}
