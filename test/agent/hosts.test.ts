import { type DynamicStructuredTool, tool as langchainTool } from '@langchain/core/tools'
import {
  invokeFunctionTool,
  Agent as OpenAiAgent,
  tool as openAiTool,
  RunContext,
  RunToolApprovalItem,
} from '@openai/agents-core'
import { generateText, stepCountIs, type ToolSet } from 'ai'
import { MockLanguageModelV3 } from 'ai/test'
import { describe, expect, test } from 'vitest'
import { agentKitActions } from '../../src/agentkit.ts'
import { aiSdkToolApproval, aiSdkTools } from '../../src/ai-sdk.ts'
import { elizaPlugin } from '../../src/eliza.ts'
import type { ToolResult } from '../../src/index.ts'
import { langchainInterrupts, langchainTools } from '../../src/langchain.ts'
import { openAiAgentsTools } from '../../src/openai-agents.ts'
import { type Agent, useAgents } from './lab.ts'

const lab = useAgents()
const SPENDING = ['venice_start', 'venice_resume', 'venice_fund', 'venice_keys_rotate', 'venice_keys_revoke']

type Call = (name: string, args: Record<string, unknown>) => Promise<ToolResult>

/** What every host must do: plan, start, wait; the model approves nothing itself. */
async function drive(agent: Agent, call: Call): Promise<void> {
  const plan = await call('venice_plan', { stake: '1' })
  const { planDigest, summary: planSummary } = plan.data ?? {}
  expect(await call('venice_start', { stake: '1', planDigest, planSummary })).toMatchObject({ ok: true })
  let status = await call('venice_status', { waitSeconds: 20 })
  while (status.data?.phase === 'running') status = await call('venice_status', { waitSeconds: 20 })
  expect(status).toMatchObject({ ok: true, data: { outcome: 'unfunded', key: { sink: agent.options.sink } } })
  const [key, ...others] = lab.sandbox.keys(agent.wallet.address)
  expect(others).toEqual([])
  expect(JSON.stringify(status)).not.toContain(key?.apiKey)
}

/** A list of tools as calls by name. */
const named =
  <T>(
    tools: readonly T[],
    nameOf: (tool: T) => string,
    run: (tool: T, args: Record<string, unknown>) => Promise<unknown>,
  ): Call =>
  async (name, args) => {
    const tool = tools.find((candidate) => nameOf(candidate) === name)
    if (tool === undefined) throw new Error(`There is no ${name}.`)
    const answer = await run(tool, args)
    return (typeof answer === 'string' ? JSON.parse(answer) : answer) as ToolResult
  }

