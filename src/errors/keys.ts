import { type ErrorOptions, OnboardingError } from './base.ts'

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
