import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeKeySink } from '../../ports/key-sink.ts'
import { sinkIn } from './environment.ts'

const textOf = (path: string): string | null => (existsSync(path) ? readFileSync(path, 'utf8') : null)

describeKeySink('env-file', async () => {
  const { sink, cwd } = sinkIn('env-file:.env')
  return { sink, held: async () => /^VENICE_API_KEY=(.+)$/m.exec(textOf(join(cwd, '.env')) ?? '')?.[1] ?? null }
})

describeKeySink('file', async () => {
  const { sink, cwd } = sinkIn('file:key')
  return { sink, held: async () => textOf(join(cwd, 'key'))?.trimEnd() ?? null }
})

describeKeySink('exec', async () => {
  const { sink, cwd } = sinkIn('exec:cat > key')
  return { sink, held: async () => textOf(join(cwd, 'key')) }
})

describeKeySink('venice-cli', async () => {
  const { sink, homeDir } = sinkIn('venice-cli')
  mkdirSync(homeDir)
  return { sink, held: async () => JSON.parse(textOf(join(homeDir, '.venice', 'config.json')) ?? '{}').api_key ?? null }
})

describe('openSink', () => {
  test.each(['', 'env-file', 'env-file:', 'file:', 'exec:', 'keyring', 'venice-cli:x', 'stdout'])(
    'refuses "%s"',
    (spec) => {
      expect(() => sinkIn(spec)).toThrow(expect.objectContaining({ code: 'sink/unknown-kind', exit: 'usage' }))
    },
  )

  test('accepts a command with colons and several lines', () => {
    expect(sinkIn('exec:cat >a:b\ncat').sink.name).toBe('exec:cat >a:b\ncat')
  })

  test('expands ~ after the colon to the home directory', async () => {
    const { sink, homeDir } = sinkIn('file:~/key')
    mkdirSync(homeDir)
    await sink.store({ id: '1', apiKey: 'k', type: 'ADMIN', expiresAt: null }, 'label')
    expect(textOf(join(homeDir, 'key'))).toBe('k\n')
  })
})
