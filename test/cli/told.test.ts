import { describe, expect, it } from 'vitest'
import { cliWords, commandOf, programIn, typedAs } from '../../src/cli/told.ts'
import { type Action, action, inWords, say } from '../../src/domain/next-action.ts'
import { runCli } from '../support/cli.ts'
import { newFolder } from '../support/sandbox.ts'

const BY_NPM = { npm_package_name: 'venice-onboard', npm_lifecycle_event: 'onboard' }
const PLACE = '--network base --rpc-url http://127.0.0.1:1 --state-dir there'

describe('a printed command', () => {
  it('is called through npm in a clone, where it is not on PATH, with the same width', () => {
    const told = say`Archive it with ${action('wipe', { address: '0x1' })}.`
    const told2 = (env: object) => inWords(told, cliWords('', programIn(env as never)))
    expect(told2(BY_NPM)).toBe('Archive it with `npm run cli -- wipe --address 0x1`.')
    expect(told2(BY_NPM)).toHaveLength(told2({}).length)
  })

  it.each([
    ['when npm runs a script of another package', { ...BY_NPM, npm_package_name: 'my-agent' }],
    ['when npm runs another script', { ...BY_NPM, npm_lifecycle_event: 'test' }],
    ['outside npm', {}],
  ])('is called by its name %s', (_, env) => {
    expect(typedAs('venice-onboard status', programIn(env))).toBe('venice-onboard status')
  })

  it('is called in the same way in each part of a sequence', () => {
    expect(typedAs('venice-onboard wipe && venice-onboard run', programIn(BY_NPM))).toBe(
      'npm run cli -- wipe && npm run cli -- run',
    )
  })

  it.each<[string, Action, string]>([
    ['everything that identifies the run', action('keys.rotate'), `venice-onboard keys rotate ${PLACE}`],
    ['its argument before its options', action('fund.x402', { amount: '5' }), `venice-onboard fund x402 5 ${PLACE}`],
    ['only the folder, to archive a run', action('wipe'), 'venice-onboard wipe --state-dir there'],
    ['no run, in a fleet', action('fleet.retry'), 'venice-onboard fleet retry'],
    ['no run, for a sandbox', action('sandbox'), 'venice-onboard sandbox'],
  ])('names %s', (_, told, command) => {
    expect(commandOf(told, PLACE)).toBe(command)
  })

  it('is shown as npm runs it in help and usage errors too', async () => {
    const options = { cwd: newFolder(), env: BY_NPM }
    const help = await runCli(['run', '--help'], options)
    expect(help.stdout).toContain('Usage: npm run cli -- run [options]')
    expect(help.stdout).toContain('    npm run cli -- run --network base ')
    expect(help.stdout).not.toContain('venice-onboard run')
    const wrong = await runCli(['run', '--forse'], options)
    expect(wrong.stderr).toContain('See `npm run cli -- run --help`.')
  })
})
