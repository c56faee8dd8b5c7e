import type { ListedKey } from '../domain/key.ts'
import { type ErrorOptions, OnboardingError } from './base.ts'

/** A key would be dead when it is minted, or its expiry is no time. Nothing was signed. */
export class ExpiryUnusableError extends OnboardingError {
  override readonly name = 'ExpiryUnusableError'
  readonly code = 'keys/expiry-unusable'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'Give a day or time to come, such as the first of next month; without one, the key never expires.'

  /** @param problem - half a sentence, of `expiryProblem`. */
  constructor(problem: string) {
    super(`The key's expiry cannot be used: ${problem}.`)
  }
}

/** Keys can be listed and deleted with an ADMIN key only, and none is at hand. */
export class AdminKeyNeededError extends OnboardingError {
  override readonly name = 'AdminKeyNeededError'
  readonly code = 'keys/admin-key-needed'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Give --with-admin-key: the wallet mints an ADMIN key that can spend nothing and expires within the hour; it is used for this alone, and deleted last.'

  /** @param why - completes "…, and …". */
  constructor(why: string, options: ErrorOptions = {}) {
    super(`Only an ADMIN key can list and delete keys, and ${why}.`, options)
  }
}

/** The ADMIN key made for one command could not be deleted again. */
export class AdminKeyLeftError extends OnboardingError {
  override readonly name = 'AdminKeyLeftError'
  readonly code = 'keys/admin-key-left'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint: string

  constructor({ label, command }: { label: string; command: string }, options: ErrorOptions = {}) {
    super(
      `The short-lived ADMIN key "${label}" could not be deleted; it can spend nothing, and expires within the hour.`,
      options,
    )
    this.hint = `Run \`${command}\` again: it finds and deletes that key too.`
  }
}

/** Keys are to be deleted, and nobody said yes. */
export class DeletionNotConfirmedError extends OnboardingError {
  override readonly name = 'DeletionNotConfirmedError'
  readonly code = 'keys/deletion-not-confirmed'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint = 'No key was deleted. Give --yes, or look first with --dry-run.'

  /** @param isDeclined - somebody was asked and said no; otherwise there is nobody to ask. */
  constructor({ isDeclined }: { isDeclined: boolean }, options: ErrorOptions = {}) {
    super(isDeclined ? 'The deletion was declined.' : 'Deleting keys needs a yes, and this is not a terminal.', options)
  }
}

/** The run holds no key that could be replaced. */
export class NoKeyToRotateError extends OnboardingError {
  override readonly name = 'NoKeyToRotateError'
  readonly code = 'keys/none-to-rotate'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'Run `venice-onboard run`: it mints the key.'

  constructor(options: ErrorOptions = {}) {
    super('This run has no key yet, so that there is none to be replaced.', options)
  }
}

/** The new key is stored, and nothing shows that it works. The old one is left alone. */
export class KeyNotProvenError extends OnboardingError {
  override readonly name = 'KeyNotProvenError'
  readonly code = 'keys/not-proven'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'The old key was not touched. Run `venice-onboard keys rotate` again: it goes on with the proof.'

  /** @param why - completes "…: …". */
  constructor({ last6, why }: { last6: string; why: string }, options: ErrorOptions = {}) {
    super(`The new key …${last6} is stored, and not proven: ${why}`, options)
  }
}

/** To mint the next key, VVV would have to be staked again. A rotation spends nothing. */
export class RotationWouldSpendError extends OnboardingError {
  override readonly name = 'RotationWouldSpendError'
  readonly code = 'keys/rotation-would-spend'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    'The old key was not touched. `venice-onboard run` shows the plan, stakes and mints; `keys rotate` then revokes the old key.'

  constructor(options: ErrorOptions = {}) {
    super('The wallet holds less sVVV than the run asks for, so that a new key would cost a stake.', options)
  }
}

/** The key that is to be deleted is the one that the run stores. */
export class OwnKeyRefusedError extends OnboardingError {
  override readonly name = 'OwnKeyRefusedError'
  readonly code = 'keys/own-key'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint = 'Replace it with `venice-onboard keys rotate`, or give --force to be left without a key.'

  constructor({ last6, sink }: { last6: string; sink: string }, options: ErrorOptions = {}) {
    super(`The key …${last6} is the one this run stores in ${sink}. Nothing was deleted.`, options)
  }
}

/** A name fits several keys. */
export class KeyAmbiguousError extends OnboardingError {
  override readonly name = 'KeyAmbiguousError'
  readonly code = 'keys/ambiguous'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'Nothing was deleted. Name the key by its id.'

  constructor(name: string, keys: readonly ListedKey[], options: ErrorOptions = {}) {
    const facts = keys.map(({ id, last6, createdAt }) => `${id}: …${last6}, made ${createdAt ?? 'at a time not known'}`)
    super(`"${name}" fits ${keys.length} keys.`, { ...options, facts })
  }
}

/** Venice lists no key of that name, and no id was given, which it could once have had. */
export class KeyNotListedError extends OnboardingError {
  override readonly name = 'KeyNotListedError'
  readonly code = 'keys/not-listed'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'Look with `venice-onboard keys list`; name the key by its id, its last 6 characters, or its label.'

  constructor(name: string, options: ErrorOptions = {}) {
    super(`Venice lists no key named "${name}". It is mistyped, or the key is gone already.`, options)
  }
}

/** Venice does not know a key that it minted moments ago. Later, the same answer means that it was revoked. */
export class KeyNotKnownYetError extends OnboardingError {
  override readonly name = 'KeyNotKnownYetError'
  readonly code = 'keys/not-known-yet'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Nothing is lost: the key is stored. Run the same command again in a minute.'

  constructor(options: ErrorOptions = {}) {
    super('Venice does not know the key yet, which it minted moments ago.', options)
  }
}
