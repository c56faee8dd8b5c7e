import type { MintedKey } from '../domain/key.ts'

/** What a sink is like before a key is put into it. */
export interface SinkProbe {
  /** Digest of the key it holds now; null when it holds none or cannot be read. */
  fingerprint: string | null
  /**
   * nothing: no key would be replaced. key: one is there. reference: somebody's word for a key that is kept elsewhere, e.g.
   * `op://…`. Absent on sinks that cannot be read.
   */
  holds?: 'nothing' | 'key' | 'reference'
  /** Of the key it holds, as far as it can be read. */
  last6?: string
  /** Where the key it holds was minted, as far as the sink says, e.g. `https://api.venice.ai`. */
  origin?: string
  /** Things a person should know, e.g. that git does not ignore the file. */
  warnings: readonly string[]
}

/** Of whom a key is: it is sent nowhere else. */
export interface KeyOwner {
  /** Of the API that minted it, e.g. `https://api.venice.ai`. */
  origin: string
  address: string
}

/** Where a minted key goes. Venice shows a key once, so a sink is probed before the mint and must not lie about a write. */
export interface KeySink {
  /** As in `--save-key`, e.g. `env-file:.env`. No secret. */
  readonly name: string
  /** Takes a key only when no place that was named does, and is never asked for alone. Default false. */
  readonly isLastResort?: boolean
  /**
   * Finds out whether `store` would work, without leaving a trace. Safe to repeat.
   *
   * @throws {SinkUnusableError}
   */
  probe(): Promise<SinkProbe>
  /**
   * Stores the key durably: when it resolves, the key survives a power loss as far as the sink can promise it.
   * Replaces a key stored earlier; one that this program did not put there is kept next to it where the form allows.
   *
   * @throws {SinkWriteError} nothing half-written; what was there before is still there.
   */
  store(key: MintedKey, label: string, of?: KeyOwner): Promise<void>
  /** The stored key, or null; absent on sinks that cannot be read back. Used to recognise a key whose mint was cut short. */
  read?(): Promise<string | null>
}
