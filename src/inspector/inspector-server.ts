/** A page that is served. In a file without Node's types, which the public declarations reach. */
export interface InspectorServer {
  /** With the token in it: whoever has it can look. */
  readonly url: string
  /** Ends the streams, after the last frame, and the server. Safe to repeat. */
  close(): Promise<void>
}
