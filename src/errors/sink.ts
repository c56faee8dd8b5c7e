import { OnboardingError } from './base.ts'
import { errnoFacts } from './errno.ts'

/** `--save-key` names a kind of sink that does not exist. */
export class UnknownSinkError extends OnboardingError {
  override readonly name = 'UnknownSinkError'
  readonly code = 'sink/unknown-kind'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint: string

  constructor({ spec, supported }: { spec: string; supported: readonly string[] }) {
    super(`The key cannot be stored in "${spec}".`)
    this.hint = `Use --save-key with one of ${supported.join(', ')}.`
  }
}

/** A sink would not take the key. Found out before the mint. */
export class SinkUnusableError extends OnboardingError {
  override readonly name: string = 'SinkUnusableError'
  readonly code: string = 'sink/unusable'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint: string = 'Mend that, or choose another place with --save-key. No key was minted.'
  /** Completes "…, because …"; quotes nothing from the sink. */
  readonly reason: string

  constructor({ sink, reason, cause }: { sink: string; reason: string; cause?: unknown }) {
    super(`The key cannot be stored in ${sink}, because ${reason}.`, { cause, facts: errnoFacts(cause) })
    this.reason = reason
  }
}

/** A symbolic link stands where the key would be written. */
export class SinkSymlinkError extends SinkUnusableError {
  override readonly name = 'SinkSymlinkError'
  override readonly code = 'sink/symlink'
  override readonly hint = 'Name the file that the link points to with --save-key. No key was minted.'

  constructor({ sink, path }: { sink: string; path: string }) {
    super({ sink, reason: `${path} is a symbolic link` })
  }
}

/** A sink holds a key that this run did not put there, or a reference to one; nobody has said that it may go. */
export class SinkHoldsAnotherKeyError extends OnboardingError {
  override readonly name = 'SinkHoldsAnotherKeyError'
  readonly code = 'sink/holds-another-key'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    'Choose another place with --save-key, or replace it with --replace-key; an env file keeps the old line as a comment. No key was minted.'

  /** @param last6 - of the key that is there, where it can be told. */
  constructor({ sink, last6, isReference }: { sink: string; last6: string | null; isReference: boolean }) {
    const what = isReference ? 'a reference to a key' : `another key${last6 === null ? '' : ` (…${last6})`}`
    super(`${sink} already holds ${what}, which this run did not put there.`)
  }
}

/** A key was minted at another API than the one that is asked now. It was not sent. */
export class KeyOfOtherOriginError extends OnboardingError {
  override readonly name = 'KeyOfOtherOriginError'
  readonly code = 'sink/other-origin'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint = 'Use the --api-url at which the key was minted, or another --save-key and --state-dir for this API.'

  /** @param minted - origin; null when it is not known, so that it counts as Venice's own. */
  constructor({ last6, minted, asked }: { last6: string; minted: string | null; asked: string }) {
    super(`The key …${last6} is not sent to ${asked}.`, {
      facts: [
        minted === null ? 'It does not say where it was minted, so it is only sent to Venice.' : `minted at ${minted}`,
      ],
    })
  }
}

/** A key may be in a sink, left there by a process that died, and the sink cannot be looked into. */
export class SinkNotSearchableError extends OnboardingError {
  override readonly name = 'SinkNotSearchableError'
  readonly code = 'sink/not-searchable'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Mend that, then run the same command again: it takes the key up if it is there, and otherwise goes on without it.'

  constructor({ sink, reason, cause }: { sink: string; reason: string; cause?: unknown }) {
    super(`Whether ${sink} holds the key of an earlier mint cannot be told, because ${reason}.`, {
      cause,
      facts: errnoFacts(cause),
    })
  }
}

/** A minted key was not stored. What the sink held before is unharmed. */
export class SinkWriteError extends OnboardingError {
  override readonly name = 'SinkWriteError'
  readonly code = 'sink/write-failed'
  readonly recovery = 'resolveMint'
  readonly exit = 'config'
  readonly hint =
    'Mend the place or choose another with --save-key, then run the same command again. If its process has ended, the key is lost: `venice-onboard keys reclaim --with-admin-key` deletes it.'

  readonly sink: string
  /** Completes "…, because …"; never has the key in it. */
  readonly reason: string

  constructor({
    sink,
    reason,
    cause,
    facts = [],
  }: {
    sink: string
    reason: string
    cause?: unknown
    facts?: readonly string[]
  }) {
    super(`The key could not be stored in ${sink}, because ${reason}.`, {
      cause,
      facts: [...facts, ...errnoFacts(cause)],
    })
    this.sink = sink
    this.reason = reason
  }
}
