import type * as Sdk from '@modelcontextprotocol/server'
import { ApprovalNeededError, NotAnsweredError } from '../../errors/policy.ts'
import type { HostApproval, Question } from '../../library/approval.ts'
import { requireRegisterOptions } from '../../library/strict-options.ts'
import type { Tool, ToolIo, ToolResult } from '../tool.ts'
import type { McpSdk, McpServer, TaskToolkit } from './sdk.ts'
import { registerTasks, takesTasks, taskOf } from './tasks.ts'

type UsedSdk = Pick<typeof Sdk, 'inputRequired' | 'inputResponse' | 'CLIENT_CAPABILITIES_META_KEY' | 'ProtocolError'>

export interface RegisterOptions {
  /** Milliseconds to wait for the person. Default 300,000. */
  questionTimeoutMs?: number
  /**
   * A call that begins a run answers with a task, where the client takes one (`io.modelcontextprotocol/tasks`); others get the
   * result at once. Only for servers of `@modelcontextprotocol/server` that are not connected yet. Default false.
   */
  tasks?: boolean
}

const DEFAULT_QUESTION_MS = 300_000

/** A yes is the answer itself: some clients send no content with it. */
const JUST_YES_OR_NO = { type: 'object' as const, properties: {} }

/** JSON-RPC: the client knows no such method, whatever it declared. */
const METHOD_NOT_FOUND = -32601

/**
 * Adds the tools to an MCP server. Where the toolkit has no yes of the host's, a client that can ask its person is made to
 * (by elicitation) before anything is signed or deleted, whatever arguments the model gives.
 *
 * @param given - of `@modelcontextprotocol/server`, or of `@modelcontextprotocol/sdk` from 1.23 on.
 */
export function registerTools(
  given: McpServer,
  toolkit: TaskToolkit,
  used: McpSdk,
  options: RegisterOptions = {},
): void {
  requireRegisterOptions(options)
  // Both SDKs are what `sdk.ts` says of them, and more.
  const [server, sdk] = [given as Sdk.McpServer, used as UsedSdk]
  const { questionTimeoutMs = DEFAULT_QUESTION_MS, tasks = false } = options
  if (tasks) registerTasks(server, toolkit, { sdk, toMcp })
  for (const tool of toolkit.tools) {
    const { name, title, description, inputSchema, outputSchema } = tool
    const { readOnly, destructive, idempotent } = tool.annotations
    const annotations = {
      readOnlyHint: readOnly,
      destructiveHint: destructive,
      idempotentHint: idempotent,
      openWorldHint: true,
    }
    const about = { title, description, inputSchema, outputSchema, annotations }
    server.registerTool(name, about, async (args, context) => {
      const ctx = callOf(context)
      const answer = await askPerson(server, tool, { args, ctx, sdk, questionTimeoutMs })
      if ('question' in answer) return answer.question
      if ('result' in answer) return toMcp(answer.result)
      const result = await tool.execute(args, { ...ioOf(ctx), ...answer })
      const task = tasks && !readOnly && takesTasks(ctx.envelope?.[sdk.CLIENT_CAPABILITIES_META_KEY]) && taskOf(result)
      // The SDK checks it as the result of a call, which it is as well.
      return task ? { ...toMcp(result), ...task, resultType: 'task' } : toMcp(result)
    })
  }
}

/** What is used of the context of a call. */
interface Call extends Pick<Sdk.ServerContext['mcpReq'], 'signal' | 'notify' | 'id'> {
  _meta: Sdk.ServerContext['mcpReq']['_meta'] | undefined
  /** Since 2026: what the client says of itself with each request. */
  envelope?: Readonly<Record<string, unknown>> | undefined
  inputResponses?: Sdk.ServerContext['mcpReq']['inputResponses']
  /** The server is of the first SDK. */
  isSdk1: boolean
}

/** As much as is used of the context that servers of the first SDK give. */
interface Sdk1Call {
  signal: AbortSignal
  sendNotification: Call['notify']
  requestId: Call['id']
  _meta?: Sdk.ServerContext['mcpReq']['_meta']
}

function callOf(given: Sdk.ServerContext | Sdk1Call): Call {
  if ('mcpReq' in given) {
    const { signal, notify, _meta, id, envelope, inputResponses } = given.mcpReq
    const more = envelope as Readonly<Record<string, unknown>> | undefined
    return { signal, notify, _meta, id, envelope: more, inputResponses, isSdk1: false }
  }
  const { signal, sendNotification: notify, requestId: id, _meta } = given
  return { signal, notify, id, _meta, isSdk1: true }
}

