import { randomUUID } from 'node:crypto'
import type { Call } from './play.ts'

interface Message {
  role: string
  content: readonly { output?: { value?: unknown } }[]
}

/** A language model as the AI SDK specifies it, which makes the call that it is told, and then ends. */
export function scriptedModel(specificationVersion: 'v2' | 'v3') {
  let call: Call | null = null
  let read: unknown = null
  const take = () => {
    const taken = call
    call = null
    const why = taken === null ? 'stop' : 'tool-calls'
    const finishReason = specificationVersion === 'v2' ? why : { unified: why, raw: undefined }
    const counts = { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0, text: 1, reasoning: 0 }
    const usage =
      specificationVersion === 'v2'
        ? { inputTokens: 1, outputTokens: 1, totalTokens: 2 }
        : { inputTokens: counts, outputTokens: counts }
    const content =
      taken === null
        ? { type: 'text', text: 'done' }
        : { type: 'tool-call', toolCallId: randomUUID(), toolName: taken.tool, input: JSON.stringify(taken.args) }
    return { content, finishReason, usage }
  }
  const model = {
    specificationVersion,
    provider: 'scripted',
    modelId: 'scripted',
    supportedUrls: {},
    async doGenerate({ prompt }: { prompt: readonly Message[] }) {
      read = prompt.flatMap(({ role, content }) => (role === 'tool' ? content : [])).at(-1)?.output?.value ?? null
      const { content, ...rest } = take()
      return { content: [content], ...rest, warnings: [] }
    },
    async doStream() {
      const { content, ...rest } = take()
      const text = [
        { type: 'text-start', id: '1' },
        { type: 'text-delta', id: '1', delta: 'done' },
        { type: 'text-end', id: '1' },
      ]
      const parts = [
        { type: 'stream-start', warnings: [] },
        ...(content.type === 'text' ? text : [content]),
        { type: 'finish', ...rest },
      ]
      const stream = new ReadableStream({
        start(controller) {
          for (const part of parts) controller.enqueue(part)
          controller.close()
        },
      })
      return { stream }
    },
  }
  const next = (wanted: Call) => {
    call = wanted
  }
  return { model, next, lastRead: () => read }
}
