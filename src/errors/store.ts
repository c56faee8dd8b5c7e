import { action, say, setting, type Told } from '../domain/next-action.ts'
import { type ErrorOptions, OnboardingError } from './base.ts'
import { errnoFacts } from './errno.ts'

interface FileFailure {
  path: string
  /** Completes "…, because it …"; no full stop. */
  reason?: string
  cause?: unknown
}

const because = (reason: string | undefined): string => (reason === undefined ? '' : `, because it ${reason}`)

/** The directory of a run cannot be created or used. */
export class StoreUnusableError extends OnboardingError {
  override readonly name = 'StoreUnusableError'
  readonly code = 'store/unusable'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = say`Free space there, or choose a directory that this user can write to with ${setting('stateDir')}.`

  constructor({ path, reason, cause }: FileFailure) {
    super(`The state directory ${path} cannot be used${because(reason)}.`, { cause, facts: errnoFacts(cause) })
  }
}

/** The record exists, but cannot be read. */
export class StoreUnreadableError extends OnboardingError {
  override readonly name = 'StoreUnreadableError'
  readonly code = 'store/unreadable'
  readonly recovery = 'stop'
  readonly exit = 'config'
  readonly hint =
    'Make it a regular file that this user can read (`chmod 600`), or move it aside if it is not a record. Then run the same command again.'

  constructor({ path, reason, cause }: FileFailure) {
    super(`The record ${path} cannot be read${because(reason)}.`, { cause, facts: errnoFacts(cause) })
  }
}

/** The record was not written. The previous record is intact. */
export class StoreWriteError extends OnboardingError {
  override readonly name = 'StoreWriteError'
  readonly code = 'store/write-failed'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Free space or fix the permissions there, then run the same command again. The previous record is intact, and covers everything that was done.'

  constructor({ path, reason, cause }: FileFailure) {
    super(`The record ${path} cannot be written${because(reason)}.`, { cause, facts: errnoFacts(cause) })
  }
}

/** Another process has written the record since this one read it. Nothing was written over. */
export class StoreConflictError extends OnboardingError {
  override readonly name = 'StoreConflictError'
  readonly code = 'store/conflict'
  readonly recovery = 'stop'
  readonly exit = 'locked'
  readonly hint =
    say`Find out which other process works on this wallet, and let one of them finish. ${action('status')} shows how far the run is.`

  /** @param record - its path or key. */
  constructor(record: string) {
    super(`Another process has changed the record ${record}. This process has stopped.`)
  }
}

/**
 * The record fails its check: it is truncated, edited, or not ours. It is neither trusted nor overwritten.
 *
 * @hint Compare it with `run.json.prev`. To start over, wait until the wallet has no pending transaction, then run `venice-onboard wipe --force`.
 */
export class StoreCorruptError extends OnboardingError {
  override readonly name = 'StoreCorruptError'
  readonly code = 'store/corrupt'
  readonly recovery = 'stop'
  readonly exit = 'config'
  readonly hint: Told

  /** @param reason - completes "…, because it …"; quotes nothing from the file. */
  constructor({ path, reason, cause }: FileFailure) {
    super(`The record ${path} cannot be trusted${because(reason)}.`, { cause })
    this.hint = say`Compare it with ${path}.prev, the previous generation. To start over, wait until this wallet has no pending transaction, then run ${action('wipe', { force: true })}: it moves the files aside, and the next run reads the chain again.`
  }
}

/** Something other than this program changed the record. Nothing from it is signed, sent or paid. */
export class RecordChangedError extends OnboardingError {
  override readonly name = 'RecordChangedError'
  readonly code = 'store/changed'
  readonly recovery = 'stop'
  readonly exit = 'config'
  readonly hint =
    say`Nothing was signed or sent because of it. Find out who can write to the state directory. Then run ${action('wipe', { force: true })}: it moves the files aside, and the next run reads the chain.`

  /** @param what - completes "The record was changed: …"; no full stop, nothing secret. */
  constructor(what: string, options: ErrorOptions = {}) {
    super(`The record was changed: ${what}.`, options)
  }
}

