import type { MintedKey } from '../domain/key.ts'

/** The state of a sink before a key is stored in it. */
export interface SinkProbe {
  /** Digest of the key it holds now; null when it holds none or cannot be read. */
  fingerprint: string | null
  /**
   * nothing: no key would be replaced. key: it holds one. reference: it names a key that is kept elsewhere, e.g.
   * `op://…`. Absent on sinks that cannot be read.
   */
  holds?: 'nothing' | 'key' | 'reference'
  /** Last 6 characters of the key it holds, if they can be read. */
  last6?: string
  /** The API that minted the key it holds, if the sink says so, e.g. `https://api.venice.ai`. */
  origin?: string
  /** Things a person should know, e.g. that git does not ignore the file. */
  warnings: readonly string[]
}

/** The owner of a key. The key is sent to nobody else. */
export interface KeyOwner {
  /** Origin of the API that minted it, e.g. `https://api.venice.ai`. */
  origin: string
  address: string
}

/**
 * Where a minted key goes. Venice shows a key once. So a sink is probed before the mint, and must not report a write
 * that failed as a success.
 */
export interface KeySink {
  /** As in `--save-key`, e.g. `env-file:.env`. No secret. */
  readonly name: string
  /** Used only when every sink that the user named fails; never used alone. Default false. */
  readonly isLastResort?: boolean
  /**
   * Finds out whether `store` would work, without leaving a trace. Safe to repeat.
   *
   * @throws {SinkUnusableError}
   */
  probe(): Promise<SinkProbe>
  /**
   * Stores the key durably: after it resolves, the key survives a power loss as far as the sink can promise that.
   * Replaces a key stored earlier. A key that another program put there is kept next to it if the file format allows.
   *
   * @throws {SinkWriteError} nothing is half-written, and the earlier content is still there.
   */
  store(key: MintedKey, label: string, of?: KeyOwner): Promise<void>
  /**
   * The stored key, or null; absent on sinks that cannot be read back. Finds a key again whose mint was interrupted.
   */
  read?(): Promise<string | null>
}
