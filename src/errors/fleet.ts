import { action, type Setting, say, setting, type Told } from '../domain/next-action.ts'
import { type ErrorOptions, OnboardingError } from './base.ts'

/** The optional package that a worker runs on is not installed. */
export class FleetSdkMissingError extends OnboardingError {
  override readonly name = 'FleetSdkMissingError'
  readonly code = 'fleet/sdk-missing'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Install it: npm install @restatedev/restate-sdk@1.14.5 (from 1.15 on it needs a newer Node than this program).'

  constructor(options: ErrorOptions = {}) {
    super('The fleet needs the package @restatedev/restate-sdk, which is not installed.', options)
  }
}

/** `fleet dev` found no Restate server to start. */
export class FleetServerMissingError extends OnboardingError {
  override readonly name = 'FleetServerMissingError'
  readonly code = 'fleet/server-missing'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    say`Install it: npm install --save-dev @restatedev/restate-server@1.7.12; or use a server of your own with ${action('fleet.serve')}.`

  constructor(platform: string, options: ErrorOptions = {}) {
    super(`No Restate server for ${platform} is installed.`, options)
  }
}

/** The Restate server that was started did not become ready. */
export class FleetServerFailedError extends OnboardingError {
  override readonly name = 'FleetServerFailedError'
  readonly code = 'fleet/server-failed'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Read the output of the server. Another process may use its ports or its directory.'

  constructor(why: string, options: ErrorOptions = {}) {
    super(`The Restate server did not start: ${why}`, options)
  }
}

/** Restate does not answer at its URL. */
export class FleetUnreachableError extends OnboardingError {
  override readonly name = 'FleetUnreachableError'
  readonly code = 'fleet/unreachable'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint =
    say`Start Restate, or name it with ${setting('ingressUrl')} and ${setting('adminUrl')}; ${action('fleet.dev')} starts one for development.`

  constructor(url: string, options: ErrorOptions = {}) {
    super(`Restate cannot be reached at ${url}.`, options)
  }
}

/** Restate answered with an unexpected status. */
export class FleetAnswerError extends OnboardingError {
  override readonly name = 'FleetAnswerError'
  readonly code = 'fleet/answer'
  readonly recovery = 'stop'
  readonly exit = 'unexpected'
  readonly hint =
    'Check that the URL belongs to Restate 1.7, and whether it requires a credential (RESTATE_AUTH_TOKEN). The log of Restate may say more.'

  /** HTTP. */
  readonly status: number

  constructor({ request, status, text }: { request: string; status: number; text: string }) {
    super(`Restate answered ${request} with ${status}.`, { facts: text === '' ? [] : [text] })
    this.status = status
  }
}

/** No worker has registered the fleet's services. */
export class FleetNotServedError extends OnboardingError {
  override readonly name = 'FleetNotServedError'
  readonly code = 'fleet/not-served'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = say`Start a worker first: ${action('fleet.serve')}`

  constructor(service: string, options: ErrorOptions = {}) {
    super(`The service ${service} is not registered with Restate.`, options)
  }
}

/** The file with Restate's identity cannot be used. */
export class FleetIdentityUnreadableError extends OnboardingError {
  override readonly name = 'FleetIdentityUnreadableError'
  readonly code = 'fleet/identity-unreadable'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Restore the file with its owner and mode 0600. Or remove it: a new identity is created, and Restate must then sign with that one.'

  constructor({ path, reason, cause }: { path: string; reason: string; cause?: unknown }) {
    super(`The identity of Restate in ${path} ${reason}.`, { cause })
  }
}

/** A worker without an identity key would serve anyone who reaches its port. */
export class FleetIdentityMissingError extends OnboardingError {
  override readonly name = 'FleetIdentityMissingError'
  readonly code = 'fleet/identity-missing'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    say`Give the public key of your Restate with ${setting('identityKey')}. ${setting('allowAnyRestate')} serves without one, on loopback only.`

  constructor(host: string, options: ErrorOptions = {}) {
    super(`A worker at ${host} without an identity key would sign for any Restate that reaches it.`, options)
  }
}

/** This Restate does not sign its requests with the key that the worker expects. */
export class FleetIdentityRefusedError extends OnboardingError {
  override readonly name = 'FleetIdentityRefusedError'
  readonly code = 'fleet/identity-refused'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    say`Start Restate with the worker's identity (RESTATE_WORKER__INVOKER__REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE), or give the worker the key of this Restate with ${setting('identityKey')}.`

  constructor(uri: string, options: ErrorOptions = {}) {
    super(
      `The worker at ${uri} refused this Restate: its requests are not signed with a key the worker knows.`,
      options,
    )
  }
}

/** A pass of this wallet is running, or was accepted already. */
export class FleetWalletBusyError extends OnboardingError {
  override readonly name = 'FleetWalletBusyError'
  readonly code = 'fleet/wallet-busy'
  readonly recovery = 'retry'
  readonly exit = 'locked'
  readonly hint = say`Nothing was started twice. ${action('fleet.status')} shows how far it is.`

