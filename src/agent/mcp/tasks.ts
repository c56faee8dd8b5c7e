import type * as Sdk from '@modelcontextprotocol/server'
import { z } from 'zod'
import type { Tool, ToolResult } from '../tool.ts'
import type { TaskToolkit } from './sdk.ts'

/**
 * The extension of MCP for calls that go on after their answer.
 *
 * @see https://modelcontextprotocol.github.io/ext-tasks/specification/2026-07-28/tasks.html (checked 2026-12-01)
 */
const TASKS = 'io.modelcontextprotocol/tasks'

/** Milliseconds between two questions for a task; a run takes seconds. */
const POLL_MS = 1_000

/** The client takes a task in place of the result of a call. */
export const takesTasks = (capabilities: unknown): boolean =>
  ((capabilities ?? {}) as { extensions?: Readonly<Record<string, unknown>> }).extensions?.[TASKS] !== undefined

interface Task {
  taskId: string
  status: 'working' | 'cancelled' | 'completed'
  statusMessage?: string
  createdAt: string
  lastUpdatedAt: string
  /** Null: as long as the record of the run is there. */
  ttlMs: null
  pollIntervalMs: number
}

/** Runs of these tools that a client has had paused: their tasks stay cancelled, though the run is resumed. */
const cancelled = new WeakMap<readonly Tool[], Set<string>>()

/**
 * The task of the run that a call has begun, or null when that is over already. Its id is the time and the run, so that a
 * server that is started again knows it, too.
 */
export function taskOf({ data }: ToolResult): Task | null {
  if (data?.phase !== 'running') return null
  const now = Date.now()
  return taskFor({ runId: String(data.runId), begunAt: now, now }, { status: 'working', data })
}

const ID = /^(\d{1,15})-(.+)$/

function taskFor(
  { runId, begunAt, now }: { runId: string; begunAt: number; now: number },
  { status, data }: { status: Task['status']; data: ToolResult['data'] },
): Task {
  return {
    taskId: `${begunAt}-${runId}`,
    status,
    statusMessage: String(data?.state),
    createdAt: new Date(begunAt).toISOString(),
    lastUpdatedAt: new Date(now).toISOString(),
    ttlMs: null,
    pollIntervalMs: POLL_MS,
  }
}

/**
 * Answers for the tasks of `toolkit`, whose run is asked of by `venice_status`. Call it before the server is connected.
 *
 * @param toMcp - a result as that of a call.
 */
export function registerTasks(
  { server }: Sdk.McpServer,
  { tools, pause }: TaskToolkit,
  { sdk, toMcp }: { sdk: Pick<typeof Sdk, 'ProtocolError'>; toMcp: (result: ToolResult) => Sdk.CallToolResult },
): void {
  server.registerCapabilities({ extensions: { [TASKS]: {} } })
  const asked = { params: z.looseObject({ taskId: z.string() }) }
  const paused = cancelled.get(tools) ?? new Set<string>()
  cancelled.set(tools, paused)

  async function find(taskId: string): Promise<{ task: Task; result: ToolResult }> {
    const [, begun, runId] = ID.exec(taskId) ?? []
    const result = runId === undefined ? null : await tools.find(isStatus)?.execute({ runId })
    if (runId === undefined || result?.data == null)
      throw new sdk.ProtocolError(INVALID_PARAMS, 'There is no such task.')
    const { data } = result
    const status = paused.has(taskId) ? 'cancelled' : data.phase === 'idle' ? 'completed' : 'working'
    return { task: taskFor({ runId, begunAt: Number(begun), now: Date.now() }, { status, data }), result }
  }

  server.setRequestHandler('tasks/get', asked, async ({ taskId }) => {
    const { task, result } = await find(taskId)
    return task.status === 'completed' ? { ...task, result: { resultType: 'complete', ...toMcp(result) } } : { ...task }
  })
  // A run asks nothing once it has begun.
  server.setRequestHandler('tasks/update', asked, async ({ taskId }) => {
    await find(taskId)
    return {}
  })
  server.setRequestHandler('tasks/cancel', asked, async ({ taskId }) => {
    if ((await find(taskId)).task.status !== 'working') return {}
    await pause?.()
    const { result } = await find(taskId)
    if (result.data?.outcome === 'paused') paused.add(taskId)
    return {}
  })
}

const isStatus = ({ name }: Tool): boolean => name === 'venice_status'

/** JSON-RPC: also for what there is nothing under. */
const INVALID_PARAMS = -32602
