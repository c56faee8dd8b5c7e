/** An endpoint that needs a credential and its own kind of request. */
export interface PaidEndpoint {
  url: string
  /** The most requests in one batch. */
  batchSize: number
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
}

export type Endpoint = string | PaidEndpoint

/** A WebSocket endpoint announces blocks. It gets no other requests. */
export const announcesBlocks = (endpoint: Endpoint): endpoint is string =>
  typeof endpoint === 'string' && /^wss?:/i.test(endpoint)

export const urlOf = (endpoint: Endpoint): string => (typeof endpoint === 'string' ? endpoint : endpoint.url)
