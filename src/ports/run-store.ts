/** One line of a run's history. */
export interface JournalLine {
  /** Revision of the record it belongs to. */
  revision: number
  /** ISO 8601. */
  at: string
  type: string
}

/** The files of one run. One process at a time may hold it; see `RunLock`. */
export interface RunStore {
  /** Where record and history are. */
  readonly directory: string
  /** The record itself, for messages. */
  readonly record: string
  /**
   * The record as text, or null when there is none.
   *
   * @throws {StoreUnreadableError}
   */
  load(): Promise<string | null>
  /**
   * Replaces the record. When it resolves, the new text survives a crash and a power loss, and the text before it is
   * kept as `.prev`; when it rejects, one of the two is there, whole.
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
  release(): Promise<void>
}
