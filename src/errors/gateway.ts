import { action, say, setting } from '../domain/next-action.ts'
import { type ErrorOptions, OnboardingError } from './base.ts'

/** A request is for another host than the configured Venice. Nothing was signed or sent. */
export class OtherHostRefusedError extends OnboardingError {
  override readonly name = 'OtherHostRefusedError'
  readonly code = 'gateway/other-host'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint = 'Give the client the API URL that this fetch was made for as its base URL.'

  /** @param apiUrl - of Venice, as configured. */
  constructor({ host, apiUrl }: { host: string; apiUrl: string }, options: ErrorOptions = {}) {
    super(`The wallet signs in at ${apiUrl} only, and the request is for ${host}.`, options)
  }
}

/** The file with the token of the gateway cannot be used. */
export class TokenFileUnusableError extends OnboardingError {
  override readonly name = 'TokenFileUnusableError'
  readonly code = 'gateway/token-file-unusable'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = say`Remove the file, so that a new one is made, or name another with ${setting('tokenFile')}.`

  constructor({ path, reason }: { path: string; reason: string }, options: ErrorOptions = {}) {
    super(`The token file ${path} cannot be used: ${reason}.`, options)
  }
}

/** The gateway cannot listen at the address and port it was given. */
export class GatewayNotListeningError extends OnboardingError {
  override readonly name = 'GatewayNotListeningError'
  readonly code = 'gateway/not-listening'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = say`Give another ${setting('port')}, or omit it: a free one is taken.`

  constructor({ host, port, reason }: { host: string; port: number; reason: string }, options: ErrorOptions = {}) {
    super(`The gateway cannot listen on ${host} port ${port}: ${reason}.`, options)
  }
}

/** The gateway is to use the minted key, and no key can be read from where it is stored. */
export class NoStoredKeyError extends OnboardingError {
  override readonly name = 'NoStoredKeyError'
  readonly code = 'gateway/no-stored-key'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    say`Run ${action('run')} first, name the place with ${setting('saveKey')}, or use ${setting('credential')} wallet.`

  /** @param places - names of the sinks that were asked. */
  constructor(places: readonly string[], options: ErrorOptions = {}) {
    super('No key of this wallet can be read back.', { ...options, facts: places.map((place) => `Asked: ${place}`) })
  }
}
