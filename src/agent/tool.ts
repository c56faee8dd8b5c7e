import { z } from 'zod'
import { inWords } from '../domain/next-action.ts'
import { excerpt, type Redactor } from '../domain/redact.ts'
import type { OnboardingError } from '../errors/base.ts'
import { UsageError } from '../errors/cli.ts'
import { isRecoverable, toFailure } from '../errors/failure.ts'
import { DeclinedError } from '../errors/policy.ts'
import type { Approvals, HostApproval, Question } from '../library/approval.ts'
import { TOOL_WORDS } from './words.ts'

/** What a tool tells while it works, in a few words. */
export type ToolProgress = (message: string) => void

export interface ToolIo {
  /** Ends the call. A run that it started is paused, and can be resumed later. */
  signal?: AbortSignal
  onProgress?: ToolProgress
  /** That the host's own dialogue was answered with yes. Never make it of what a model wrote. */
  approval?: HostApproval
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
   * For hosts that can ask their person: what to ask before this call, or null where nothing needs a yes, or the toolkit
   * has or gets one itself, or the call cannot be made and `execute` will tell why. The yes is told to `execute` by
   * `approval: { question: id }`. Absent where nothing ever needs a yes.
   */
  confirmation?(args: unknown): Promise<Question | null>
  /** What to answer in place of the call when the person said no. */
  declined(hint?: string): ToolResult
  /** The same for another reason. */
  refused(error: OnboardingError): ToolResult
  /** Arguments are checked; whatever goes wrong is a result. Returns within 25 s, unless a person is asked. */
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
  /** `question` was answered with yes. */
  run(args: z.output<Input>, io: ToolIo & { question: Question | null }): Promise<Answer<z.input<Output>>>
  /** What needs a yes before `run`. */
  ask?(args: z.output<Input>): Promise<Question | null>
}

/** What all tools of a wallet share. */
export interface ToolDependencies extends Pick<Redactor, 'scrub'> {
  approvals: Approvals
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
  { scrub, approvals }: ToolDependencies,
): Tool {
  // Hosts must pass on what a model has made up, so that it is refused here, and by the same words everywhere.
  const inputSchema = z.looseObject(input.shape).meta({ additionalProperties: false })
  const known = z.strictObject(input.shape)
  const outputSchema = z.object({
    ok: z.boolean(),
    data: output.nullable(),
    failure: failureSchema.nullable(),
    nextAction: nextActionSchema.nullable(),
  })
  const leave = (result: unknown): ToolResult =>
    inert(JSON.parse(scrub(JSON.stringify(outputSchema.parse(result))))) as ToolResult

  function failed(error: unknown): ToolResult {
    const failure = toFailure(error, { at: new Date().toISOString(), jitter: 0, scrub })
    const { code, message, facts } = failure
    const hint = inWords(failure.hint, TOOL_WORDS)
    const tool = Object.entries(mendedBy).find(([start]) => code.startsWith(start))?.[1] ?? null
    return leave({
      ok: false,
      data: null,
      failure: { code, message, hint, facts: [...facts], recoverable: isRecoverable(failure) },
      nextAction: { tool, reason: hint, earliestAt: null },
    })
  }

  function checked(args: unknown): z.output<Input> {
    const parsed = known.safeParse(args ?? {})
    if (!parsed.success) throw notUnderstood(about.name, parsed.error)
    return parsed.data as z.output<Input>
  }

  async function questionFor(args: z.output<Input>): Promise<Question | null> {
    const question = (await ask?.(args)) ?? null
    return question && { ...question, message: inert(scrub(question.message)) }
  }

  return {
    ...about,
    inputSchema,
    outputSchema,
    declined: (hint = DECLINED) => failed(new DeclinedError({ hint })),
    refused: failed,
    ...(ask && {
      async confirmation(args) {
        const question = await Promise.resolve(args)
          .then(checked)
          .then(questionFor)
          // `execute` finds the same, and tells it.
          .catch(() => null)
        return question === null || approvals.settlesItself(question) ? null : question
      },
    }),
    async execute(args, io = {}) {
      try {
        const input = checked(args)
        const question = await questionFor(input)
        if (question !== null) await approvals.settle(question, { ...io, shown: input })
        const { data, next } = await run(input, { ...io, question })
        const nextAction = next === undefined ? null : { tool: null, earliestAt: null, ...next }
        return leave({ ok: true, data, failure: null, nextAction })
      } catch (error) {
        return failed(error)
      }
    },
  }
}

/** Says what is wrong by its place: a value that a model made up may be anything, and is not quoted. */
function notUnderstood(tool: string, { issues }: z.ZodError): UsageError {
  const wrong = issues.map(({ path, message, ...issue }) =>
    issue.code === 'unrecognized_keys'
      ? `${issue.keys.length} of them do not exist`
      : `${path.join('.') || 'all'}: ${message}`,
  )
  return new UsageError(
    `The arguments of ${tool} are wrong: ${wrong.join('; ')}.`,
    'Call it again as its input schema says. The host sets caps, wallet, recipients, endpoints and the key sink; they are not arguments.',
  )
}

const DECLINED = 'Nothing was signed. Ask the person what they want before you call the tool again.'

/** Longest text of a result, in UTF-16 units. */
const MAX_TEXT = 2_000

/** Texts without control and format characters, which a terminal or a page would obey, and of a bounded length. */
function inert<Value>(value: Value): Value {
  if (typeof value === 'string') return excerpt(value, MAX_TEXT) as Value
  if (Array.isArray(value)) return value.map(inert) as Value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, inert(field)])) as Value
}
