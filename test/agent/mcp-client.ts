import { once } from 'node:events'
import { Client, type ClientOptions } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { onTestFinished } from 'vitest'
import type { ToolResult } from '../../src/index.ts'

/** 2025: `initialize`, and the server's requests. 2026: capabilities with each request, answers on a second try. */
export type Era = 2025 | 2026

/** The answer of a person, or of a client for them. */
export type Answer =
  | { action: 'accept'; content?: Record<string, string | boolean> }
  | { action: 'decline' }
  | { action: 'cancel' }
  | 'nothing'

export interface ConnectOptions {
  cwd: string
  env: Record<string, string>
  /** Arguments after `mcp`. */
  words: readonly string[]
  era?: Era
  /** The person's answer; without it, the client cannot ask. */
  answer?: (message: string) => Answer
  /** The client claims that it can ask, and cannot. */
  isBoasting?: boolean
  onMessage?: (message: unknown) => void
}

export interface Connected {
  client: Client
  pid: number
  /** What it printed on stderr so far. */
  stderr(): string
  /** The lines it printed on stdout, as the client read them. */
  call(name: string, args?: object, options?: Parameters<Client['callTool']>[1]): Promise<ToolResult>
  /** Sends a request of 2026 that the client does not know, from one that takes tasks. Returns the whole answer. */
  send(method: string, params: object): Promise<{ result?: Record<string, unknown>; error?: { code: number } }>
  settle(): Promise<ToolResult>
  /** Closes the client's end, and waits until the process has ended. */
  close(): Promise<void>
}

const TAKES_TASKS = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': { extensions: { 'io.modelcontextprotocol/tasks': {} } },
}

/** A real client of the real process. */
export async function connect({
  cwd,
  env,
  words,
  era = 2026,
  answer,
  isBoasting = false,
  onMessage,
}: ConnectOptions): Promise<Connected> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [process.env.VENICE_ONBOARD_TEST_PROGRAM ?? '', 'mcp', ...words],
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: cwd, ...env },
    stderr: 'pipe',
  })
  let stderr = ''
  transport.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const options: ClientOptions = {
    capabilities: answer === undefined && !isBoasting ? {} : { elicitation: { form: {} } },
    versionNegotiation: { mode: era === 2026 ? 'auto' : 'legacy' },
  }
  const client = new Client({ name: 'test', version: '1' }, options)
  const broken: Error[] = []
  client.onerror = (error) => void broken.push(error)
  if (answer !== undefined) {
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      const said = answer(params.message)
      return said === 'nothing' ? new Promise(() => {}) : said
    })
  }
  await client.connect(transport)
  const spoken = client.getProtocolEra()
  if (spoken !== (era === 2026 ? 'modern' : 'legacy')) throw new Error(`They speak as in the ${spoken} era.`)
  if (onMessage !== undefined) {
    const deliver = transport.onmessage
    transport.onmessage = (message) => {
      onMessage(message)
      deliver?.(message)
    }
  }
  const own = new Map<unknown, (message: object) => void>()
  const deliver = transport.onmessage
  transport.onmessage = (message) => {
    const resolve = 'id' in message ? own.get(message.id) : undefined
    if (resolve === undefined) deliver?.(message)
    else resolve(message)
  }
  const send: Connected['send'] = async (method, params) => {
    const id = `own-${own.size}`
    const answer = new Promise<object>((resolve) => void own.set(id, resolve))
    await transport.send({ jsonrpc: '2.0', id, method, params: { ...params, _meta: TAKES_TASKS } })
    return answer
  }
  const pid = transport.pid ?? 0
  const gone = once(transport.stderr ?? process.stdin, 'close')
  const close = async () => {
    await client.close().catch(() => {})
    await gone
  }
  onTestFinished(close)
  const call: Connected['call'] = async (name, args = {}, given) => {
    const { structuredContent } = await client.callTool({ name, arguments: { ...args } }, given)
    return structuredContent as unknown as ToolResult
  }
  return {
    client,
    pid,
    stderr: () => stderr,
    call,
    send,
    async settle() {
      for (;;) {
        const status = await call('venice_status', { waitSeconds: 20 })
        if (status.data?.phase !== 'running') return status
      }
    },
    close,
  }
}
