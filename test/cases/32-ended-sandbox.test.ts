import { describe, expect, it } from 'vitest'
import { runCli } from '../support/cli.ts'
import { newFolder } from '../support/sandbox.ts'

// Regression: issue 18, number 32 — the command named after a run in a sandbox failed, because the sandbox had ended.
const cli = (cwd: string, words: readonly string[], env: Record<string, string> = {}) => runCli(words, { cwd, env })
/** The arguments of a printed command; `&&` separates several commands. */
async function type(cwd: string, command: string) {
  let last = { code: null as number | null, stdout: '', stderr: '' }
  for (const part of command.split(' && ')) {
    const [program, ...words] = part.split(' ')
    expect(program).toBe('venice-onboard')
    last = await cli(cwd, words)
    if (last.code !== 0) break
  }
  return last
}

describe('after a run whose sandbox has ended', () => {
  it('each command that is named works in turn, until the key is funded', async () => {
    const cwd = newFolder()
    const place = ['--state-dir', 'there']
    const first = await cli(cwd, ['run', '--block-time', '0', '--json', ...place])
    const named = first.json.nextAction?.command ?? ''
    expect((await type(cwd, named)).code).toBe(0)

    const options = await cli(cwd, ['fund', 'options', '--json', ...place])
    const [way] = options.json.options
    expect(way.command).toMatch(/^venice-onboard wipe .* && venice-onboard run .*--fund diem:0\.1/)
    expect(options.json.options.find(({ id }: { id: string }) => id === 'x402').command).toContain('--fund x402:5')

    for (const [words, code] of [
      [['run'], 0],
      [['run', '--require-funded'], 4],
      [['run', '--wait-for-funds', '1s'], 0],
    ] as const) {
      const idle = await cli(cwd, [...words, '--json', ...place])
      expect([idle.code, idle.json.nextAction?.command]).toEqual([code, way.command])
      expect(idle.json.nextAction?.reason).toContain('The sandbox of this run has ended')
    }
    for (const words of [
      ['fund', 'diem', '0.1'],
      ['fund', 'x402', '5'],
      ['run', '--prove'],
      ['keys', 'rotate'],
      ['keys', 'list'],
      ['status', '--live'],
    ]) {
      const { code, json } = await cli(cwd, [...words, '--json', ...place])
      expect([words, code, json.failure?.code]).toEqual([words, 2, 'cli/sandbox-ended'])
      expect(json.failure?.message).toContain('The sandbox of this run has ended')
      const next = [...(json.failure?.hint ?? '').matchAll(/`([^`]+)`/g)].map(([, command]) => command)
      expect(next).toEqual([
        expect.stringMatching(/^venice-onboard wipe --address 0x\w{40} --state-dir there$/),
        expect.stringMatching(/^venice-onboard run .*--state-dir there$/),
      ])
    }
    const again = await type(cwd, way.command)
    expect(again.stdout).toContain('The key is minted, stored, and can spend.')
  })

  it('the commands in a clone start with npm', async () => {
    const cwd = newFolder()
    const env = { npm_package_name: 'venice-onboard', npm_lifecycle_event: 'cli' }
    await cli(cwd, ['run', '--block-time', '0'])
    for (const words of [['fund', 'options'], ['run'], ['fund', 'diem', '0.1'], ['keys', 'rotate']]) {
      const { stdout, stderr } = await cli(cwd, words, env)
      expect(stdout + stderr).toMatch(/npm run cli -- wipe --address 0x\w{40}.*npm run cli -- run/s)
      expect(stdout + stderr).not.toMatch(/venice-onboard (?:wipe|run|fund)/)
    }
  })
})

it('without a sandbox, the command that starts one is named', async () => {
  const cwd = newFolder()
  for (const words of [
    ['fund', 'options'],
    ['keys', 'list'],
    ['status', '--live'],
  ]) {
    const { code, stderr } = await cli(cwd, words)
    expect(code).not.toBe(0)
    expect(stderr).toContain('`venice-onboard run')
  }
})