const toMcp = (result: ToolResult): Sdk.CallToolResult => ({
  content: [{ type: 'text', text: JSON.stringify(result) }],
  structuredContent: { ...result },
  isError: !result.ok,
})

/** Progress goes to those who have asked for it, by a token. */
function ioOf({ signal, notify, _meta }: Call): ToolIo {
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

type Answered = { question: Sdk.InputRequiredResult } | { approval: HostApproval } | { result: ToolResult }

interface Asking {
  args: unknown
  ctx: Call
  sdk: UsedSdk
  questionTimeoutMs: number
}

async function askPerson(server: Sdk.McpServer, tool: Tool, asking: Asking): Promise<Answered> {
  const { args, ctx, sdk } = asking
  const noYes = { approval: {} }
  if (tool.confirmation === undefined || !canAsk(server, ctx, sdk)) return noYes
  const question = await tool.confirmation(args)
  if (question === null) return noYes
  const isModern = ctx.envelope?.[sdk.CLIENT_CAPABILITIES_META_KEY] !== undefined
  return isModern ? askByReply(tool, question, asking) : askByRequest(server, { tool, question, asking })
}

/** Clients of 2026 answer with a second call. One that makes it without an answer has nobody to ask. */
function askByReply(tool: Tool, question: Question, { ctx, sdk }: Asking): Answered {
  const key = `confirm-${question.id}`
  const answer = sdk.inputResponse(ctx.inputResponses, key)
  if (answer.kind === 'elicit') {
    waiting.delete(tool)
    return meaning(answer, { tool, question })
  }
  if (waiting.get(tool) === key) {
    waiting.delete(tool)
    return { result: tool.refused(new ApprovalNeededError('The call', howElse(question))) }
  }
  waiting.set(tool, key)
  const elicitation = sdk.inputRequired.elicit({ message: question.message, requestedSchema: JUST_YES_OR_NO })
  return { question: sdk.inputRequired({ inputRequests: { [key]: elicitation } }) }
}

/** The last question of a tool that was asked by a reply, and had no answer yet. */
const waiting = new WeakMap<Tool, string>()

/** Clients of 2025 are asked by a request of the server's. */
async function askByRequest(
  { server }: Sdk.McpServer,
  { tool, question, asking }: { tool: Tool; question: Question; asking: Asking },
): Promise<Answered> {
  const { ctx, questionTimeoutMs } = asking
  const params = { message: question.message, requestedSchema: JUST_YES_OR_NO }
  const options = { timeout: questionTimeoutMs, signal: ctx.signal, relatedRequestId: ctx.id }
  try {
    const answer = ctx.isSdk1
      ? await server.elicitInput(params, options)
      : await server.request({ method: 'elicitation/create', params }, options)
    return meaning(answer, { tool, question })
  } catch (error) {
    const isUnable = (error as { code?: unknown } | null)?.code === METHOD_NOT_FOUND
    if (isUnable) return { result: tool.refused(new ApprovalNeededError('The call', howElse(question))) }
    return { result: tool.refused(new NotAnsweredError(questionTimeoutMs)) }
  }
}

/** Accept means yes, unless a box that the client made up for it was left empty. */
function meaning(
  { action, content }: { action: string; content?: unknown },
  { tool, question }: { tool: Tool; question: Question },
): Answered {
  const { confirm } = (content ?? {}) as { confirm?: unknown }
  const isYes = action === 'accept' && confirm !== false && confirm !== 'false'
  if (isYes) return { approval: { question: question.id } }
  return { result: tool.declined(howElse(question)) }
}

const howElse = ({ planDigest }: Question): string => {
  const how =
    planDigest === null ? 'with a yes for all' : `with planDigest ${planDigest}, or a yes for all within the budget`
  return `If the person was not asked, the client cannot ask: the host then starts its MCP server ${how}. A model cannot.`
}

/** Clients of 2026 say with each request what they can, those of 2025 once at the beginning. */
function canAsk({ server }: Sdk.McpServer, { envelope }: Call, sdk: UsedSdk): boolean {
  const capabilities = envelope?.[sdk.CLIENT_CAPABILITIES_META_KEY] ?? server.getClientCapabilities()
  const { elicitation } = (capabilities ?? {}) as { elicitation?: { form?: unknown; url?: unknown } | undefined }
  // Before there were kinds of it, a form was meant.
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined)
}
