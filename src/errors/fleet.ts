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
    'Install it: npm install --save-dev @restatedev/restate-server@1.7.12; or use a server of your own with `fleet serve`.'

  constructor(platform: string, options: ErrorOptions = {}) {
    super(`There is no Restate server for ${platform} here.`, options)
  }
}

/** The Restate server that was started did not become ready. */
export class FleetServerFailedError extends OnboardingError {
  override readonly name = 'FleetServerFailedError'
  readonly code = 'fleet/server-failed'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'See what it said; another process may use its ports or its directory.'

  constructor(why: string, options: ErrorOptions = {}) {
    super(`The Restate server did not start: ${why}`, options)
  }
}

/** Nobody answers where Restate should be. */
export class FleetUnreachableError extends OnboardingError {
  override readonly name = 'FleetUnreachableError'
  readonly code = 'fleet/unreachable'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint =
    'Start Restate, or name it with --ingress-url and --admin-url; `fleet dev` starts one for development.'

  constructor(url: string, options: ErrorOptions = {}) {
    super(`Restate cannot be reached at ${url}.`, options)
  }
}

/** Restate answered, and not as it should. */
export class FleetAnswerError extends OnboardingError {
  override readonly name = 'FleetAnswerError'
  readonly code = 'fleet/answer'
  readonly recovery = 'stop'
  readonly exit = 'unexpected'
  readonly hint =
    'See whether the URL is that of Restate 1.7, and whether it wants a credential (RESTATE_AUTH_TOKEN); its log may say more.'

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
  readonly hint = 'Start a worker first: venice-onboard fleet serve'

  constructor(service: string, options: ErrorOptions = {}) {
    super(`Restate knows no service ${service}.`, options)
  }
}

/** The file of Restate's identity cannot be used. */
export class FleetIdentityUnreadableError extends OnboardingError {
  override readonly name = 'FleetIdentityUnreadableError'
  readonly code = 'fleet/identity-unreadable'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Restore it with its owner and mode 0600. Or remove it: a new one is made, which Restate must then sign with, too.'

  constructor({ path, reason, cause }: { path: string; reason: string; cause?: unknown }) {
    super(`The identity of Restate in ${path} ${reason}.`, { cause })
  }
}

/** A worker was to serve whoever reaches its port. */
export class FleetIdentityMissingError extends OnboardingError {
  override readonly name = 'FleetIdentityMissingError'
  readonly code = 'fleet/identity-missing'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Give the public key of your Restate with --identity-key. --allow-any-restate serves without one, on loopback only.'

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
    "Start Restate with the worker's identity (RESTATE_WORKER__INVOKER__REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE), or give the worker the key of this Restate with --identity-key."

  constructor(uri: string, options: ErrorOptions = {}) {
    super(
      `The worker at ${uri} refused this Restate: its requests are not signed with a key the worker knows.`,
      options,
    )
  }
}

/** A pass of this wallet is under way, or was accepted already. */
export class FleetWalletBusyError extends OnboardingError {
  override readonly name = 'FleetWalletBusyError'
  readonly code = 'fleet/wallet-busy'
  readonly recovery = 'retry'
  readonly exit = 'locked'
  readonly hint = 'Nothing was started twice. `venice-onboard fleet status` shows how far it is.'

  constructor({ address, pass }: { address: string; pass: number }, options: ErrorOptions = {}) {
    super(`Pass ${pass} of ${address} was started already.`, options)
  }
}

/** Rows of the list of wallets are not what they must be; none was submitted. */
export class FleetRowsInvalidError extends OnboardingError {
  override readonly name = 'FleetRowsInvalidError'
  readonly code = 'fleet/rows-invalid'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'Mend the rows and submit the list again; what was submitted before is not started twice.'

  /** @param problems - a line each; the first twenty are shown. */
  constructor(source: string, problems: readonly string[]) {
    const shown = problems.slice(0, 20)
    const more = problems.length - shown.length
    super(`${problems.length} row(s) of ${source} cannot be submitted. Nothing was.`, {
      facts: more > 0 ? [...shown, `and ${more} more`] : shown,
    })
  }
}

