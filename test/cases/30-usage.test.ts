import { expect, it } from 'vitest'
import { runCli } from '../support/cli.ts'
import { newFolder } from '../support/sandbox.ts'

// Regression: issue 18, number 30 — 39 options without groups, and errors in two styles that named the program's help.
const run = (words: readonly string[], env: Record<string, string> = {}) => runCli(words, { cwd: newFolder(), env })

it('the help of run has groups, three examples, the exit codes, and a link to the docs', async () => {
  const { code, stdout } = await run(['run', '--help'])
  expect(code).toBe(0)
  const headings = [...stdout.matchAll(/^([A-Z][^:\n]*):$/gm)].map(([, heading]) => heading)
  expect(headings).toEqual(
    expect.arrayContaining(['Network and records', 'Signing key', 'Budget', 'Output', 'Examples', 'Exit codes']),
  )
  expect(headings).not.toContain('Options')
  expect(stdout.match(/^ {4}venice-onboard run\b/gm)).toHaveLength(3)
  for (const exit of ['0', '1', '2', '3', '4', '5', '6', '7', '75', '78', '130'])
    expect(stdout).toMatch(new RegExp(`^ {2}${exit}\\b`, 'm'))
  expect(stdout).toContain('docs/commands.md')
})

it.each([['status'], ['plan'], ['fund', 'diem'], ['keys', 'rotate'], ['fleet', 'submit']])(
  'the help of %s %s has groups, its own options first and the output options last',
  async (...words) => {
    const { stdout } = await run([...words, '--help'])
    const headings = [...stdout.matchAll(/^([A-Z][^:\n]*):$/gm)].map(([, heading]) => heading)
    expect(headings.length).toBeGreaterThan(1)
    expect(headings.at(-1)).toBe('Output')
    if (headings.includes('Options')) expect(headings.filter((h) => h !== 'Arguments')[0]).toBe('Options')
  },
)

it('the help shows commands as npm runs them in a clone', async () => {
  const env = { npm_package_name: 'venice-onboard', npm_lifecycle_event: 'cli' }
  const { stdout } = await run(['run', '--help'], env)
  expect(stdout).toContain('npm run cli -- run --network base')
  expect(stdout).not.toContain('venice-onboard run')
})

it.each([
  [['run', '--stakes', '1'], 'There is no option --stakes.', 'Did you mean --stake? ', 'run'],
  [['run', '--stake', '1,5'], 'The value of --stake, "1,5", cannot be used. It must be a decimal amount', '', 'run'],
  [['run', '--stake'], 'The value of --stake is missing.', '', 'run'],
  [['run', '--network', 'mainnet'], 'The value of --network, "mainnet", cannot be used. It must be one of', '', 'run'],
  [
    ['run', '--rpc-url', 'ftp://host/0ddkey'],
    'The value of --rpc-url cannot be used. It must be an http(s)',
    '',
    'run',
  ],
  [['run', 'now'], 'The command run takes no argument, but got 1.', '', 'run'],
  [['fund', 'diem'], 'The argument <amount> is missing.', '', 'fund diem'],
  [['fund', 'x402', '5', '6'], 'The command x402 takes one argument, but got 2.', '', 'fund x402'],
  [['fund', 'diem', 'much'], 'The argument <amount>, "much", cannot be used. It must be', '', 'fund diem'],
  [['export', 'gif'], 'gif is not a format.', 'Give mermaid, json, scxml or dot. ', 'export'],
  [['completion', 'tcsh'], 'The argument <shell>, "tcsh", cannot be used. It must be one of zsh', '', 'completion'],
])('%j is reported in a full sentence, with the help of its command', async (words, message, hint, command) => {
  const { code, stderr, stdout } = await run(words)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain(`error ${message}`)
  expect(stderr).toContain('[cli/usage]')
  expect(stderr.trimEnd()).toMatch(new RegExp(`^next {2}.*See \`venice-onboard ${command} --help\`\\.$`, 'm'))
  expect(stderr).toContain(`next  ${hint}`)
  expect(stderr).not.toMatch(/error:|0ddkey/)
  const told = await run([...words, '--json'])
  // After an option without its value, `--json` is read as the value.
  if (words.at(-1) !== '--stake') expect(told.json.failure).toMatchObject({ code: 'cli/usage', exit: 'usage' })
})

it('the value of a variable is reported with its name', async () => {
  const { code, stderr } = await run(['run'], { VENICE_ONBOARD_NETWORK: 'mainnet' })
  expect(code).toBe(2)
  expect(stderr).toContain('The value of VENICE_ONBOARD_NETWORK (--network), "mainnet", cannot be used.')
})
