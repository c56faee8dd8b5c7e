import { action, say } from '../domain/next-action.ts'
import { OnboardingError } from '../errors/base.ts'

/** The sandbox did not start. */
export class SandboxStartError extends OnboardingError {
  override readonly name = 'SandboxStartError'
  readonly code = 'sandbox/not-started'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = say`Run ${action('sandbox')} to see why.`

  constructor(reason: string) {
    super(`The sandbox did not start: ${reason}.`)
  }
}

/**
 * The user wants to sign in the sandbox with a real key. Its chain id is Base's, so the signatures would be valid
 * there.
 */
export class OwnKeyRefusedError extends OnboardingError {
  override readonly name = 'OwnKeyRefusedError'
  readonly code = 'sandbox/own-key-refused'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Remove the key to use a sandbox wallet, or give --network base to use the key on Base.'

  constructor(source: string) {
    super(`The sandbox signs only with wallets it made itself, and ${source} is set.`)
  }
}

/** A sponsor is requested in a sandbox whose first wallet started with its own funds. */
export class SandboxHasNoTreasuryError extends OnboardingError {
  override readonly name = 'SandboxHasNoTreasuryError'
  readonly code = 'sandbox/no-treasury'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'Omit --sponsor to finish the current run, or give another --state-dir to start a sponsored run.'

  constructor() {
    super('This sandbox was started with a funded wallet, and has no treasury.')
  }
}
