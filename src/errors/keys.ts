import type { ListedKey } from '../domain/key.ts'
import { type Action, action, say, setting, type Told } from '../domain/next-action.ts'
import { type ErrorOptions, OnboardingError } from './base.ts'

/** The expiry is not a valid time, or is too soon for a new key. Nothing was signed. */
export class ExpiryUnusableError extends OnboardingError {
  override readonly name = 'ExpiryUnusableError'
  readonly code = 'keys/expiry-unusable'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint =
    'Give a future day or time, such as the first of next month. Without an expiry, the key never expires.'

  /** @param problem - half a sentence, of `expiryProblem`. */
  constructor(problem: string) {
    super(`The expiry of the key cannot be used: ${problem}.`)
  }
}

/** Only an ADMIN key can list and delete keys, and none is available. */
export class AdminKeyNeededError extends OnboardingError {
  override readonly name = 'AdminKeyNeededError'
  readonly code = 'keys/admin-key-needed'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    say`Give ${setting('withAdminKey')}: the wallet mints an ADMIN key that can spend nothing and expires within the hour; it is used for this alone, and deleted last.`

  /** @param why - completes "…, and …". */
  constructor(why: string, options: ErrorOptions = {}) {
    super(`Only an ADMIN key can list and delete keys, and ${why}.`, options)
  }
}

/**
 * The ADMIN key made for one command could not be deleted afterwards.
 *
 * @hint Run the same command again: it finds and deletes that key too.
 */
export class AdminKeyLeftError extends OnboardingError {
  override readonly name = 'AdminKeyLeftError'
  readonly code = 'keys/admin-key-left'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint: Told

  constructor({ label, remedy }: { label: string; remedy: Action }, options: ErrorOptions = {}) {
    super(
      `The short-lived ADMIN key "${label}" could not be deleted. It cannot spend anything, and expires within the hour.`,
      options,
    )
    this.hint = say`Run ${remedy} again: it finds and deletes that key too.`
  }
}

/** Nobody confirmed the deletion of keys. */
export class DeletionNotConfirmedError extends OnboardingError {
  override readonly name = 'DeletionNotConfirmedError'
  readonly code = 'keys/deletion-not-confirmed'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint = say`No key was deleted. Give ${setting('yes')}, or look first with ${setting('dryRun')}.`

  /** @param isDeclined - somebody was asked and said no; otherwise there is nobody to ask. */
  constructor({ isDeclined }: { isDeclined: boolean }, options: ErrorOptions = {}) {
    super(
      isDeclined ? 'The deletion was declined.' : 'Deleting keys needs a confirmation, and this is not a terminal.',
      options,
    )
  }
}

/** The run has no key to replace. */
export class NoKeyToRotateError extends OnboardingError {
  override readonly name = 'NoKeyToRotateError'
  readonly code = 'keys/none-to-rotate'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = say`Run ${action('run')}: it mints the key.`

  constructor(options: ErrorOptions = {}) {
    super('This run has no key yet, so there is nothing to replace.', options)
  }
}

/** The new key is stored, but nothing has shown yet that it works. The old key stays as it is. */
export class KeyNotProvenError extends OnboardingError {
  override readonly name = 'KeyNotProvenError'
  readonly code = 'keys/not-proven'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = say`The old key was not touched. Run ${action('keys.rotate')} again: it continues with the proof.`

  /** @param why - completes "…: …". */
  constructor({ last6, why }: { last6: string; why: string }, options: ErrorOptions = {}) {
    super(`The new key …${last6} is stored, but not proven: ${why}`, options)
  }
}

/** Minting the next key would need another stake. A rotation never spends. */
export class RotationWouldSpendError extends OnboardingError {
  override readonly name = 'RotationWouldSpendError'
  readonly code = 'keys/rotation-would-spend'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    say`The old key was not touched. ${action('run')} shows the plan, stakes and mints; ${action('keys.rotate')} then revokes the old key.`

  constructor(options: ErrorOptions = {}) {
    super('The wallet holds less sVVV than the run requires, so a new key would need another stake.', options)
  }
}

/** The key to delete is the one that the run stores. */
export class OwnKeyRefusedError extends OnboardingError {
  override readonly name = 'OwnKeyRefusedError'
  readonly code = 'keys/own-key'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint = say`Replace it with ${action('keys.rotate')}, or give ${setting('force')} to be left without a key.`

  constructor({ last6, sink }: { last6: string; sink: string }, options: ErrorOptions = {}) {
    super(`The key …${last6} is the one this run stores in ${sink}. Nothing was deleted.`, options)
  }
}

/** The name matches several keys. */
export class KeyAmbiguousError extends OnboardingError {
  override readonly name = 'KeyAmbiguousError'
  readonly code = 'keys/ambiguous'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'Nothing was deleted. Name the key by its id.'

  constructor(name: string, keys: readonly ListedKey[], options: ErrorOptions = {}) {
    const facts = keys.map(
      ({ id, last6, createdAt }) => `${id}: …${last6}, created ${createdAt ?? 'at an unknown time'}`,
    )
    super(`"${name}" matches ${keys.length} keys.`, { ...options, facts })
  }
}

/** Venice lists no key of that name, and the name is not an id that a deleted key could have had. */
export class KeyNotListedError extends OnboardingError {
  override readonly name = 'KeyNotListedError'
  readonly code = 'keys/not-listed'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = say`Look with ${action('keys.list')}; name the key by its id, its last 6 characters, or its label.`

  /** @param name - not shown where it is as long as a key: it may be one. */
  constructor(name: string, options: ErrorOptions = {}) {
    const named = /\S{24}/.test(name) ? 'of that name' : `named "${name}"`
    super(`Venice lists no key ${named}. The name is mistyped, or the key was deleted.`, options)
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
    super('Venice minted the key moments ago, and does not know it yet.', options)
  }
}
