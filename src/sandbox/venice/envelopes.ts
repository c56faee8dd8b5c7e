export interface Reply {
  status: number
  headers?: Record<string, string>
  /** A string and bytes are sent as they are, anything else as JSON. */
  body: unknown
  /** Sent one after the other, in place of `body`. */
  chunks?: readonly string[]
  /** Called when the reply is sent, or will never be. */
  onEnd?: () => void
}

/** Ends a request with an error reply. `metered` says whether it counts against the caller's error budget. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly reply: Reply
  readonly metered: boolean

  constructor(reply: Reply, metered = true) {
    super(`Answered with status ${reply.status}.`)
    this.reply = reply
    this.metered = metered
  }
}

/** `{ error }`, or `{ error, code }`: the body of most errors. */
export function standardError(
  status: number,
  error: string,
  { code, headers, metered = true }: { code?: string; headers?: Record<string, string>; metered?: boolean } = {},
): Refusal {
  const body = code === undefined ? { error } : { error, code }
  return new Refusal({ status, body, ...(headers && { headers }) }, metered)
}

/** 400 `DetailedError`: the tree of messages by field, and the flat list of issues. */
export function schemaError(details: unknown, issues: readonly unknown[]): Refusal {
  return new Refusal({ status: 400, body: { error: 'Invalid request parameters', details, issues } })
}

/** The errors of the top-up route carry their code in `error` and their text in `message`. */
export function topUpError(status: number, code: string, message: string): Refusal {
  return new Refusal({ status, body: { error: code, message } })
}

/** 200 with `data`, the envelope of most routes. */
export const dataReply = (data: unknown, extra: Record<string, unknown> = {}): Reply => ({
  status: 200,
  body: { ...extra, data },
})
