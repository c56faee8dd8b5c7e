import type { Address } from '../domain/addresses.ts'

/** One line of a run's history. */
export interface JournalLine {
  /** Revision of the record it belongs to. */
  revision: number
  /** ISO 8601. */
  at: string
  type: string
}

/** The record and the history of one run. One process at a time may hold it; see `RunLock`. */
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
   * Replaces the record. When it resolves, the new text survives a crash and a power loss; when it rejects, the new text
   * or the one before it is there, whole.
   *
   * @throws {StoreWriteError}
   */
  save(text: string): Promise<void>
  /** Appends to the history. May lag or be lost; never throws. */
  append(line: JournalLine): Promise<void>
  /** Moves record and history aside and returns where to. */
  archive(): Promise<string>
}

/** Exclusive hold on one wallet on one chain. */
export interface RunLock {
  /** Safe to repeat. */
  release(): Promise<void>
  /** Aborts when the hold is lost before its release, e.g. with a connection. A run then pauses before its next step. */
  readonly lost?: AbortSignal
}

/** Whose run it is: there is one for each wallet on each chain. */
export interface RunOwner {
  chainId: number
  address: Address
}

/**
 * Keeps every other process out of a wallet. After a crash of the holder it must be free again.
 *
 * @throws {LockedError} at once, when another process has it.
 */
export type AcquireLock = (owner: RunOwner) => Promise<RunLock>

/** Where the runs of any number of wallets are kept. */
export interface RunStores {
  /** Opens the store of one run, and makes what it needs. Safe to repeat. Another spelling of the address is the same run. */
  open(owner: RunOwner): Promise<RunStore>
  /**
   * Keeps out the processes of other machines that share these stores. The lock of this machine is taken as well. Left out:
   * only that one is.
   */
  readonly lock?: AcquireLock
}
