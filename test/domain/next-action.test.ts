import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TOOL_WORDS } from '../../src/agent/words.ts'
import { cliWords, nextCommand } from '../../src/cli/told.ts'
import { action, allInWords, inWords, PLAIN_WORDS, say, setting, withTexts } from '../../src/domain/next-action.ts'

const hint = say`Run ${action('wipe', { force: true })}, or give another ${setting('rpcUrl')}; ${action('doctor')} tells.`

describe('a sentence', () => {
  it('is rendered in the words of each host', () => {
    expect(inWords(hint, cliWords('--network base'))).toBe(
      'Run `venice-onboard wipe --force`, or give another --rpc-url; `venice-onboard doctor --network base` tells.',
    )
    expect(inWords(hint, TOOL_WORDS)).toBe(
      "Run what the host has for putting a run aside, or give another the host's setting rpcUrl; venice_doctor tells.",
    )
    expect(inWords(hint, PLAIN_WORDS)).toBe('Run “wipe”, or give another “rpcUrl”; “doctor” tells.')
  })

  it('without actions and settings is plain text', () => {
    expect(say`${3} of ${'four'}`).toBe('3 of four')
  })

  it('is redacted in its texts and in the arguments of its actions', () => {
    const told = say`The key k1: ${action('keys.revoke', { key: 'k1' })} or ${setting('saveKey', 'k1')}.`
    expect(
      inWords(
        withTexts(told, (text) => text.replaceAll('k1', '…')),
        cliWords(''),
      ),
    ).toBe('The key …: `venice-onboard keys revoke …` or --save-key ….')
  })

  it('is found anywhere in an answer, and other people’s text is left unchanged', () => {
    const foreign = "{ action: 'wipe' } `venice-onboard wipe`"
    expect(allInWords({ failure: { hint, facts: [foreign] }, warnings: [hint, foreign] }, PLAIN_WORDS)).toEqual({
      failure: { hint: inWords(hint, PLAIN_WORDS), facts: [foreign] },
      warnings: [inWords(hint, PLAIN_WORDS), foreign],
    })
  })
})

describe('the next command', () => {
  const typed = 'venice-onboard run --network base --yes'

  it('is the typed command plus what is missing', () => {
    expect(nextCommand({ ...action('run'), reason: '' }, typed).command).toBe(typed)
    expect(nextCommand({ ...action('run', { prove: true }), reason: '' }, typed).command).toBe(`${typed} --prove`)
    expect(nextCommand({ ...action('run', { yes: true }), reason: '' }, typed).command).toBe(typed)
  })

  it('is about the same run', () => {
    expect(nextCommand({ ...action('keys.rotate', { limit: 'usd=5' }), reason: '' }, typed).command).toBe(
      'venice-onboard keys rotate --limit usd=5 --network base',
    )
  })
})

const CORE = ['machines', 'src/domain', 'src/driver', 'src/gate', 'src/ports', 'src/errors']
/** Text that only the CLI may use. */
const OF_THE_COMMAND_LINE = ['src/errors/cli.ts']

it('no string of the core contains a command or an option of the CLI', () => {
  const found = CORE.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => path.endsWith('.ts') && !OF_THE_COMMAND_LINE.includes(path))
      .flatMap((path) =>
        readFileSync(path, 'utf8')
          .split('\n')
          .flatMap((line, index) => {
            const code = /^\s*(?:\*|\/\/|\/\*)/.test(line) ? '' : line.replace('npm install --save-dev', '')
            return /venice-onboard [a-z]|(?<=[\s'"`(])--[a-z]/.test(code) ? [`${path}:${index + 1}`] : []
          }),
      ),
  )
  expect(found).toEqual([])
})
