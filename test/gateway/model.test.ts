import { describe, expect, test } from 'vitest'
import { modelIn } from '../../src/gateway/model.ts'

const JSON_TYPE = 'application/json; charset=utf-8'
const found = (body: unknown, type = JSON_TYPE) =>
  modelIn(type, new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)))

describe('the model that a call is shown with', () => {
  test.each<[unknown, string]>([
    [{ model: 'qwen3-4b' }, 'qwen3-4b'],
    [{ model: 'default:enable_web_search=on&strip=true' }, 'default:enable_web_search=on&strip=true'],
    [{ messages: [{ content: '"model": "b"' }], tools: [{ model: 'c' }], model: 'a' }, 'a'],
  ])('is what the request names: %j', (body, model) => {
    expect(found(body)).toBe(model)
  })

  test.each<[string, unknown]>([
    ['a prompt in its place', { model: 'Tell me about my secret' }],
    ['what is no text', { model: { text: 'x' } }],
    ['a very long name', { model: 'x'.repeat(101) }],
    ['no object', '["model"]'],
    ['what is no JSON', '{"model": "a"'],
    ['a body too long to be looked into', { model: 'a', input: 'x'.repeat(300_000) }],
  ])('is none for %s', (_, body) => {
    expect(found(body)).toBeNull()
  })

  test('is none for another type, and without a body', () => {
    expect(found({ model: 'a' }, 'multipart/form-data')).toBeNull()
    expect(modelIn(JSON_TYPE, null)).toBeNull()
  })
})
