/** An endpoint that wants a credential, and is asked in a way of its own. */
export interface PaidEndpoint {
  url: string
  /** Requests in one batch, at most. */
  batchSize: number
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
}

export type Endpoint = string | PaidEndpoint

/** Over a WebSocket, an endpoint says when there is a block; it is asked nothing else there. */
export const announcesBlocks = (endpoint: Endpoint): endpoint is string =>
  typeof endpoint === 'string' && /^wss?:/i.test(endpoint)

export const urlOf = (endpoint: Endpoint): string => (typeof endpoint === 'string' ? endpoint : endpoint.url)
