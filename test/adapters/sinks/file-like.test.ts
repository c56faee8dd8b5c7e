import { existsSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { openSink } from '../../../src/adapters/sinks/parse.ts'
import { FIRST_KEY, minted } from '../../ports/key-sink.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { sinkIn } from './environment.ts'

describe('file', () => {
  test.each(['{\n  "name": "x"\n}\n', 'SECRET=abc\n', 'two words\n'])(
    'never overwrites content that is not a key: %j',
    async (text) => {
      const { sink, cwd } = sinkIn('file:notes')
      writeFileSync(join(cwd, 'notes'), text)
      await expect(sink.probe()).rejects.toMatchObject({ code: 'sink/unusable' })
      await expect(sink.store(minted(FIRST_KEY), 'label')).rejects.toMatchObject({ code: 'sink/write-failed' })
      expect(readFileSync(join(cwd, 'notes'), 'utf8')).toBe(text)
    },
  )

  test.skipIf(!existsSync('/dev/full'))('refuses a device', async () => {
    const { sink } = sinkIn('file:/dev/full')
    await expect(sink.probe()).rejects.toMatchObject({ code: 'sink/unusable' })
    expect(lstatSync('/dev/full').isCharacterDevice()).toBe(true)
  })

  test('holds the key and a newline, for its owner alone', async () => {
    const { sink, cwd } = sinkIn('file:key')
    await sink.store(minted(FIRST_KEY), 'label')
    expect(readFileSync(join(cwd, 'key'), 'utf8')).toBe(`${FIRST_KEY}\n`)
    expect(statSync(join(cwd, 'key')).mode & 0o777).toBe(0o600)
  })
})

describe('venice-cli', () => {
  function withConfig(text?: string) {
    const homeDir = temporaryDirectory()
    const directory = join(homeDir, '.venice')
    const path = join(directory, 'config.json')
    if (text !== undefined) {
      mkdirSync(directory, { mode: 0o755 })
      writeFileSync(path, text)
    }
    return { sink: openSink('venice-cli', { cwd: homeDir, homeDir, env: process.env }), homeDir, directory, path }
  }

  test('creates no directory in the probe, and one for its owner alone when it stores', async () => {
    const { sink, directory, path } = withConfig()
    await sink.probe()
    expect(existsSync(directory)).toBe(false)
    await sink.store(minted(FIRST_KEY), 'label')
    expect([statSync(directory).mode & 0o777, statSync(path).mode & 0o777]).toEqual([0o700, 0o600])
  })

  test('keeps every other setting, in the format of the venice command', async () => {
    const { sink, path, directory } = withConfig('{"default_model":"modèle-\\u4e2d","api_key":"old","no_color":true}')
    await sink.store(minted('KEY'), 'label')
    expect(readFileSync(path, 'utf8')).toBe(
      '{\n  "default_model": "modèle-中",\n  "api_key": "KEY",\n  "no_color": true\n}',
    )
    expect(statSync(directory).mode & 0o777).toBe(0o700)
  })

  test.each(['{"api_key":"canary-old-key",', '["canary-old-key"]', 'null'])(
    'refuses settings that it cannot read, and does not quote them: %s',
    async (text) => {
      const { sink, path } = withConfig(text)
      const error = await sink.probe().catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'sink/unusable' })
      expect(inspect(error, { depth: null })).not.toContain('canary')
      expect(readFileSync(path, 'utf8')).toBe(text)
    },
  )

  test('refuses a symbolic link in the place of its directory', async () => {
    const { sink, homeDir } = withConfig()
    const target = temporaryDirectory()
    symlinkSync(target, join(homeDir, '.venice'))
    await expect(sink.probe()).rejects.toMatchObject({ code: 'sink/symlink' })
    await expect(sink.store(minted(FIRST_KEY), 'label')).rejects.toMatchObject({ code: 'sink/write-failed' })
    expect(existsSync(join(target, 'config.json'))).toBe(false)
  })
})