describe('the AI SDK', () => {
  const usage = {
    inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: 1, text: 1, reasoning: 0 },
  }
  const finish = (unified: 'tool-calls' | 'stop') => ({
    finishReason: { unified, raw: undefined },
    usage,
    warnings: [],
  })
  const ENDING = { content: [{ type: 'text' as const, text: 'done' }], ...finish('stop') }
  /** A model that calls one tool and then ends. */
  const calling = (toolName: string, args: object) => {
    return new MockLanguageModelV3({
      doGenerate: [
        {
          content: [{ type: 'tool-call', toolCallId: 'call-1', toolName, input: JSON.stringify(args) }],
          ...finish('tool-calls'),
        },
        ENDING,
      ],
    })
  }

  /** One call of the model, approved by the person when the SDK asks. */
  async function callApproved(tools: ToolSet, name: string, args: object): Promise<ToolResult> {
    const question = { role: 'user' as const, content: 'go' }
    const first = await generateText({
      model: calling(name, args),
      tools,
      messages: [question],
      stopWhen: stepCountIs(2),
    })
    const request = first.content.find((part) => part.type === 'tool-approval-request')
    if (request === undefined) return first.steps[0]?.toolResults[0]?.output as ToolResult
    const approval = { type: 'tool-approval-response' as const, approvalId: request.approvalId, approved: true }
    const second = await generateText({
      model: new MockLanguageModelV3({ doGenerate: async () => ENDING }),
      tools,
      messages: [question, ...first.response.messages, { role: 'tool', content: [approval] }],
    })
    for (const { role, content } of second.response.messages) {
      if (role !== 'tool') continue
      for (const part of content)
        if (part.type === 'tool-result' && part.output.type === 'json')
          return part.output.value as unknown as ToolResult
    }
    throw new Error('The approved call has no result.')
  }

  test('gets a key for a wallet after a person has approved the call', async () => {
    const agent = await lab.beginUnasked()
    await drive(agent, (name, args) => callApproved(aiSdkTools(agent), name, args))
  })

  test('runs no paid tool before that', async () => {
    const agent = await lab.beginUnasked()
    const tools = aiSdkTools(agent)
    expect(Object.keys(tools).filter((name) => tools[name]?.needsApproval)).toEqual(SPENDING)
    const { content, steps } = await generateText({ model: calling('venice_start', {}), tools, prompt: 'go' })
    expect(content.map(({ type }) => type)).toContain('tool-approval-request')
    expect(steps.flatMap(({ toolResults }) => toolResults)).toEqual([])
  })

  test('rejects an approval of a call that shows no plan', async () => {
    const agent = await lab.beginUnasked()
    expect(await callApproved(aiSdkTools(agent), 'venice_start', {})).toMatchObject({
      failure: { code: 'policy/plan-not-shown' },
      nextAction: { tool: 'venice_plan' },
    })
  })

  test('gives no approval when the host has switched off its own', async () => {
    const agent = await lab.beginUnasked()
    const open = Object.entries(aiSdkTools(agent)).map(([name, tool]) => [name, { ...tool, needsApproval: false }])
    const { planDigest, summary: planSummary } = (await agent.call('venice_plan')).data ?? {}
    const answer = await callApproved(Object.fromEntries(open), 'venice_start', { planDigest, planSummary })
    expect(answer).toMatchObject({ failure: { code: 'policy/approval-needed' } })
  })

  test('gives version 7 the plan in sentences, for the tools that need a yes', async () => {
    const agent = await lab.beginUnasked()
    const approvals = aiSdkToolApproval(agent)
    expect(Object.keys(approvals)).toEqual(SPENDING)
    const { planDigest, summary } = (await agent.call('venice_plan')).data ?? {}
    const asked = await approvals.venice_start?.({ planDigest, planSummary: summary })
    expect(asked).toEqual({ type: 'user-approval', reason: expect.stringContaining(String(summary)) })
    expect(await approvals.venice_start?.({ maxVvv: '9' })).toBe('not-applicable')
    expect(await aiSdkToolApproval(await lab.begin()).venice_start?.({})).toBe('not-applicable')
  })

  test('asks nobody when the toolkit asks', async () => {
    const agent = await lab.begin()
    const { content } = await generateText({
      model: calling('venice_start', {}),
      tools: aiSdkTools(agent),
      prompt: 'go',
    })
    expect(content.map(({ type }) => type)).not.toContain('tool-approval-request')
    await agent.settle()
  })
})

