import { OnboardingError } from './base.ts'
import { errnoFacts } from './errno.ts'

/** An option or argument is not what it must be. */
export class UsageError extends OnboardingError {
  override readonly name = 'UsageError'
  readonly code = 'cli/usage'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint: string

  constructor(message: string, hint = 'See `venice-onboard --help`.') {
    super(message)
    this.hint = hint
  }
}

/** An option that this network needs is missing. */
export class MissingOptionError extends OnboardingError {
  override readonly name = 'MissingOptionError'
  readonly code = 'cli/missing-option'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint: string

  constructor(what: string, hint: string) {
    super(`${what} is missing.`)
    this.hint = hint
  }
}

/** An endpoint in the environment is not what it must be. It is not shown: it may hold a key. */
export class EndpointUnusableError extends OnboardingError {
  override readonly name = 'EndpointUnusableError'
  readonly code = 'cli/endpoint-unusable'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Give http(s) or ws(s) URLs, separated by commas; or name them with --rpc-url.'

  /** @param position - from 1, among those that are separated by commas. */
  constructor(variable: string, position: number) {
    super(`Number ${position} of what ${variable} holds is not the URL of an endpoint.`)
  }
}

/** An address is none, or its capital letters are not its checksum. Nothing was asked of anybody. */
export class AddressUnusableError extends OnboardingError {
  override readonly name = 'AddressUnusableError'
  readonly code = 'cli/address-unusable'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint =
    'An address is 0x and 40 hex digits. In mixed letters its checksum (EIP-55) must be right: copy it again, or write it in small letters.'

  constructor() {
    super('--address is not a valid address: its form or its checksum is wrong.')
  }
}

/** A private key or seed phrase was typed on the command line. It is not shown; the shell's history has it. */
export class SecretInArgumentError extends OnboardingError {
  override readonly name = 'SecretInArgumentError'
  readonly code = 'cli/secret-in-argument'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint: string

  /** @param where - the option or variable that it was given to. */
  constructor({ where, kind }: { where: string; kind: 'private key' | 'seed phrase' }) {
    super(`${where} was given what looks like a ${kind}, which never goes on the command line.`)
    const how =
      kind === 'private key'
        ? 'Set WALLET_PRIVATE_KEY, or put the key in a file that only you can read and name it with --private-key-file.'
        : 'Seed phrases are not taken. Import one account with `cast wallet import NAME --interactive`, and give --account NAME.'
    this.hint = `${how} Remove it from the shell's history.`
  }
}

/** An endpoint beyond this machine is to be reached without encryption. Its path is not shown: it may hold a key. */
export class InsecureEndpointError extends OnboardingError {
  override readonly name = 'InsecureEndpointError'
  readonly code = 'cli/insecure-endpoint'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Use an https:// or wss:// URL. To send everything in clear all the same, give --allow-insecure-http (library: network.allowInsecureHttp).'

  /** @param host - without user, path and query. */
  constructor(option: string, host: string) {
    super(`${option} names ${host} in clear text, where keys and signatures can be read on the way.`)
  }
}

/** A URL holds a user name or password, which would end in logs and errors. It is not shown. */
export class CredentialsInUrlError extends OnboardingError {
  override readonly name = 'CredentialsInUrlError'
  readonly code = 'cli/credentials-in-url'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Remove the part between // and @. Venice knows its callers by their key or wallet, not by the URL.'

  constructor(option: string) {
    super(`The URL in ${option} holds a user name or a password.`)
  }
}

/** Something is to be done in the sandbox of a run, which ended with the run. */
export class SandboxEndedError extends OnboardingError {
  override readonly name = 'SandboxEndedError'
  readonly code = 'cli/sandbox-ended'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint =
    'Put the run aside with `venice-onboard wipe`, and begin one with `venice-onboard run --fund …`, which pays in the same sandbox.'

  constructor() {
    super('The sandbox of this run has ended with it, and nothing can be paid there any more.')
  }
}

/** A run is named, and the key that signs belongs to another wallet. */
export class OtherWalletError extends OnboardingError {
  override readonly name = 'OtherWalletError'
  readonly code = 'cli/other-wallet'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'Give the key of the wallet that the run belongs to, or name its own run with --address.'

  constructor({ run, signer }: { run: string; signer: string }) {
    super(`The run is of ${run}, and the signing key of ${signer}.`)
  }
}

/** The file of metrics cannot be written. At the beginning that ends the command; later it is a warning. */
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
