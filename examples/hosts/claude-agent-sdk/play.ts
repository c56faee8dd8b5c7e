import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { query } from '@anthropic-ai/claude-agent-sdk'
import type { Call, Play } from '../play.ts'
import { optionsWith } from './agent.ts'

export const asks = 'the toolkit'

const send = (response: ServerResponse, events: readonly { type: string }[]) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const event of events) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  response.end()
}
const usage = { input_tokens: 1, output_tokens: 1 }

/** The model, behind its API: calls one tool, reads the result, and ends. */
export const play: Play = async (toolkit) => {
  let next: Call | null = null
  let answer: unknown = null
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    if (!request.url?.startsWith('/v1/messages') || request.url.includes('count_tokens'))
      return void response.writeHead(404).end('{}')
    const body = JSON.parse(text)
    const results = JSON.stringify(body.messages.at(-1)?.content ?? '').includes('"tool_result"')
    if (results) {
      const part = body.messages.at(-1).content.find((one: { type: string }) => one.type === 'tool_result')
      const content = Array.isArray(part.content) ? part.content[0]?.text : part.content
      answer = content
    }
    const call = results ? null : next
    if (call !== null && body.tools?.some(({ name }: { name: string }) => name.endsWith(call.tool))) next = null
    const block =
      call === null
        ? { start: { type: 'text', text: '' }, delta: { type: 'text_delta', text: 'done' } }
        : {
            start: { type: 'tool_use', id: `toolu_${Date.now()}`, name: `mcp__venice__${call.tool}`, input: {} },
            delta: { type: 'input_json_delta', partial_json: JSON.stringify(call.args) },
          }
    const stop_reason = call === null ? 'end_turn' : 'tool_use'
    const message = {
      id: `msg_${Date.now()}`,
      type: 'message',
      role: 'assistant',
      model: body.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage,
    }
    send(response, [
      { type: 'message_start', message },
      { type: 'content_block_start', index: 0, content_block: block.start },
      { type: 'content_block_delta', index: 0, delta: block.delta },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage },
      { type: 'message_stop' },
    ] as never)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  server.unref()
  const { PATH = '', HOME = '' } = process.env
  const env = {
    PATH,
    HOME,
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ANTHROPIC_API_KEY: 'made-up',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_TELEMETRY: '1',
    ENABLE_TOOL_SEARCH: 'false',
    DISABLE_AUTOUPDATER: '1',
  }
  return async (call) => {
    next = call
    answer = null
    const options = { ...optionsWith(toolkit), env, settingSources: [], maxTurns: 3, model: 'scripted' }
    for await (const _ of query({ prompt: 'go', options }));
    // Notes of the host may follow.
    const [first = ''] = String(answer).split('\n')
    return first.startsWith('{') ? JSON.parse(first) : null
  }
}
