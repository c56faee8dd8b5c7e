import { z } from 'zod'
import type { Redactor } from '../domain/redact.ts'
import { isRecoverable, toFailure } from '../errors/failure.ts'
import { DeclinedError } from '../errors/policy.ts'
import { UsageError } from '../errors/usage.ts'

/** What a tool tells while it works, in a few words. */
export type ToolProgress = (message: string) => void

export interface ToolIo {
  /** Ends the call; what it has begun and can be gone on with later is paused. */
  signal?: AbortSignal
  onProgress?: ToolProgress
}

/** What to do after a call: another tool of the list, or null where only a person can do it. */
export interface ToolNextAction {
  tool: string | null
  reason: string
  /** ISO 8601. */
  earliestAt: string | null
}

/** What every tool answers with. Never a secret, and never an exception. */
export interface ToolResult {
  ok: boolean
  /** As in the tool's output schema; null when it failed. */
  data: Record<string, unknown> | null
  failure: {
    code: string
    message: string
    hint: string
    facts: readonly string[]
    /** The same call can still succeed, at once or once what `hint` says is done. */
    recoverable: boolean
  } | null
  nextAction: ToolNextAction | null
}

/** What a host that can ask a person asks before a call, and the arguments that carry the yes. */
export interface Confirmation {
  /** Names what is asked about: another id is another question. Hex digits. */
  id: string
  message: string
  args: Record<string, unknown>
}

/** A tool as every host of agents can use it: short, described, checked on both sides. */
export interface Tool {
  name: string
  title: string
  /** For a model: when to use it, and what comes of it. */
  description: string
  inputSchema: z.ZodObject
  /** Of a `ToolResult`. */
  outputSchema: z.ZodObject
  annotations: {
    /** Changes nothing anywhere. */
    readOnly: boolean
    /** Moves money or makes or deletes keys: a host should ask its person. */
    destructive: boolean
    /** Calling it again with the same arguments does nothing more. */
    idempotent: boolean
  }
  /**
   * For hosts that can ask a person themselves: what to ask, null when nothing needs a yes, or the result of a call that
   * cannot be made. The yes is given by calling with the `args` of it. Absent where nothing ever needs a yes.
   */
  confirmation?(args: unknown): Promise<{ ask: Confirmation } | { result: ToolResult } | null>
  /** What to answer in place of the call when the person said no. */
  declined(): ToolResult
  /** Arguments are checked; whatever goes wrong is a result. Returns within 25 s. */
  execute(args: unknown, io?: ToolIo): Promise<ToolResult>
}

export interface Answer<Data> {
  data: Data
  next?: (Partial<ToolNextAction> & Pick<ToolNextAction, 'reason'>) | undefined
}

interface Definition<Input extends z.ZodObject, Output extends z.ZodObject>
  extends Pick<Tool, 'name' | 'title' | 'description' | 'annotations'> {
  input: Input
  output: Output
  /** Tool to call when `run` fails with a code that begins so. */
  mendedBy?: Readonly<Record<string, string>>
  run(args: z.output<Input>, io: ToolIo): Promise<Answer<z.input<Output>>>
  ask?(args: z.output<Input>): Promise<Confirmation | null>
}

const failureSchema = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string(),
  facts: z.array(z.string()),
  recoverable: z.boolean(),
})
const nextActionSchema = z.object({
  tool: z.string().nullable(),
  reason: z.string(),
  earliestAt: z.string().nullable(),
})

/**
 * Makes a tool of its definition. What leaves it has gone through its schema, which drops every field that is not in it,
 * and through `scrub`, which removes every secret that this process knows or that looks like one.
 */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  { input, output, mendedBy = {}, run, ask, ...about }: Definition<Input, Output>,
  { scrub }: Pick<Redactor, 'scrub'>,
): Tool {
  const outputSchema = z.object({
    ok: z.boolean(),
    data: output.nullable(),
    failure: failureSchema.nullable(),
    nextAction: nextActionSchema.nullable(),
  })
  const leave = (result: unknown): ToolResult =>
    JSON.parse(scrub(JSON.stringify(outputSchema.parse(result)))) as ToolResult

  function failed(error: unknown): ToolResult {
    const failure = toFailure(error, { at: new Date().toISOString(), jitter: 0, scrub })
    const { code, message, hint, facts } = failure
    const tool = Object.entries(mendedBy).find(([start]) => code.startsWith(start))?.[1] ?? null
    return leave({
      ok: false,
      data: null,
      failure: { code, message, hint, facts: [...facts], recoverable: isRecoverable(failure) },
      nextAction: { tool, reason: hint, earliestAt: null },
    })
  }

  function checked(args: unknown): z.output<Input> {
    const parsed = input.safeParse(args ?? {})
    if (!parsed.success) throw notUnderstood(about.name, parsed.error)
    return parsed.data
  }

  return {
    ...about,
    inputSchema: input,
    outputSchema,
    declined: () => failed(new DeclinedError()),
    ...(ask && {
      async confirmation(args) {
        try {
          const confirmation = await ask(checked(args))
          return confirmation && { ask: { ...confirmation, message: scrub(confirmation.message) } }
        } catch (error) {
          return { result: failed(error) }
        }
      },
    }),
    async execute(args, io = {}) {
      try {
        const { data, next } = await run(checked(args), io)
        const nextAction = next === undefined ? null : { tool: null, earliestAt: null, ...next }
        return leave({ ok: true, data, failure: null, nextAction })
      } catch (error) {
        return failed(error)
      }
    },
  }
}

/** Says what is wrong by its place: a value that a model made up may be anything, and is not quoted. */
const notUnderstood = (tool: string, { issues }: z.ZodError): UsageError =>
  new UsageError(
    `The arguments of ${tool} are wrong: ${issues.map(({ path, message }) => `${path.join('.') || 'all'}: ${message}`).join('; ')}.`,
    'Call it again as its input schema says.',
  )