/** All wallets would store their keys in one place, each over the one before. */
export class FleetSinkSharedError extends OnboardingError {
  override readonly name = 'FleetSinkSharedError'
  readonly code = 'fleet/sink-shared'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'Put {address} into it, e.g. --save-key env-file:keys/{address}.env'

  constructor(spec: string, options: ErrorOptions = {}) {
    super(`Every wallet would store its key in the same place: ${spec}`, options)
  }
}

/** This worker holds no key of that wallet. */
export class FleetSignerUnknownError extends OnboardingError {
  override readonly name = 'FleetSignerUnknownError'
  readonly code = 'fleet/signer-unknown'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Give every worker the seed or the folder of keystores that holds it, then `venice-onboard fleet retry`.'

  /** @param where - what was searched. */
  constructor({ address, where }: { address: string; where: string }, options: ErrorOptions = {}) {
    super(`No key of ${address} is in ${where}.`, options)
  }
}

/** This worker holds no key of that treasury. */
export class FleetTreasuryUnknownError extends OnboardingError {
  override readonly name = 'FleetTreasuryUnknownError'
  readonly code = 'fleet/treasury-unknown'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Start every worker with --sponsor and the key of the treasury, as `run --sponsor` takes it; then the same command again.'

  constructor(address: string, options: ErrorOptions = {}) {
    super(`The worker has no key of the treasury ${address}.`, options)
  }
}

/** A list of this treasury is under way. */
export class FleetTreasuryBusyError extends OnboardingError {
  override readonly name = 'FleetTreasuryBusyError'
  readonly code = 'fleet/treasury-busy'
  readonly recovery = 'retry'
  readonly exit = 'locked'
  readonly hint =
    'Nothing was started twice. `venice-onboard fleet status` shows how far it is; hand in another list once it has ended.'

  constructor(address: string, options: ErrorOptions = {}) {
    super(`The treasury ${address} is at work on a list already.`, options)
  }
}

/** Wallets of a list for a treasury stake by themselves, or may have: to stake for them, too, could be to stake twice. */
export class FleetWalletsStakingError extends OnboardingError {
  override readonly name = 'FleetWalletsStakingError'
  readonly code = 'fleet/wallets-staking'
  readonly recovery = 'fixInput'
  readonly exit = 'waiting'
  readonly hint =
    'Nothing was signed. Leave them out, or finish their own runs first: `venice-onboard fleet status`, `fleet retry`.'

  /** @param addresses - the first five are shown. */
  constructor(addresses: readonly string[], options: ErrorOptions = {}) {
    super(`${addresses.length} wallet(s) of the list have runs that stake their own VVV, or may have staked it.`, {
      ...options,
      facts: addresses.slice(0, 5).map((address) => `Wallet: ${address}`),
    })
  }
}

/** An order, or the record of a wallet, asks for more than the worker allows. */
export class FleetOrderRefusedError extends OnboardingError {
  override readonly name = 'FleetOrderRefusedError'
  readonly code = 'fleet/order-refused'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint: string

  /** @param option - of `fleet serve`, that allows it; null: nothing does. */
  constructor({ asked, allowed, option }: { asked: string; allowed: string; option: string | null }) {
    super(`The worker allows ${allowed}. Asked for was ${asked}.`)
    this.hint =
      option === null
        ? 'Nothing was signed. Workers never do this.'
        : `Nothing was signed. Allow it with ${option} on every worker, then \`venice-onboard fleet retry\`.`
  }
}

/** The whole fleet has spent, or set aside, what it may. */
export class FleetBudgetExceededError extends OnboardingError {
  override readonly name = 'FleetBudgetExceededError'
  readonly code = 'fleet/budget-exceeded'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint = 'Raise it on every worker, then `venice-onboard fleet retry`.'

  constructor({ option, limit, needed }: { option: string; limit: string; needed: string }) {
    super(`The fleet's ${option} of ${limit} does not cover this wallet.`, { facts: [`needed in all: ${needed}`] })
  }
}