/** A later version of this program wrote the record. */
export class StoreNewerFormatError extends OnboardingError {
  override readonly name = 'StoreNewerFormatError'
  readonly code = 'store/newer-format'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Install a version at least as new as the one that started this run, then run the same command again.'

  /** @param what - what is too new: the format of the record, or the version of the machine that wrote it. */
  constructor({
    path,
    what = 'format',
    found,
    supported,
  }: {
    path: string
    what?: 'format' | 'machine'
    found: number
    supported: number
  }) {
    const number = what === 'format' ? `has format ${found}` : `was written by machine version ${found}`
    super(`The record ${path} ${number}; this version reads up to ${supported}.`)
  }
}

/** The record has an older format that this version cannot migrate. */
export class StoreOlderFormatError extends OnboardingError {
  override readonly name = 'StoreOlderFormatError'
  readonly code = 'store/older-format'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    say`Finish the run with the version that started it. Or wait until this wallet has no pending transaction, then run ${action('wipe', { force: true })}: it moves the files aside, and the next run reads the chain again.`

  constructor({ path, found }: { path: string; found: number }) {
    super(`The record ${path} has format ${found}, which this version cannot migrate.`)
  }
}

/** The record belongs to another wallet or another chain, e.g. after a directory was copied. */
export class StoreOtherWalletError extends OnboardingError {
  override readonly name = 'StoreOtherWalletError'
  readonly code = 'store/other-wallet'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    say`Move the directory back to the wallet and chain it belongs to, or choose another ${setting('stateDir')}.`

  /** @param expected - and `found`: chain id and address, e.g. `8453-0x…`. */
  constructor({ path, expected, found }: { path: string; expected: string; found: string }) {
    super(`The record ${path} belongs to another wallet.`, { facts: [`expected ${expected}`, `found ${found}`] })
  }
}

/** Another process holds this wallet on this chain. */
export class LockedError extends OnboardingError {
  override readonly name = 'LockedError'
  readonly code = 'store/locked'
  readonly recovery = 'retry'
  readonly exit = 'locked'
  readonly hint = say`Wait until it ends, or stop it; ${action('status')} shows how far it is.`

  constructor({ chainId, address, pid, path }: { chainId: number; address: string; pid?: number; path?: string }) {
    const facts = []
    facts.push(pid === undefined ? 'It does not say who it is; it may be suspended.' : `process ${pid}`)
    if (path !== undefined) facts.push(`lock file ${path}; delete it if that process is something else`)
    super(`Another process is at work for ${address} on chain ${chainId}.`, { facts })
  }
}

/** No folder can hold the wallet's lock, so a second process could not be kept out. */
export class LockUnusableError extends OnboardingError {
  override readonly name = 'LockUnusableError'
  readonly code = 'store/lock-unusable'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Free space there, or run as a user who has a home directory and can write to it. If another user made that folder in /tmp, remove it.'

  constructor({ path, cause }: { path: string; cause?: unknown }) {
    super(`The folder ${path} cannot hold the lock of this wallet.`, { cause, facts: errnoFacts(cause) })
  }
}

/**
 * Another user owns the directory or record of a run, or can write to it, and may have changed it. It was not read.
 *
 * @hint Make sure that nobody has changed it, then fix owner and mode with the command that the hint names, or choose another `--state-dir`.
 */
export class StoreNotOursError extends OnboardingError {
  override readonly name = 'StoreNotOursError'
  readonly code = 'store/not-ours'
  readonly recovery = 'stop'
  readonly exit = 'config'
  readonly hint: Told

  /** @param user - the id of this process's user. */
  constructor({ path, owner, mode, user }: { path: string; owner: number; mode: number; user: number }) {
    const isOwned = owner === user || owner === 0
    super(isOwned ? `Other users can write to ${path}.` : `${path} belongs to another user.`, {
      facts: [`owner ${owner}, this user ${user}`, `mode ${(mode & 0o777).toString(8)}`],
    })
    const fix = isOwned ? `chmod go-w '${path}'` : `chown -R ${user} '${path}'`
    this.hint = say`Check that nobody changed its content, then run \`${fix}\`. Or choose another ${setting('stateDir')}.`
  }
}
