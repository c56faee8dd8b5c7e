/** Bytes in a buffer of their own, as `fetch` sends them. Before TypeScript 5.7 their type takes no argument. */
export type Bytes = ReturnType<Uint8ArrayConstructor['of']>

/** One HTTP request to Venice. */
export interface Outgoing {
  method: string
  /** Absolute. */
  url: string
  /** Names in small letters. */
  headers: Readonly<Record<string, string>>
  body: Bytes | null
  signal: AbortSignal
}

/** A body that is read as it comes. */
export interface Source {
  /** The next part; null at the end. Rejects when the connection breaks, and with the reason of the request's signal. */
  read(): Promise<Uint8Array | null>
  /** Ends the connection. Safe to repeat. */
  cancel(): void
}

/** What Venice answered. Its body is read once, by one of the two. */
export interface Reply {
  status: number
  statusText: string
  headers: Pick<Headers, 'get'> & Iterable<[name: string, value: string]>
  /** False where an answer has none. */
  hasBody: boolean
  /** All of the body. */
  bytes(): Promise<Bytes>
  source(): Source
}

/**
 * Sends a request and resolves with the head of its answer, whatever its status. Follows no redirect and repeats nothing.
 * Rejects when there is no answer, and with the reason of the signal.
 */
export type Send = (request: Outgoing) => Promise<Reply>
