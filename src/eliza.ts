import type { ToolResult } from './agent/tool.ts'
import type { Toolkit } from './agent/tools.ts'

/** As much of `Action` of `@elizaos/core` as is used. A type, as that is open to more fields, and interfaces are not. */
export type ElizaAction = {
  name: string
  similes: string[]
  description: string
  parameters: { name: string; description: string; required: boolean; schema: { type: string } }[]
  examples: []
  validate(): Promise<boolean>
  handler(
    runtime: unknown,
    message: unknown,
    state?: { data?: object },
    options?: unknown,
    callback?: (content: { text: string }) => Promise<unknown>,
  ): Promise<{ success: boolean; text: string; data: Pick<ToolResult, keyof ToolResult> }>
}

export type ElizaPlugin = {
  name: string
  description: string
  actions: ElizaAction[]
}

/** The tools as an elizaOS plugin. elizaOS asks nobody: give the toolkit a budget, and `confirm`,
 * `planDigest` or `autoApprove`. */
export const elizaPlugin = ({ tools }: Pick<Toolkit, 'tools'>): ElizaPlugin => ({
  name: 'venice-onboard',
  description: 'Takes a wallet on Base from VVV to a Venice.ai API key.',
  actions: tools.map(({ name, title, description, inputSchema, execute }) => ({
    name: name.toUpperCase(),
    similes: [title],
    description,
    parameters: parametersOf(inputSchema.toJSONSchema({ io: 'input' })),
    examples: [],
    validate: async () => true,
    async handler(_runtime, _message, state, options, callback) {
      const result = await execute(argumentsOf(state, options))
      const text =
        result.failure === null ? JSON.stringify(result.data) : `${result.failure.message} ${result.failure.hint}`
      await callback?.({ text })
      return { success: result.ok, text, data: result }
    },
  })),
})

const parametersOf = ({ properties = {}, required = [] }: { properties?: object; required?: string[] }) =>
  Object.entries(properties as Record<string, { type?: string; description?: string }>).map(([name, field]) => ({
    name,
    description: field.description ?? name,
    required: required.includes(name),
    schema: { type: field.type ?? 'string' },
  }))

/** What the model chose: the runtime puts it into the state, by 1.7; earlier and others into the options. */
function argumentsOf(state: { data?: object } | undefined, options: unknown): unknown {
  const { actionParams } = (state?.data ?? {}) as { actionParams?: unknown }
  return actionParams ?? (options as { parameters?: unknown } | undefined)?.parameters
}
