import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FIRST_KEY, minted } from '../../ports/key-sink.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { sinkIn } from './environment.ts'

/** Stores `apiKey` in a file that holds `before`, and returns what it holds then. */
async function storeInto(before: string | Buffer, apiKey = 'KEY'): Promise<string> {
  const { sink, cwd } = sinkIn('env-file:.env')
  writeFileSync(join(cwd, '.env'), before)
  await sink.probe()
  await sink.store(minted(apiKey), 'label')
  return readFileSync(join(cwd, '.env'), 'latin1')
}

const REPLACED = '# venice-onboard: replaced on DATE; before it:\n'

/** The same text without the dates of replacements. */
const undated = (text: string) => text.replaceAll(/\d{4}-\d\d-\d\d/g, 'DATE')

describe('env-file changes one assignment and no other byte', () => {
  test.each([
    ['an empty file', '', 'VENICE_API_KEY=KEY\n'],
    ['other variables', 'A=1\nB=2\n', 'A=1\nB=2\nVENICE_API_KEY=KEY\n'],
    ['a last line without a newline', 'A=1', 'A=1\nVENICE_API_KEY=KEY\n'],
    ['a last line that a shell would continue', 'A=1\\\n', 'A=1\\\n\nVENICE_API_KEY=KEY\n'],
    // A shell treats a carriage return as part of the key.
    ['CRLF', 'A=1\r\nB=2\r\n', 'A=1\r\nB=2\r\nVENICE_API_KEY=KEY\n'],
    [
      'CRLF around the assignment',
      'A=1\r\nVENICE_API_KEY=old\r\nB=2\r\n',
      `A=1\r\n${REPLACED}# VENICE_API_KEY=old\nVENICE_API_KEY=KEY\nB=2\r\n`,
    ],
    ['a byte order mark', '\ufeffVENICE_API_KEY=\nA=1\n', `${REPLACED}# VENICE_API_KEY=\nVENICE_API_KEY=KEY\nA=1\n`],
    [
      'an assignment at the very end',
      'A=1\nVENICE_API_KEY=old',
      `A=1\n${REPLACED}# VENICE_API_KEY=old\nVENICE_API_KEY=KEY\n`,
    ],
    [
      'double quotes',
      'VENICE_API_KEY="old # key"# c\nA=1\n',
      `${REPLACED}# VENICE_API_KEY="old # key"# c\nVENICE_API_KEY=KEY\nA=1\n`,
    ],
    ['export', 'export VENICE_API_KEY=old\n', `${REPLACED}# export VENICE_API_KEY=old\nVENICE_API_KEY=KEY\n`],
    ['indentation', '  VENICE_API_KEY = old\n', `${REPLACED}#   VENICE_API_KEY = old\nVENICE_API_KEY=KEY\n`],
    [
      "a template's comment",
      'VENICE_API_KEY=   # your key\n',
      `${REPLACED}# VENICE_API_KEY=   # your key\nVENICE_API_KEY=KEY\n`,
    ],
    [
      'a comment in the first line',
      'VENICE_API_KEY=# get one at x\n',
      `${REPLACED}# VENICE_API_KEY=# get one at x\nVENICE_API_KEY=KEY\n`,
    ],
    ['an assignment commented out', '# VENICE_API_KEY=old\n', '# VENICE_API_KEY=old\nVENICE_API_KEY=KEY\n'],
    [
      'several lines in quotes',
      'VENICE_API_KEY="old\nkey"\nA=1\n',
      `${REPLACED}# VENICE_API_KEY="old\n# key"\nVENICE_API_KEY=KEY\nA=1\n`,
    ],
    [
      'an assignment within the quotes of another',
      'A="for the shell:\nVENICE_API_KEY=old\n"\n',
      'A="for the shell:\nVENICE_API_KEY=old\n"\nVENICE_API_KEY=KEY\n',
    ],
    [
      'names that contain it',
      'MY_VENICE_API_KEY=a\nVENICE_API_KEY_2=b\n',
      'MY_VENICE_API_KEY=a\nVENICE_API_KEY_2=b\nVENICE_API_KEY=KEY\n',
    ],
    [
      'two assignments',
      'VENICE_API_KEY=a\nA=1\nVENICE_API_KEY=b\n',
      `${REPLACED}# VENICE_API_KEY=a\nA=1\n${REPLACED}# VENICE_API_KEY=b\nVENICE_API_KEY=KEY\n`,
    ],
  ])('with %s', async (_, before, after) => {
    expect(undated(await storeInto(before))).toBe(after)
  })

  test('when it replaces its own key, which it does not keep', async () => {
    const { sink, cwd } = sinkIn('env-file:.env')
    writeFileSync(join(cwd, '.env'), 'A=1\n')
    for (const key of ['KEY_ONE', 'KEY_TWO']) {
      await sink.store(minted(key), 'label', { origin: 'https://api.venice.ai', address: '0xabc' })
    }
    expect(undated(readFileSync(join(cwd, '.env'), 'utf8'))).toBe(
      'A=1\n# venice-onboard: key ...EY_TWO of https://api.venice.ai for 0xabc, DATE\nVENICE_API_KEY=KEY_TWO\n',
    )
    expect(await sink.probe()).toMatchObject({ holds: 'key', last6: 'EY_TWO', origin: 'https://api.venice.ai' })
  })

  test('when somebody put another key under its mark, which it keeps', async () => {
    const { sink, cwd } = sinkIn('env-file:.env')
    await sink.store(minted('KEY_ONE'), 'label', { origin: 'https://api.venice.ai', address: '0xabc' })
    const file = join(cwd, '.env')
    writeFileSync(file, readFileSync(file, 'utf8').replace('=KEY_ONE', '=THEIRS_1'))
    expect(await sink.probe()).not.toHaveProperty('origin')
    await sink.store(minted('KEY_TWO'), 'label')
    expect(readFileSync(file, 'utf8')).toContain('# VENICE_API_KEY=THEIRS_1\n')
  })

  test('with bytes that are not UTF-8', async () => {
    expect(await storeInto(Buffer.from('A=\xe9\xff\n', 'latin1'))).toBe('A=\xe9\xff\nVENICE_API_KEY=KEY\n')
  })

  test('with a key that it quotes for the shell', async () => {
    expect(await storeInto('', 'a$b#c d')).toBe("VENICE_API_KEY='a$b#c d'\n")
  })
})

