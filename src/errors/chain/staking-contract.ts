import { ADDRESSES, type Address, explorerUrl } from '../../domain/addresses.ts'
import { say, setting, type Told } from '../../domain/next-action.ts'
import { type ErrorOptions, OnboardingError } from '../base.ts'

/** An address that must hold a contract holds none. */
export class NoContractError extends OnboardingError {
  override readonly name = 'NoContractError'
  readonly code = 'chain/no-contract'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = say`The endpoint does not serve Base as Venice uses it: give another one with ${setting('rpcUrl')}.`

  constructor(what: string, address: Address, options: ErrorOptions = {}) {
    super(`There is no contract at ${address}. Expected: ${what}.`, options)
  }
}

/** The staking contract offers only `stake(uint256)`, the form of Venice's guide, which the deployed one never had. */
export class OneArgumentStakingError extends OnboardingError {
  override readonly name = 'OneArgumentStakingError'
  readonly code = 'chain/one-argument-staking'
  readonly recovery = 'stop'
  readonly exit = 'refused'
  readonly hint = 'Nothing was sent. Make sure that the endpoint is honest, then report that the contract has changed.'

  constructor(options: ErrorOptions = {}) {
    super('The staking contract has stake(uint256) but not stake(address,uint256).', options)
  }
}

/**
 * This product does not know how to call the staking contract.
 *
 * @hint Nothing was sent. Compare the contract with the one on Base, and report the change.
 */
export class StakingNotRecognisedError extends OnboardingError {
  override readonly name = 'StakingNotRecognisedError'
  readonly code = 'chain/staking-not-recognised'
  readonly recovery = 'stop'
  readonly exit = 'refused'
  readonly hint =
    `Nothing was sent. Compare the contract with ${explorerUrl('address', ADDRESSES.staking)} and report the change.`

  constructor(options: ErrorOptions = {}) {
    super('The staking contract does not answer as Venice’s staking contract does.', options)
  }
}

/**
 * The staking proxy points to an implementation that is neither the one of record nor one that was accepted.
 *
 * @hint Check the new implementation on an explorer and in Venice's announcements. If the upgrade is genuine, pass `--accept-implementation ADDRESS`.
 */
export class ImplementationUnknownError extends OnboardingError {
  override readonly name = 'ImplementationUnknownError'
  readonly code = 'chain/implementation-unknown'
  readonly recovery = 'stop'
  readonly exit = 'refused'
  readonly hint: Told

  constructor(found: Address | null, options: ErrorOptions = {}) {
    super(
      found === null
        ? 'The staking contract is not behind a proxy.'
        : `The staking proxy points to an unknown implementation, ${found}.`,
      {
        ...options,
        facts: [`Implementation of record: ${ADDRESSES.stakingImplementation}`, ...(options.facts ?? [])],
      },
    )
    this.hint =
      found === null
        ? say`Nothing was signed. The endpoint does not serve Base as Venice uses it: give another one with ${setting('rpcUrl')}.`
        : say`Nothing was signed. Check ${explorerUrl('address', found)} and Venice's announcements. If the upgrade is genuine, pass ${setting('acceptImplementation', found)}.`
  }
}

/**
 * A simulated stake credited another address or another amount, or moved more than the stake.
 *
 * @hint Nothing was signed. Do not stake. Compare the contract with the one on Base, and report the change.
 */
export class StakeNotCreditedInSimulationError extends OnboardingError {
  override readonly name = 'StakeNotCreditedInSimulationError'
  readonly code = 'chain/stake-not-credited-in-simulation'
  readonly recovery = 'stop'
  readonly exit = 'refused'
  readonly hint =
    `Nothing was signed. Do not stake: compare the contract with ${explorerUrl('address', ADDRESSES.staking)} and report the change.`

  constructor(options: ErrorOptions = {}) {
    super('A simulated stake did not credit the wallet with exactly what it took.', options)
  }
}

/** An accepted implementation must pass a simulation, and no endpoint can simulate. */
export class ImplementationUnverifiedError extends OnboardingError {
  override readonly name = 'ImplementationUnverifiedError'
  readonly code = 'chain/implementation-unverified'
  readonly recovery = 'stop'
  readonly exit = 'refused'
  readonly hint =
    say`Nothing was signed. Give an endpoint that serves eth_call with state overrides with ${setting('rpcUrl')}.`

  constructor(implementation: Address, why: string, options: ErrorOptions = {}) {
    super(`The accepted implementation ${implementation} could not be simulated: ${why}`, options)
  }
}
