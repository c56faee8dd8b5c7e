import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCli } from '../support/cli.ts'
import { newFolder } from '../support/sandbox.ts'

const run = (...args: string[]) => runCli(args, { cwd: newFolder() })
const completed = async (...words: string[]): Promise<string[]> => {
  const { stdout } = await run('complete', '--', ...words)
  return stdout.split('\n').flatMap((line) => (line === '' || line.startsWith(':') ? [] : [line.split('\t')[0] ?? '']))
}

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish', 'powershell'])('prints a script for %s that calls this program', async (shell) => {
    const { code, stdout, stderr } = await run('completion', shell)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/venice-onboard complete '?--/)
  })

  it('completes every command that --help lists', async () => {
    const { stdout } = await run('--help')
    const listed = [...(stdout.split('Commands:')[1] ?? '').matchAll(/^ {2}(\S+)/gm)].map(([, name]) => name)
    expect(listed.length).toBeGreaterThan(10)
    expect(await completed('')).toEqual(expect.arrayContaining(listed))
  })

  it('completes subcommands, options and option values', async () => {
    expect(await completed('keys', 'r')).toEqual(expect.arrayContaining(['reclaim', 'rotate', 'revoke']))
    expect(await completed('run', '--network')).toEqual(['--network'])
    expect(await completed('run', '--network', '')).toEqual(['sandbox', 'base'])
  })

  it('works in a real bash', async () => {
    const folder = newFolder()
    const { stdout: script } = await run('completion', 'bash')
    writeFileSync(join(folder, 'script.bash'), script)
    writeFileSync(
      join(folder, 'venice-onboard'),
      `#!/bin/sh\nexec "${process.execPath}" "${process.env.VENICE_ONBOARD_TEST_PROGRAM}" "$@"\n`,
    )
    chmodSync(join(folder, 'venice-onboard'), 0o755)
    // bash-completion provides the first; bash sets the second while it completes.
    const helpers =
      '_get_comp_words_by_ref() { words=(venice-onboard run --netw); cword=2; cur=--netw; prev=run; }; compopt() { :; }'
    const command = `${helpers}; source ./script.bash; __venice_onboard_complete; echo "\${COMPREPLY[*]}"`
    const env = { PATH: `${folder}:${process.env.PATH}` }
    expect(execFileSync('bash', ['-c', command], { cwd: folder, env, encoding: 'utf8' }).trim()).toBe('--network')
  })

  it('rejects an unknown or missing shell as a usage error', async () => {
    expect((await run('completion', 'tcsh')).code).toBe(2)
    expect((await run('completion')).code).toBe(2)
  })
})
