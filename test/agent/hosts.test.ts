import { type DynamicStructuredTool, tool as langchainTool } from '@langchain/core/tools'
import { invokeFunctionTool, tool as openAiTool, RunContext } from '@openai/agents-core'
import { generateText, stepCountIs } from 'ai'
import { MockLanguageModelV3 } from 'ai/test'
import { describe, expect, test } from 'vitest'
import { agentKitActions } from '../../src/agentkit.ts'
import { aiSdkTools } from '../../src/ai-sdk.ts'
import { elizaPlugin } from '../../src/eliza.ts'
import type { ToolResult } from '../../src/index.ts'
import { langchainInterrupts, langchainTools } from '../../src/langchain.ts'
import { openAiAgentsTools } from '../../src/openai-agents.ts'
import { type Agent, useAgents } from './lab.ts'

const lab = useAgents()
const SPENDING = ['venice_start', 'venice_resume', 'venice_fund', 'venice_keys_rotate', 'venice_keys_revoke']

type Call = (name: string, args: Record<string, unknown>) => Promise<ToolResult>

/** What every host is to do: plan, start, wait; and nothing without the digest. */
async function drive(agent: Agent, call: Call): Promise<void> {
  expect(await call('venice_start', {})).toMatchObject({ ok: false, failure: { code: 'policy/approval-needed' } })
  const plan = await call('venice_plan', { stake: '1' })
  const { planDigest } = plan.data ?? {}
  expect(await call('venice_start', { stake: '1', planDigest })).toMatchObject({ ok: true })
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
  /** A model that calls one tool and then ends. */
  const calling = (toolName: string, args: object) => {
    const finish = (unified: 'tool-calls' | 'stop') => ({
      finishReason: { unified, raw: undefined },
      usage,
      warnings: [],
    })
    return new MockLanguageModelV3({
      doGenerate: [
        {
          content: [{ type: 'tool-call', toolCallId: 'call-1', toolName, input: JSON.stringify(args) }],
          ...finish('tool-calls'),
        },
        { content: [{ type: 'text', text: 'done' }], ...finish('stop') },
      ],
    })
  }

  test('takes a wallet to its key, once a person has approved', async () => {
    const agent = await lab.begin()
    const tools = aiSdkTools(agent)
    const approved = Object.fromEntries(
      Object.entries(tools).map(([name, tool]) => [name, { ...tool, needsApproval: false }]),
    )
    await drive(agent, async (name, args) => {
      const { steps } = await generateText({
        model: calling(name, args),
        tools: approved,
        prompt: 'go',
        stopWhen: stepCountIs(2),
      })
      return steps[0]?.toolResults[0]?.output as ToolResult
    })
  })

  test('does not run what spends before that', async () => {
    const agent = await lab.begin()
    const tools = aiSdkTools(agent)
    expect(Object.keys(tools).filter((name) => tools[name]?.needsApproval)).toEqual(SPENDING)
    const { content, steps } = await generateText({ model: calling('venice_start', {}), tools, prompt: 'go' })
    expect(content.map(({ type }) => type)).toContain('tool-approval-request')
    expect(steps.flatMap(({ toolResults }) => toolResults)).toEqual([])
  })
})

describe('LangChain', () => {
  test('takes a wallet to its key', async () => {
    const agent = await lab.begin()
    const tools = langchainTools<DynamicStructuredTool>(agent, langchainTool)
    const call = named(
      tools,
      ({ name }) => name,
      (tool, args) => tool.invoke(args),
    )
    await drive(agent, call)
  })

  test('is told what a person must approve', async () => {
    const interrupts = langchainInterrupts(await lab.begin())
    expect(Object.keys(interrupts).filter((name) => interrupts[name])).toEqual(SPENDING)
  })
})

describe('OpenAI Agents', () => {
  test('takes a wallet to its key', async () => {
    const agent = await lab.begin()
    const tools = openAiAgentsTools(agent, openAiTool)
    const call = named(
      tools,
      ({ name }) => name,
      (tool, args) => invokeFunctionTool({ tool, runContext: new RunContext(), input: JSON.stringify(args) }),
    )
    await drive(agent, call)
    const asked = await Promise.all(
      tools.map(async ({ name, needsApproval }) => ((await needsApproval(new RunContext(), {})) ? [name] : [])),
    )
    expect(asked.flat()).toEqual(SPENDING)
  })
})

describe('AgentKit', () => {
  test('takes a wallet to its key', async () => {
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
  test('takes a wallet to its key, and tells the room', async () => {
    const agent = await lab.begin()
    const { actions } = elizaPlugin(agent)
    const said: string[] = []
    const call = named(
      actions,
      ({ name }) => name.toLowerCase(),
      async ({ validate, handler }, parameters) => {
        expect(await validate()).toBe(true)
        const { data } = await handler({}, {}, undefined, { parameters }, async ({ text }) => void said.push(text))
        return data
      },
    )
    await drive(agent, call)
    expect(said[0]).toContain('Call venice_plan')
    expect(actions.find(({ name }) => name === 'VENICE_FUND')?.parameters).toContainEqual(
      expect.objectContaining({ name: 'amount', required: true, schema: { type: 'string' } }),
    )
  })
})
