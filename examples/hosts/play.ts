import type { Toolkit, ToolResult } from 'venice-onboard'

/** What the model calls. */
export interface Call {
  tool: string
  args: Record<string, unknown>
}

/** A host over `toolkit`, whose model makes each call that it is given; null: the host let no call through. */
export type Play = (
  toolkit: Toolkit,
  about: { signer: string; rpcUrl: string; says: (question: string) => boolean },
) => Promise<(call: Call) => Promise<ToolResult | null>>