describe('LangChain', () => {
  const callsOf = (tools: DynamicStructuredTool[]) =>
    named(
      tools,
      ({ name }) => name,
      (tool, args) => tool.invoke(args),
    )

  test('gets a key for a wallet with a graph interrupt that shows the plan', async () => {
    const agent = await lab.beginUnasked()
    const shown: string[] = []
    const interrupt = ({ message }: { message: string }) => ({ type: shown.push(message) > 0 ? 'approve' : 'reject' })
    await drive(agent, callsOf(langchainTools<DynamicStructuredTool>(agent, langchainTool, { interrupt })))
    expect(shown).toEqual([expect.stringMatching(/^Stakes 1 VVV .*Sign and send\?$/)])
  })

  test.each([false, 'true', { type: 'reject' }, { type: 'edit' }, undefined])(
    'treats %j as a refusal',
    async (answer) => {
      const agent = await lab.beginUnasked()
      const call = callsOf(langchainTools<DynamicStructuredTool>(agent, langchainTool, { interrupt: () => answer }))
      expect(await call('venice_start', {})).toMatchObject({ failure: { code: 'policy/declined' } })
    },
  )

  test('gets a key for a wallet with the human-in-the-loop middleware', async () => {
    const agent = await lab.beginUnasked()
    const tools = langchainTools<DynamicStructuredTool>(agent, langchainTool, { approvedByMiddleware: true })
    await drive(agent, callsOf(tools))
  })

  test('learns what a person must approve, and what the question is', async () => {
    const interrupts = langchainInterrupts(await lab.beginUnasked())
    expect(Object.keys(interrupts).filter((name) => interrupts[name])).toEqual(SPENDING)
    const { venice_start: start } = interrupts
    if (!start) throw new Error('It is not asked about.')
    expect(await start.description({ args: { stake: '3' } })).toMatch(/^Stakes 3 VVV /)
  })
})

describe('OpenAI Agents', () => {
  test('gets a key for a wallet after a person has approved the call', async () => {
    const agent = await lab.beginUnasked()
    const tools = openAiAgentsTools(agent, openAiTool)
    const call = named(
      tools,
      ({ name }) => name,
      async (tool, args) => {
        const runContext = new RunContext()
        const callId = `call-${tool.name}`
        const input = JSON.stringify(args)
        const toolCall = { type: 'function_call' as const, callId, name: tool.name, arguments: input }
        if (await tool.needsApproval(runContext, args, callId)) {
          expect(await invokeFunctionTool({ tool, runContext, input, details: { toolCall } })).toMatchObject({
            failure: { code: 'policy/approval-needed' },
          })
          runContext.approveTool(new RunToolApprovalItem(toolCall, new OpenAiAgent({ name: 'test' }), tool.name))
        }
        return invokeFunctionTool({ tool, runContext, input, details: { toolCall } })
      },
    )
    await drive(agent, call)
    const asked = await Promise.all(
      tools.map(async ({ name, needsApproval }) => ((await needsApproval(new RunContext(), {})) ? [name] : [])),
    )
    expect(asked.flat()).toEqual(['venice_keys_rotate'])
  })
})

test('what a person must see is the first of the arguments, in every host', async () => {
  const { tools } = await lab.beginUnasked()
  for (const { name, inputSchema } of tools) {
    if (['venice_start', 'venice_resume', 'venice_fund'].includes(name))
      expect(Object.keys(inputSchema.shape).slice(0, 2)).toEqual(['planSummary', 'planDigest'])
  }
})

describe('AgentKit', () => {
  test('gets a key for a wallet', async () => {
    const agent = await lab.begin()
    const actions = agentKitActions(agent)
    // AgentKit gives its wallet to actions of two arguments, and parses with the schema.
    expect(actions.map(({ invoke }) => invoke.length)).toEqual(actions.map(() => 1))
    const call = named(
      actions,
      ({ name }) => name,
      ({ invoke, schema }, args) => invoke(schema.parse(args)),
    )
    await drive(agent, call)
  })
})

describe('elizaOS', () => {
  test('gets a key for a wallet, and reports it in the room', async () => {
    const agent = await lab.begin()
    const { actions } = elizaPlugin(agent)
    const said: string[] = []
    const call = named(
      actions,
      ({ name }) => name.toLowerCase(),
      async ({ validate, handler }, parameters) => {
        expect(await validate()).toBe(true)
        const { data } = await handler(
          {},
          {},
          { data: { actionParams: parameters } },
          {},
          async ({ text }) => void said.push(text),
        )
        return data
      },
    )
    await drive(agent, call)
    expect(said[0]).toContain('planDigest')
    expect(actions.find(({ name }) => name === 'VENICE_FUND')?.parameters).toContainEqual(
      expect.objectContaining({ name: 'amount', required: true, schema: { type: 'string' } }),
    )
  })
})
