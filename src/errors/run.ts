import { action, say, setting, type Told } from '../domain/next-action.ts'
import { type ErrorOptions, OnboardingError } from './base.ts'

/** The wallet was read too long ago. */
export class WalletStateStaleError extends OnboardingError {
  override readonly name = 'WalletStateStaleError'
  readonly code = 'run/wallet-state-stale'
  readonly recovery = 'replan'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again; it reads the wallet first.'

  constructor(readAt: string, options: ErrorOptions = {}) {
    super(`The wallet was last read at ${readAt}. Nonces and fees may have changed since.`, options)
  }
}

/** The wallet has a recorded run with other options. */
export class RequestChangedError extends OnboardingError {
  override readonly name = 'RequestChangedError'
  readonly code = 'run/request-changed'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint =
    say`Omit the options to resume the run (see ${action('status')}), or put it aside with ${action('wipe')}.`

  constructor(differences: readonly string[], options: ErrorOptions = {}) {
    super('The recorded run of this wallet has other options.', { ...options, facts: differences })
  }
}

/** The record lacks this wallet's seal, and asks for something that nobody approved in this process. */
export class ApprovalUnboundError extends OnboardingError {
  override readonly name = 'ApprovalUnboundError'
  readonly code = 'run/approval-unbound'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    say`Nothing was signed. Give the options of the run again to approve them, or run without ${setting('yes')} to see the plan.`

  /** @param differences - requests of the record that this process does not make, one per line. */
  constructor(differences: readonly string[], options: ErrorOptions = {}) {
    super('The record does not prove that its request was approved.', { ...options, facts: differences })
  }
}

/**
 * The record holds calls for the wallet to make, and lacks this wallet’s seal; and the wallet does not know the id of the calls.
 * Under another id, the wallet would make the same calls a second time.
 */
export class CallsUnboundError extends OnboardingError {
  override readonly name = 'CallsUnboundError'
  readonly code = 'run/calls-unbound'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    say`The wallet was not asked again. See there whether it has made the calls, or still waits to. Once neither is open, archive this record with ${action('wipe')}, and run again: what is staked by then is seen.`

  constructor(id: string, options: ErrorOptions = {}) {
    super(`The record does not have the seal of this wallet, and the wallet does not know its calls ${id}.`, options)
  }
}

/** There is no run to show. */
export class NoRunError extends OnboardingError {
  override readonly name = 'NoRunError'
  readonly code = 'run/none'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = say`Begin one with ${action('run')}, or give its ${setting('stateDir')}.`

  constructor(where: string) {
    super(`There is no run in ${where}.`)
  }
}

/**
 * The run has no key to fund yet.
 *
 * @hint Mint and fund with one command, `venice-onboard run --fund …`, or name the `--state-dir` of the run.
 */
export class NoKeyToFundError extends OnboardingError {
  override readonly name = 'NoKeyToFundError'
  readonly code = 'run/no-key'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint: Told

  /** @param fund - as `--fund` takes it. */
  constructor({ address, fund }: { address: string; fund: string }) {
    super(`No run of ${address} has a key.`)
    this.hint = say`Do both with ${action('run', { fund: fund })}, or name the ${setting('stateDir')} of its run.`
  }
}

/** The journal file does not exist. */
export class JournalUnreadableError extends OnboardingError {
  override readonly name = 'JournalUnreadableError'
  readonly code = 'run/no-journal'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = say`Give the \`journal.ndjson\` of a run with ${setting('journal')}.`

  constructor(path: string) {
    super(`There is no journal at ${path}.`)
  }
}

/** The run has transactions that may still be mined, so it cannot be put aside yet. */
export class RunInFlightError extends OnboardingError {
  override readonly name = 'RunInFlightError'
  readonly code = 'run/in-flight'
  readonly recovery = 'fixInput'
  readonly exit = 'refused'
  readonly hint = say`Run ${action('run')} to finish it. ${setting('force')} puts it aside anyway.`

  constructor(hashes: readonly string[]) {
    super(`The run has transactions that may still be mined: ${hashes.join(', ')}.`)
  }
}
