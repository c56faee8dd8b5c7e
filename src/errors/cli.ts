import { type Action, say, type Told } from '../domain/next-action.ts'
import { OnboardingError } from './base.ts'
import { errnoFacts } from './errno.ts'

/**
 * An option or argument is invalid.
 *
 * @hint Run the command with `--help` to see its options.
 */
export class UsageError extends OnboardingError {
  override readonly name = 'UsageError'
  readonly code = 'cli/usage'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint: Told

  constructor(message: string, hint: Told = 'See `venice-onboard --help`.') {
    super(message)
    this.hint = hint
  }
}

/**
 * An option that this network needs is missing.
 *
 * @hint Give the option or variable that the hint names.
 */
export class MissingOptionError extends OnboardingError {
  override readonly name = 'MissingOptionError'
  readonly code = 'cli/missing-option'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint: Told

  constructor(what: string, hint: Told) {
    super(`${what} is missing.`)
    this.hint = hint
  }
}

/** An endpoint in an environment variable is not a valid URL. The message does not show it, because it may hold a key. */
export class EndpointUnusableError extends OnboardingError {
  override readonly name = 'EndpointUnusableError'
  readonly code = 'cli/endpoint-unusable'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Give http(s) or ws(s) URLs, separated by commas; or name them with --rpc-url.'

  /** @param position - from 1, among those that are separated by commas. */
  constructor(variable: string, position: number) {
    super(`Entry ${position} of ${variable} is not a valid endpoint URL.`)
  }
}

/** The address is malformed, or its checksum is wrong. No request was sent. */
export class AddressUnusableError extends OnboardingError {
  override readonly name = 'AddressUnusableError'
  readonly code = 'cli/address-unusable'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint =
    'Copy the address again: it is 0x and 40 hex digits. In mixed case its checksum (EIP-55) must match; in lower case it has none.'

  constructor() {
    super('--address is not a valid address: its form or its checksum is wrong.')
  }
}

/**
 * A private key or seed phrase was typed on the command line. The message does not show it; the shell's history keeps it.
 *
 * @hint Set `WALLET_PRIVATE_KEY`, or name a file with `--private-key-file` or `--account`. Remove the secret from the shell's history.
 */
export class SecretInArgumentError extends OnboardingError {
  override readonly name = 'SecretInArgumentError'
  readonly code = 'cli/secret-in-argument'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint: string

  /** @param where - the option or variable that it was given to. */
  constructor({ where, kind }: { where: string; kind: keyof typeof INSTEAD }) {
    const article = kind === 'API key' ? 'an' : 'a'
    super(`The value of ${where} looks like ${article} ${kind}. Secrets never go on the command line.`)
    this.hint = `${INSTEAD[kind]} Remove it from the shell's history.`
  }
}

const INSTEAD = {
  'private key':
    'Set WALLET_PRIVATE_KEY, or put the key in a file that only you can read and name it with --private-key-file.',
  'seed phrase':
    'Seed phrases are not accepted. Import one account with `cast wallet import NAME --interactive`, and give --account NAME.',
  'API key': 'Name the key by its id, its last 6 characters, or its label.',
} as const

/** The URL of a remote endpoint is not encrypted. Its path is not shown, because it may hold a key. */
export class InsecureEndpointError extends OnboardingError {
  override readonly name = 'InsecureEndpointError'
  readonly code = 'cli/insecure-endpoint'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Use an https:// or wss:// URL. To send everything unencrypted anyway, give --allow-insecure-http (library: network.allowInsecureHttp).'

  /** @param host - without user, path and query. */
  constructor(option: string, host: string) {
    super(`${option} would send keys and signatures to ${host} without encryption.`)
  }
}

/** A URL contains a user name or password, which would end up in logs and errors. The message does not show it. */
export class CredentialsInUrlError extends OnboardingError {
  override readonly name = 'CredentialsInUrlError'
  readonly code = 'cli/credentials-in-url'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Remove the part between // and @. Venice identifies callers by their key or wallet, not by the URL.'

  constructor(option: string) {
    super(`The URL in ${option} contains a user name or a password.`)
  }
}

/**
 * The sandbox of the run ended with the run.
 *
 * @hint Archive the run with `venice-onboard wipe`, then begin another with `venice-onboard run`.
 */
export class SandboxEndedError extends OnboardingError {
  override readonly name = 'SandboxEndedError'
  readonly code = 'cli/sandbox-ended'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint: Told

  /** @param next - what archives the run, and what begins another. @param lost - completes "…, so …". */
  constructor({ next, lost = 'nothing can be paid there' }: { next: readonly [Action, Action]; lost?: string }) {
    super(`The sandbox of this run has ended, so ${lost}.`)
    this.hint = say`Archive this run with ${next[0]}, then begin another with ${next[1]}.`
  }
}

/** The signing key does not belong to the wallet of the run. */
export class OtherWalletError extends OnboardingError {
  override readonly name = 'OtherWalletError'
  readonly code = 'cli/other-wallet'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'Give the key of the wallet that the run belongs to, or name its own run with --address.'

  constructor({ run, signer }: { run: string; signer: string }) {
    super(`The run belongs to ${run}, but the signing key belongs to ${signer}.`)
  }
}

/** The trace of a run cannot be written. At the start this ends the command; at its end it is a warning. */
export class TraceFileError extends OnboardingError {
  override readonly name = 'TraceFileError'
  readonly code = 'cli/trace-file'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Give --trace a path in a directory that this user can write to. The run itself needs no such file.'

  constructor({ path, cause }: { path: string; cause: unknown }) {
    super(`The trace file ${path} cannot be written.`, { cause, facts: errnoFacts(cause) })
  }
}

/** The metrics file cannot be written. At the start this ends the command; later it is a warning. */
export class MetricsFileError extends OnboardingError {
  override readonly name = 'MetricsFileError'
  readonly code = 'cli/metrics-file'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Give --metrics-file a path in a directory that this user can write to. The run itself needs no such file.'

  constructor({ path, cause }: { path: string; cause: unknown }) {
    super(`The metrics file ${path} cannot be written.`, { cause, facts: errnoFacts(cause) })
  }
}
