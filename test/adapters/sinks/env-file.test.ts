import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FIRST_KEY, keyOf } from '../../contracts/key-sink.ts'
import { temporaryDirectory } from '../store/temporary-directory.ts'
import { sinkIn } from './environment.ts'

/** Stores `apiKey` in a file that holds `before`, and returns what it holds then. */
async function storeInto(before: string | Buffer, apiKey = 'KEY'): Promise<string> {
  const { sink, cwd } = sinkIn('env-file:.env')
  writeFileSync(join(cwd, '.env'), before)
  await sink.probe()
  await sink.store(keyOf(apiKey), 'label')
  return readFileSync(join(cwd, '.env'), 'latin1')
}

describe('env-file changes one assignment and no other byte', () => {
  test.each([
    ['an empty file', '', 'VENICE_API_KEY=KEY\n'],
    ['other variables', 'A=1\nB=2\n', 'A=1\nB=2\nVENICE_API_KEY=KEY\n'],
    ['a last line without a newline', 'A=1', 'A=1\nVENICE_API_KEY=KEY\n'],
    ['CRLF', 'A=1\r\nB=2\r\n', 'A=1\r\nB=2\r\nVENICE_API_KEY=KEY\r\n'],
    ['CRLF around the assignment', 'A=1\r\nVENICE_API_KEY=old\r\nB=2\r\n', 'A=1\r\nVENICE_API_KEY=KEY\r\nB=2\r\n'],
    ['an assignment at the very end', 'A=1\nVENICE_API_KEY=old', 'A=1\nVENICE_API_KEY=KEY'],
    ['an empty assignment', 'VENICE_API_KEY=\nA=1\n', 'VENICE_API_KEY=KEY\nA=1\n'],
    ['double quotes', 'VENICE_API_KEY="old # key"\nA=1\n', 'VENICE_API_KEY=KEY\nA=1\n'],
    ['single quotes', "VENICE_API_KEY='old'\n", 'VENICE_API_KEY=KEY\n'],
    ['export', 'export VENICE_API_KEY=old\n', 'export VENICE_API_KEY=KEY\n'],
    ['indentation', '  VENICE_API_KEY = old\n', '  VENICE_API_KEY = KEY\n'],
    ['a comment on the line', 'VENICE_API_KEY=old # inference\n', 'VENICE_API_KEY=KEY # inference\n'],
    ['an assignment commented out', '# VENICE_API_KEY=old\n', '# VENICE_API_KEY=old\nVENICE_API_KEY=KEY\n'],
    [
      'names that contain it',
      'MY_VENICE_API_KEY=a\nVENICE_API_KEY_2=b\n',
      'MY_VENICE_API_KEY=a\nVENICE_API_KEY_2=b\nVENICE_API_KEY=KEY\n',
    ],
    [
      'two assignments, of which the last counts',
      'VENICE_API_KEY=a\nVENICE_API_KEY=b\n',
      'VENICE_API_KEY=a\nVENICE_API_KEY=KEY\n',
    ],
  ])('with %s', async (_, before, after) => {
    expect(await storeInto(before)).toBe(after)
  })

  test('with bytes that are not UTF-8', async () => {
    expect(await storeInto(Buffer.from('A=\xe9\xff\n', 'latin1'))).toBe('A=\xe9\xff\nVENICE_API_KEY=KEY\n')
  })

  test('a key with signs that a shell would read is quoted', async () => {
    expect(await storeInto('', 'a$b#c d')).toBe("VENICE_API_KEY='a$b#c d'\n")
  })
})

describe('env-file refuses before the mint', () => {
  test.each([
    ['text in UTF-16, which PowerShell writes', Buffer.from('A=1\n', 'utf16le')],
    ['an assignment that is part of a quoted text of several lines', 'A="for the shell:\nVENICE_API_KEY=old\n"\n'],
  ])('%s', async (_, before) => {
    const { sink, cwd } = sinkIn('env-file:.env')
    writeFileSync(join(cwd, '.env'), before)
    await expect(sink.probe()).rejects.toMatchObject({ code: 'sink/unusable' })
    expect(readFileSync(join(cwd, '.env'))).toEqual(Buffer.from(before))
  })

  test('a symbolic link, also one planted after the probe', async () => {
    const { sink, cwd } = sinkIn('env-file:.env')
    await sink.probe()
    writeFileSync(join(cwd, 'target'), 'A=1\n')
    symlinkSync(join(cwd, 'target'), join(cwd, '.env'))
    await expect(sink.probe()).rejects.toMatchObject({ code: 'sink/symlink' })
    await expect(sink.store(keyOf(FIRST_KEY), 'label')).rejects.toMatchObject({ code: 'sink/write-failed' })
    expect(readFileSync(join(cwd, 'target'), 'utf8')).toBe('A=1\n')
  })

  test('a directory that is not there, and one that is a file', async () => {
    const { sink, cwd } = sinkIn('env-file:config/.env')
    await expect(sink.probe()).rejects.toMatchObject({
      code: 'sink/unusable',
      facts: [expect.stringMatching(/^ENOENT/)],
    })
    writeFileSync(join(cwd, 'config'), '')
    await expect(sink.probe()).rejects.toMatchObject({
      code: 'sink/unusable',
      facts: [expect.stringMatching(/^ENOTDIR/)],
    })
  })

  test('a directory in the place of the file', async () => {
    const { sink, cwd } = sinkIn('env-file:.env')
    mkdirSync(join(cwd, '.env'))
    await expect(sink.probe()).rejects.toMatchObject({ code: 'sink/unusable' })
    expect(await sink.read?.()).toBeNull()
  })
})

describe('env-file closes the file to others', () => {
  test('when it makes it, and when it was open', async () => {
    const { sink, cwd } = sinkIn('env-file:.env')
    await sink.store(keyOf(FIRST_KEY), 'label')
    expect(statSync(join(cwd, '.env')).mode & 0o777).toBe(0o600)
    chmodSync(join(cwd, '.env'), 0o644)
    await sink.store(keyOf(FIRST_KEY), 'label')
    expect(statSync(join(cwd, '.env')).mode & 0o777).toBe(0o600)
  })

  test('and clears away what a killed writer left, for it may hold a key', async () => {
    const { sink, cwd } = sinkIn('env-file:.env')
    writeFileSync(join(cwd, `.venice-onboard-${2 ** 30}-0123456789abcdef.tmp`), FIRST_KEY)
    await sink.store(keyOf(FIRST_KEY), 'label')
    expect(readdirSync(cwd)).toEqual(['.env'])
  })
})

describe('env-file in a git work tree', () => {
  const repository = (ignored: string): string => {
    const dir = temporaryDirectory()
    execFileSync('git', ['init', '--quiet', dir])
    writeFileSync(join(dir, '.gitignore'), ignored)
    return dir
  }

  test('warns when git would commit the file', async () => {
    const { warnings } = await sinkIn('env-file:.env', repository('node_modules\n')).sink.probe()
    expect(warnings).toEqual([expect.stringContaining('.gitignore')])
  })

  test('is silent when git ignores it, outside of a work tree, and without git', async () => {
    expect((await sinkIn('env-file:.env', repository('.env\n')).sink.probe()).warnings).toEqual([])
    expect((await sinkIn('env-file:.env').sink.probe()).warnings).toEqual([])
  })
})
