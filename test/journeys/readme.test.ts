import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { newFolder } from '../support/sandbox.ts'

/** What differs from run to run: times, hashes, addresses, keys, and the widths that follow from them. */
const shape = (output: string): string[] =>
  output
    .trim()
    .split('\n')
    .map((line) =>
      line
        .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
        .replace(/0x[0-9a-f]{40,64}/g, '<hex>')
        .replace(/…[\w-]{6}/, '…<key>')
        .replace(/0\.0000\d+ ETH/g, '<fee> ETH')
        .replace(/ \d{8} /, ' <block> ')
        .replace(/\s+/g, ' '),
    )

test('the README shows the real output of its command', async () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const shown = /```text\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
  const byNpm = { npm_package_name: 'venice-onboard', npm_lifecycle_event: 'onboard' }
  const { stdout, stderr } = await runCli(['run', '--block-time', '200ms'], { cwd: newFolder(), env: byNpm })
  expect(shape(shown)).toEqual([...shape(stderr), ...shape(stdout)])
})
