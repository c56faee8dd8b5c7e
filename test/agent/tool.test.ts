import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { optional } from '../../src/agent/schemas.ts'
import { defineTool } from '../../src/agent/tool.ts'
import { createRedactor } from '../../src/domain/redact.ts'
import { NoRunError } from '../../src/errors/run.ts'
import { type Confirm, createApprovals } from '../../src/library/approval.ts'

const SECRET = 'canary-secret-of-the-wallet'

/** A tool with a given answer. */
function saying(answer: () => unknown, confirm: Confirm = () => true) {
  const redactor = createRedactor()
  redactor.add(SECRET)
  return defineTool(
    {
      name: 'say',
      title: 'Say',
      description: 'Says what it is told to.',
      annotations: { readOnly: true, destructive: false, idempotent: true },
      input: z.object({ text: optional(z.string().max(3), 'What to say.') }),
      output: z.object({ text: z.string() }),
      mendedBy: { 'run/none': 'venice_plan' },
      run: async () => ({ data: answer() as { text: string } }),
      ask: async () => ({ id: '1', tool: 'say', message: `Really ${SECRET}?`, planDigest: null }),
    },
    { ...redactor, approvals: createApprovals({ confirm }, { eachSignature: false }) },
  )
}

const fails = (error: unknown) => () => {
  throw error
}

describe('optional arguments', () => {
  test.each([[{}], [{ text: null }], [{ text: '' }], [{ text: undefined }], [null], [undefined]])(
    'may be missing, null or empty: %j',
    async (args) => {
      const tool = saying(() => ({ text: 'x' }))
      expect(tool.inputSchema.safeParse(args ?? {}).success).toBe(true)
      expect(await tool.execute(args)).toMatchObject({ ok: true })
    },
  )

  test('are optional in the schema for a model, with one type', () => {
    expect(saying(() => ({ text: '' })).inputSchema.toJSONSchema({ io: 'input' })).toMatchObject({
      properties: { text: { type: 'string', maxLength: 3 } },
      additionalProperties: false,
    })
  })
})

describe('a tool’s output', () => {
  test('matches its schema, and contains no known secret', async () => {
    const tool = saying(() => ({ text: `it is ${SECRET}`, apiKey: 'other' }))
    expect(await tool.execute({})).toEqual({
      ok: true,
      data: { text: 'it is [redacted]' },
      failure: null,
      nextAction: null,
    })
    const asked: string[] = []
    const other = saying(
      () => ({ text: '' }),
      ({ message }) => asked.push(message) > 0,
    )
    await other.execute({})
    expect(asked).toEqual(['Really [redacted]?'])
  })

  test.each([
    ['one of our errors', new NoRunError(SECRET), 'run/none', 'venice_plan'],
    ['a foreign error', new Error(SECRET), 'unexpected', null],
    ['a value that is not an error', SECRET, 'unexpected', null],
  ])('is a result without secrets when the tool throws %s', async (_, error, code, tool) => {
    const result = await saying(fails(error)).execute({})
    expect(result).toMatchObject({ ok: false, data: null, failure: { code }, nextAction: { tool } })
    expect(JSON.stringify(result)).not.toContain(SECRET)
  })

  test('is a failure when the tool’s answer does not match its schema', async () => {
    expect(await saying(() => ({ words: 1 })).execute({})).toMatchObject({ ok: false, failure: { code: 'unexpected' } })
  })

  test.each([[{ text: SECRET }], ['text'], [{ text: 5 }], [[]], [{ [SECRET]: 1 }]])(
    'is a failure for the invalid arguments %j, and does not quote them',
    async (args) => {
      const result = await saying(() => ({ text: '' })).execute(args)
      expect(result).toMatchObject({ ok: false, failure: { code: 'cli/usage' } })
      expect(JSON.stringify(result)).not.toContain(SECRET)
    },
  )
})
