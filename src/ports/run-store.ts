import type { Address } from '../domain/addresses.ts'

/** One line of a run's history. */
export interface JournalLine {
  /** Revision of the record it belongs to. */
  revision: number
  /** ISO 8601. */
  at: string
  type: string
}

/** Record and history of one run. Only one process at a time may use it; see `RunLock`. */
export interface RunStore {
  /** The record's path or key, for messages. */
  readonly record: string
  /**
   * The record as text, or null when there is none.
   *
   * @throws {StoreUnreadableError}
   */
  load(): Promise<string | null>
  /**
   * Replaces the record. After it resolves, the new text survives a crash and a power loss. After it rejects, either
   * the new or the earlier text is there, complete.
   *
   * @throws {StoreWriteError}
   */
  save(text: string): Promise<void>
  /** Appends to the history. May lag or be lost; never throws. */
  append(line: JournalLine): Promise<void>
  /** Moves record and history to an archive and returns its path. */
  archive(): Promise<string>
}

/** Exclusive lock on one wallet on one chain. */
export interface RunLock {
  /** Safe to repeat. */
  release(): Promise<void>
  /**
   * Aborts when the lock is lost before its release, e.g. with a connection. The run then pauses before its next step.
   */
  readonly lost?: AbortSignal
}

/** The owner of a run: there is one run for each wallet on each chain. */
export interface RunOwner {
  chainId: number
  address: Address
}

/**
 * Keeps every other process out of a wallet. The lock must be free again after its holder crashed.
 *
 * @throws {LockedError} at once, when another process has it.
 */
export type AcquireLock = (owner: RunOwner) => Promise<RunLock>

/** Where the runs of any number of wallets are kept. */
export interface RunStores {
  /** Opens the store of one run, and creates it if needed. Safe to repeat. The case of the address does not matter. */
  open(owner: RunOwner): Promise<RunStore>
  /**
   * Keeps out processes of other machines that share these stores. This machine's lock is taken as well. Absent: only
   * this machine's lock is taken.
   */
  readonly lock?: AcquireLock
}