describe('env-file reports the present content:', () => {
  test.each([
    [
      'nothing',
      [
        '',
        'A=1\n',
        'VENICE_API_KEY=\n',
        'VENICE_API_KEY=   # your key\n',
        'VENICE_API_KEY=# get one at …\n',
        'VENICE_API_KEY=""\n',
        'VENICE_API_KEY=<your key>\n',
        'VENICE_API_KEY=your_api_key_here\n',
      ],
    ],
    [
      'key',
      [
        'VENICE_API_KEY=old\n',
        'VENICE_API_KEY="old"# c\n',
        "export VENICE_API_KEY='old'\r\n",
        'VENICE_API_KEY=a\nVENICE_API_KEY=b',
        '\ufeffVENICE_API_KEY=old\n',
      ],
    ],
    [
      'reference',
      [
        'VENICE_API_KEY=op://vault/item\n',
        'VENICE_API_KEY="encrypted:BE9Y"\n',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: that is what a reference looks like.
        'VENICE_API_KEY=${OTHER}\n',
        'VENICE_API_KEY=$OTHER\n',
        'VENICE_API_KEY=vault:secret/x#y\n',
        'VENICE_API_KEY=$(pass venice)\n',
        'VENICE_API_KEY={{ venice }}\n',
        'VENICE_API_KEY=ENC[AES256,data]\n',
        'VENICE_API_KEY=@Microsoft.KeyVault(x)\n',
      ],
    ],
  ])('%s', async (holds, texts) => {
    for (const text of texts) {
      const { sink, cwd } = sinkIn('env-file:.env')
      writeFileSync(join(cwd, '.env'), text)
      expect([text, (await sink.probe()).holds]).toEqual([text, holds])
      if (holds === 'reference') expect(await sink.read?.()).toBeNull()
    }
  })
})

describe('env-file refuses before the mint', () => {
  test.each([['text in UTF-16, which PowerShell writes', Buffer.from('A=1\n', 'utf16le')]])('%s', async (_, before) => {
    const { sink, cwd } = sinkIn('env-file:.env')
    writeFileSync(join(cwd, '.env'), before)
    await expect(sink.probe()).rejects.toMatchObject({ code: 'sink/unusable' })
    expect(readFileSync(join(cwd, '.env'))).toEqual(Buffer.from(before))
  })

  test('a symbolic link, even one planted after the probe', async () => {
    const { sink, cwd } = sinkIn('env-file:.env')
    await sink.probe()
    writeFileSync(join(cwd, 'target'), 'A=1\n')
    symlinkSync(join(cwd, 'target'), join(cwd, '.env'))
    await expect(sink.probe()).rejects.toMatchObject({ code: 'sink/symlink' })
    await expect(sink.store(minted(FIRST_KEY), 'label')).rejects.toMatchObject({ code: 'sink/write-failed' })
    expect(readFileSync(join(cwd, 'target'), 'utf8')).toBe('A=1\n')
  })

  test('a missing directory, and one that is a file', async () => {
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

describe('env-file restricts the file to its owner', () => {
  test('when it creates the file, and when others could read it', async () => {
    const { sink, cwd } = sinkIn('env-file:.env')
    await sink.store(minted(FIRST_KEY), 'label')
    expect(statSync(join(cwd, '.env')).mode & 0o777).toBe(0o600)
    chmodSync(join(cwd, '.env'), 0o644)
    await sink.store(minted(FIRST_KEY), 'label')
    expect(statSync(join(cwd, '.env')).mode & 0o777).toBe(0o600)
  })

  test('and removes what a killed writer left, because it may hold a key', async () => {
    const { sink, cwd } = sinkIn('env-file:.env')
    writeFileSync(join(cwd, `.venice-onboard-${2 ** 30}-0123456789abcdef.tmp`), FIRST_KEY)
    await sink.store(minted(FIRST_KEY), 'label')
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

  test('is silent when git ignores the file, outside a work tree, and without git', async () => {
    expect((await sinkIn('env-file:.env', repository('.env\n')).sink.probe()).warnings).toEqual([])
    expect((await sinkIn('env-file:.env').sink.probe()).warnings).toEqual([])
  })
})
