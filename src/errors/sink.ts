import { action, say, setting, type Told } from '../domain/next-action.ts'
import { OnboardingError } from './base.ts'
import { errnoFacts } from './errno.ts'

/**
 * `--save-key` names an unknown type of key sink.
 *
 * @hint Use one of `env-file:F`, `file:F`, `exec:CMD`, `venice-cli`.
 */
export class UnknownSinkError extends OnboardingError {
  override readonly name = 'UnknownSinkError'
  readonly code = 'sink/unknown-kind'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint: Told

  constructor({ spec, supported }: { spec: string; supported: readonly string[] }) {
    super(`The key cannot be stored in "${spec}".`)
    this.hint = say`Use ${setting('saveKey')} with one of ${supported.join(', ')}.`
  }
}

/** The sink cannot store the key. This is checked before the mint. */
export class SinkUnusableError extends OnboardingError {
  override readonly name: string = 'SinkUnusableError'
  readonly code: string = 'sink/unusable'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint: Told =
    say`No key was minted. Fix the cause, or choose another place with ${setting('saveKey')}, such as file:venice-key.`
  /** Completes "…, because …"; quotes nothing from the sink. */
  readonly reason: string

  constructor({ sink, reason, cause }: { sink: string; reason: string; cause?: unknown }) {
    super(`The key cannot be stored in ${sink}, because ${reason}.`, { cause, facts: errnoFacts(cause) })
    this.reason = reason
  }
}

/** The path where the key would be written is a symbolic link. */
export class SinkSymlinkError extends SinkUnusableError {
  override readonly name = 'SinkSymlinkError'
  override readonly code = 'sink/symlink'
  override readonly hint = say`No key was minted. Give ${setting('saveKey')} the file that the link points to.`

  constructor({ sink, path }: { sink: string; path: string }) {
    super({ sink, reason: `${path} is a symbolic link` })
  }
}

/** The sink holds a key, or a reference to a key, that this run did not store, and nobody allowed replacing it. */
export class SinkHoldsAnotherKeyError extends OnboardingError {
  override readonly name = 'SinkHoldsAnotherKeyError'
  readonly code = 'sink/holds-another-key'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    say`No key was minted. Choose another place with ${setting('saveKey')}, or replace the key with ${setting('replaceKey')}. An env file keeps the old line as a comment.`

  /** @param last6 - of the key in the sink; null if unknown. */
  constructor({ sink, last6, isReference }: { sink: string; last6: string | null; isReference: boolean }) {
    const what = isReference ? 'a reference to a key' : `another key${last6 === null ? '' : ` (…${last6})`}`
    super(`${sink} already holds ${what}, which this run did not store.`)
  }
}

/** The key was minted at another API than the current one. It was not sent. */
export class KeyOfOtherOriginError extends OnboardingError {
  override readonly name = 'KeyOfOtherOriginError'
  readonly code = 'sink/other-origin'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    say`Use the ${setting('apiUrl')} at which the key was minted, or another ${setting('saveKey')} and ${setting('stateDir')} for this API.`

  /** @param minted - origin; null if unknown: such a key is sent only to Venice. */
  constructor({ last6, minted, asked }: { last6: string; minted: string | null; asked: string }) {
    super(`The key …${last6} is not sent to ${asked}.`, {
      facts: [
        minted === null
          ? 'The stored key does not say where it was minted, so it is sent only to Venice.'
          : `minted at ${minted}`,
      ],
    })
  }
}

/** A process that died may have left a key in the sink, and the sink cannot be searched. */
export class SinkNotSearchableError extends OnboardingError {
  override readonly name = 'SinkNotSearchableError'
  readonly code = 'sink/not-searchable'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Fix the cause, then run the same command again. It uses the key if the sink holds one, and continues without it otherwise.'

  constructor({ sink, reason, cause }: { sink: string; reason: string; cause?: unknown }) {
    super(`${sink} cannot be searched for the key of an earlier mint, because ${reason}.`, {
      cause,
      facts: errnoFacts(cause),
    })
  }
}

/** The minted key was not stored. The previous content of the sink is intact. */
export class SinkWriteError extends OnboardingError {
  override readonly name = 'SinkWriteError'
  readonly code = 'sink/write-failed'
  readonly recovery = 'resolveMint'
  readonly exit = 'config'
  readonly hint =
    say`Fix the place or choose another with ${setting('saveKey')}, then run the same command again. If the process that minted the key has ended, the key is lost: ${action('keys.reclaim', { withAdminKey: true })} deletes it.`

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
