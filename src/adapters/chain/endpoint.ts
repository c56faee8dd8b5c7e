/** An endpoint that wants a credential, and is asked in a way of its own. */
export interface PaidEndpoint {
  url: string
  /** Requests in one batch, at most. */
  batchSize: number
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
}

export type Endpoint = string | PaidEndpoint
