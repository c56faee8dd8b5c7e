import type * as Sdk from '@modelcontextprotocol/server'
import { z } from 'zod'
import type { Tool, ToolResult } from '../tool.ts'
import type { Toolkit } from '../tools.ts'

/** What is used of `@modelcontextprotocol/server`, which only its users have. */
export type McpSdk = Pick<typeof Sdk, 'inputRequired' | 'inputResponse' | 'CLIENT_CAPABILITIES_META_KEY'>

const yes = z.object({ confirm: z.boolean().describe('Yes, do it.') })

/**
 * Adds the tools to an MCP server. A client that can ask its person is made to (by elicitation) before anything is signed
 * or deleted, whatever arguments the model gives; with any other, the model must bring the planDigest.
 */
export function registerTools(server: Sdk.McpServer, { tools }: Pick<Toolkit, 'tools'>, sdk: McpSdk): void {
  for (const tool of tools) {
    const { name, title, description, inputSchema, outputSchema } = tool
    const { readOnly, destructive, idempotent } = tool.annotations
    const annotations = {
      readOnlyHint: readOnly,
      destructiveHint: destructive,
      idempotentHint: idempotent,
      openWorldHint: true,
    }
    server.registerTool(name, { title, description, inputSchema, outputSchema, annotations }, async (args, ctx) => {
      const asked = await askPerson(server, tool, { args, ctx, sdk })
      if ('question' in asked) return asked.question
      return toMcp(asked.result ?? (await tool.execute(asked.args, ioOf(ctx))))
    })
  }
}

const toMcp = (result: ToolResult): Sdk.CallToolResult => ({
  content: [{ type: 'text', text: JSON.stringify(result) }],
  structuredContent: { ...result },
  isError: !result.ok,
})

/** Progress goes to those who have asked for it, by a token. */
function ioOf({ mcpReq }: Sdk.ServerContext): NonNullable<Parameters<Tool['execute']>[1]> {
  const { signal, notify, _meta } = mcpReq
  const progressToken = _meta?.progressToken
  if (progressToken === undefined) return { signal }
  let progress = 0
  return {
    signal,
    onProgress(message) {
      progress += 1
      // A client that has gone away misses nothing.
      notify({ method: 'notifications/progress', params: { progressToken, progress, message } }).catch(() => {})
    },
  }
}

type Asked = { question: Sdk.InputRequiredResult } | { args: unknown; result?: ToolResult }

async function askPerson(
  server: Sdk.McpServer,
  tool: Tool,
  { args, ctx, sdk }: { args: unknown; ctx: Sdk.ServerContext; sdk: McpSdk },
): Promise<Asked> {
  if (tool.confirmation === undefined || !canAsk(server, ctx, sdk)) return { args }
  const needed = await tool.confirmation(args)
  if (needed === null) return { args }
  if ('result' in needed) return { args, result: needed.result }
  const { id, message, args: confirmed } = needed.ask
  const key = `confirm-${id}`
  const answer = sdk.inputResponse(ctx.mcpReq.inputResponses, key)
  if (answer.kind !== 'elicit') {
    return {
      question: sdk.inputRequired({
        inputRequests: { [key]: sdk.inputRequired.elicit({ message, requestedSchema: yes }) },
      }),
    }
  }
  const isYes = answer.action === 'accept' && yes.safeParse(answer.content).data?.confirm === true
  return isYes ? { args: confirmed } : { args, result: tool.declined() }
}

/** Clients of 2026 say with each request what they can, those of 2025 once at the beginning. */
function canAsk({ server }: Sdk.McpServer, { mcpReq }: Sdk.ServerContext, sdk: McpSdk): boolean {
  const envelope: Readonly<Record<string, unknown>> = mcpReq.envelope ?? {}
  const capabilities = envelope[sdk.CLIENT_CAPABILITIES_META_KEY] ?? server.getClientCapabilities()
  return typeof capabilities === 'object' && capabilities !== null && 'elicitation' in capabilities
}
