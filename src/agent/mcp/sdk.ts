import type { Toolkit } from '../tools.ts'

/**
 * What is used of MCP's SDKs, as types of our own: the declarations of `@modelcontextprotocol/server` 2.4.0 name Node's `Buffer`,
 * and so do not compile without Node's types. Parameters are `never`, so that the methods of either SDK fit.
 */

/** As much of a toolkit as is served; without `pause`, a task that is cancelled goes on. */
export type TaskToolkit = Pick<Toolkit, 'tools'> & Partial<Pick<Toolkit, 'pause'>>

/** A server of `@modelcontextprotocol/server`, or of `@modelcontextprotocol/sdk` from 1.23 on. */
export interface McpServer {
  registerTool(name: string, about: never, call: never): unknown
  readonly server: {
    elicitInput(params: never, options?: never): Promise<unknown>
    getClientCapabilities(): object | undefined
  }
}

/** The module `@modelcontextprotocol/server`, which only its users have. */
export interface McpSdk {
  readonly CLIENT_CAPABILITIES_META_KEY: string
  readonly inputRequired: ((spec: never) => object) & { elicit(params: never): object }
  readonly ProtocolError: new (code: number, message: string) => Error
  inputResponse(responses: never, key: string): { readonly kind: string }
}
