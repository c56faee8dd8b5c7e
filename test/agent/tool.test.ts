import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineTool } from '../../src/agent/tool.ts'
import { createRedactor } from '../../src/domain/redact.ts'
import { NoRunError } from '../../src/errors/usage.ts'

const SECRET = 'canary-secret-of-the-wallet'

/** A tool that says what it is told to. */
function saying(answer: () => unknown) {
  const redactor = createRedactor()
  redactor.add(SECRET)
  return defineTool(
    {
      name: 'say',
      title: 'Say',
      description: 'Says what it is told to.',
      annotations: { readOnly: true, destructive: false, idempotent: true },
      input: z.object({ text: z.string().max(3).optional() }),
      output: z.object({ text: z.string() }),
      mendedBy: { 'run/none': 'venice_plan' },
      run: async () => ({ data: answer() as { text: string } }),
      ask: async () => ({ id: '1', message: `Really ${SECRET}?`, args: {} }),
    },
    redactor,
  )
}

const fails = (error: unknown) => () => {
  throw error
}

describe('what leaves a tool', () => {
  test('is what its schema names, and nothing that is known as a secret', async () => {
    const tool = saying(() => ({ text: `it is ${SECRET}`, apiKey: 'other' }))
    expect(await tool.execute({})).toEqual({
      ok: true,
      data: { text: 'it is [redacted]' },
      failure: null,
      nextAction: null,
    })
    expect(JSON.stringify(await tool.confirmation?.({}))).not.toContain(SECRET)
  })

  test.each([
    ['of ours', new NoRunError(SECRET), 'run/none', 'venice_plan'],
    ['of others', new Error(SECRET), 'unexpected', null],
    ['that is no error', SECRET, 'unexpected', null],
  ])('is a result when it throws an error %s, without secrets', async (_, error, code, tool) => {
    const result = await saying(fails(error)).execute({})
    expect(result).toMatchObject({ ok: false, data: null, failure: { code }, nextAction: { tool } })
    expect(JSON.stringify(result)).not.toContain(SECRET)
  })

  test('is a failure when it answers with something else than it promised', async () => {
    expect(await saying(() => ({ words: 1 })).execute({})).toMatchObject({ ok: false, failure: { code: 'unexpected' } })
  })

  test.each([[{ text: SECRET }], ['text'], [{ text: 5 }], [[]]])(
    'is a failure without the arguments %j that it cannot take',
    async (args) => {
      const result = await saying(() => ({ text: '' })).execute(args)
      expect(result).toMatchObject({ ok: false, failure: { code: 'cli/usage' } })
      expect(JSON.stringify(result)).not.toContain(SECRET)
    },
  )
})
