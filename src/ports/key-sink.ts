import type { MintedKey } from '../domain/key.ts'

/** What a sink is like before a key is put into it. */
export interface SinkProbe {
  /** Digest of the key it holds now; null when it holds none or cannot be read. */
  fingerprint: string | null
  /** Things a person should know, e.g. that git does not ignore the file. */
  warnings: readonly string[]
}

/** Where a minted key goes. Venice shows a key once, so a sink is probed before the mint and must not lie about a write. */
export interface KeySink {
  /** As in `--save-key`, e.g. `env-file:.env`. No secret. */
  readonly name: string
  /**
   * Finds out whether `store` would work, without leaving a trace. Safe to repeat.
   *
   * @throws {SinkUnusableError}
   */
  probe(): Promise<SinkProbe>
  /**
   * Stores the key durably: when it resolves, the key survives a power loss as far as the sink can promise it.
   * Replaces a key stored earlier.
   *
   * @throws {SinkWriteError} nothing half-written; what was there before is still there.
   */
  store(key: MintedKey, label: string): Promise<void>
  /** The stored key, or null; absent on sinks that cannot be read back. Used to recognise a key whose mint was cut short. */
  read?(): Promise<string | null>
}