  constructor({ address, pass }: { address: string; pass: number }, options: ErrorOptions = {}) {
    super(`Pass ${pass} of ${address} was already started.`, options)
  }
}

/** Rows of the wallet list are invalid. No wallet was submitted. */
export class FleetRowsInvalidError extends OnboardingError {
  override readonly name = 'FleetRowsInvalidError'
  readonly code = 'fleet/rows-invalid'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'Fix the rows and submit the list again. Wallets that were submitted before are not started twice.'

  /** @param problems - a line each; the first twenty are shown. */
  constructor(source: string, problems: readonly string[]) {
    const shown = problems.slice(0, 20)
    const more = problems.length - shown.length
    super(`${problems.length} row(s) of ${source} are invalid. No wallet was submitted.`, {
      facts: more > 0 ? [...shown, `and ${more} more`] : shown,
    })
  }
}

/** All wallets would store their keys in one place, each overwriting the one before. */
export class FleetSinkSharedError extends OnboardingError {
  override readonly name = 'FleetSinkSharedError'
  readonly code = 'fleet/sink-shared'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = say`Put {address} into it, e.g. ${setting('saveKey', 'env-file:keys/{address}.env')}`

  constructor(spec: string, options: ErrorOptions = {}) {
    super(`Every wallet would store its key in the same place: ${spec}`, options)
  }
}

/** This worker has no signing key for the wallet. */
export class FleetSignerUnknownError extends OnboardingError {
  override readonly name = 'FleetSignerUnknownError'
  readonly code = 'fleet/signer-unknown'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    say`Give every worker the seed or the folder of keystores that holds it, then ${action('fleet.retry')}.`

  /** @param where - what was searched. */
  constructor({ address, where }: { address: string; where: string }, options: ErrorOptions = {}) {
    super(`There is no key for ${address} in ${where}.`, options)
  }
}

/** This worker has no signing key for the treasury. */
export class FleetTreasuryUnknownError extends OnboardingError {
  override readonly name = 'FleetTreasuryUnknownError'
  readonly code = 'fleet/treasury-unknown'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    say`Start every worker with ${setting('sponsor')} and the key of the treasury, as ${action('run', { sponsor: true })} takes it; then the same command again.`

  constructor(address: string, options: ErrorOptions = {}) {
    super(`The worker has no key for the treasury ${address}.`, options)
  }
}

/** The treasury is already processing a list. */
export class FleetTreasuryBusyError extends OnboardingError {
  override readonly name = 'FleetTreasuryBusyError'
  readonly code = 'fleet/treasury-busy'
  readonly recovery = 'retry'
  readonly exit = 'locked'
  readonly hint =
    say`Nothing was started twice. ${action('fleet.status')} shows how far it is; hand in another list once it has ended.`

  constructor(address: string, options: ErrorOptions = {}) {
    super(`The treasury ${address} is already processing a list.`, options)
  }
}

/** Some wallets on the list have runs that stake their own VVV. If the treasury staked for them too, they could stake twice. */
export class FleetWalletsStakingError extends OnboardingError {
  override readonly name = 'FleetWalletsStakingError'
  readonly code = 'fleet/wallets-staking'
  readonly recovery = 'fixInput'
  readonly exit = 'waiting'
  readonly hint =
    say`Nothing was signed. Leave them out, or finish their own runs first: ${action('fleet.status')}, ${action('fleet.retry')}.`

  /** @param addresses - the first five are shown. */
  constructor(addresses: readonly string[], options: ErrorOptions = {}) {
    super(`${addresses.length} wallet(s) on the list have runs of their own that stake VVV, or may have staked it.`, {
      ...options,
      facts: addresses.slice(0, 5).map((address) => `Wallet: ${address}`),
    })
  }
}

/**
 * An order, or the record of a wallet, asks for more than the worker allows.
 *
 * @hint Nothing was signed. Allow it on every worker with the option that the hint names, then run `venice-onboard fleet retry`.
 */
export class FleetOrderRefusedError extends OnboardingError {
  override readonly name = 'FleetOrderRefusedError'
  readonly code = 'fleet/order-refused'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint: Told

  /** @param option - of `fleet serve`, that allows it; null: nothing does. */
  constructor({ asked, allowed, option }: { asked: string; allowed: string; option: Setting | null }) {
    super(`The order asks for ${asked}. The worker allows ${allowed}.`)
    this.hint =
      option === null
        ? 'Nothing was signed. Workers never do this.'
        : say`Nothing was signed. Allow it with ${option} on every worker, then ${action('fleet.retry')}.`
  }
}

/** The fleet has spent or reserved its whole budget. */
export class FleetBudgetExceededError extends OnboardingError {
  override readonly name = 'FleetBudgetExceededError'
  readonly code = 'fleet/budget-exceeded'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint = say`Raise it on every worker, then ${action('fleet.retry')}.`

  constructor({ what, limit, needed }: { what: string; limit: string; needed: string }) {
    super(`The fleet's ${what} of ${limit} does not cover this wallet.`, { facts: [`needed in total: ${needed}`] })
  }
}
