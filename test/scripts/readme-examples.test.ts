import { describe, expect, it, vi } from 'vitest'
import { examplesIn, helpFrom, runExamples, unknownIn } from '../../scripts/readme-examples.ts'

const root = process.cwd()
const fence = (mark: string, language: string, code: string) => `${mark}\n\`\`\`${language}\n${code}\n\`\`\`\n`
const shell = (code: string, mark = '<!-- run -->') => examplesIn(fence(mark, 'sh', code))
const typescript = (code: string) => examplesIn(fence('<!-- compile -->', 'ts', code))

describe('the examples of a README', () => {
  it('are the marked blocks, with their expected exit code', () => {
    const text = [
      fence('Some words.', 'sh', 'not this'),
      fence('<!-- run: exit 4 -->', 'sh', 'one\ntwo'),
      fence('<!-- compile -->', 'ts', 'export {}'),
    ].join('\n')
    expect(examplesIn(text)).toEqual([
      { language: 'sh', line: 7, code: 'one\ntwo\n', exit: 4 },
      { language: 'ts', line: 13, code: 'export {}\n', exit: 0 },
    ])
  })

  it('run in order, in one directory', () => {
    expect(runExamples(root, [...shell('echo hello > file'), ...shell('grep -q hello file')])).toBeNull()
  })

  it('can call the command by name', () => {
    expect(runExamples(root, shell('venice-onboard --version'))).toBeNull()
  })

  it('fail at the first failing command, and report its line', () => {
    expect(runExamples(root, shell('false\ntrue'))).toMatch(/^line 2: exit code 1, not 0/)
  })

  it('fail on an unexpected end', () => {
    expect(runExamples(root, shell('exit 4', '<!-- run: exit 4 -->'))).toBeNull()
    expect(runExamples(root, shell('exit 0', '<!-- run: exit 4 -->'))).toMatch(/exit code 0, not 4/)
  })

  it('do not see the environment', () => {
    vi.stubEnv('WALLET_PRIVATE_KEY', 'secret')
    expect(runExamples(root, shell('! env | grep WALLET_PRIVATE_KEY'))).toBeNull()
    vi.unstubAllEnvs()
  })

  it('in TypeScript are type-checked against the program, then run', () => {
    const uses = "import { onboardingMachine } from 'venice-onboard/machine'\n"
    const body = 'const id: string = onboardingMachine.id\nprocess.exit(id ? 0 : 1)'
    expect(runExamples(root, typescript(`${uses}${body}`))).toBeNull()
  })

  it('fail when they do not compile', () => {
    expect(runExamples(root, typescript('export const text: string = 1'))).toMatch(/line-2\.mts.* error TS2322/)
  })
})

describe('the commands named on a page', () => {
  const help = helpFrom(`Usage: venice-onboard [options] [command]

Options:
  -V, --version    output the version number
  --json           one JSON object on stdout

Commands:
  run [options]    start or resume the run
  keys             list them
`)
  const asked = (command: readonly string[]) =>
    command.length === 0 ? help : { commands: new Set(['list']), options: new Set(['--yes']) }

  it('are taken from the program’s help', () => {
    expect(help).toEqual({ commands: new Set(['run', 'keys']), options: new Set(['--version', '--json']) })
  })

  it('are checked with their options, in sentences and in blocks', () => {
    const text =
      'Use `venice-onboard keys list --all`, or:\n\n```console\nX=1 npx venice-onboard run --yes --no | cat\n```\n'
    expect(unknownIn(text, asked)).toEqual(['keys list --all', 'run --no'])
    expect(unknownIn('`venice-onboard fly --yes`', asked)).toEqual(['fly'])
  })

  it('may be incomplete, and may stand in code of another language', () => {
    expect(unknownIn("`venice-onboard <command>`\n```ts\nimport 'venice-onboard --x'\n```\n", asked)).toEqual([])
  })
})
