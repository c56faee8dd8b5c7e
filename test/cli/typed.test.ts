import { describe, expect, it } from 'vitest'
import { asTyped } from '../../src/cli/typed.ts'
import { runCli } from '../support/cli.ts'
import { newFolder } from '../support/sandbox.ts'

const BY_NPM = { npm_package_name: 'venice-onboard', npm_lifecycle_event: 'onboard' }
const inClone = { env: BY_NPM, place: '' }

describe('commands in what is told', () => {
  it('are named as npm runs them in a clone, every one that there is', async () => {
    const { stdout } = await runCli(['--help'], { cwd: newFolder() })
    const names = [...stdout.matchAll(/^ {2}([a-z][a-z-]+)/gm)].map(([, name]) => name ?? '')
    const commands = names.filter((name) => name !== 'help')
    expect(commands.length).toBeGreaterThan(12)
    for (const name of commands) {
      const told = `Look with \`venice-onboard ${name}\`.`
      expect(asTyped(told, inClone)).toBe(`Look with \`npm run cli -- ${name}\`.`)
      expect(asTyped(told, inClone)).toHaveLength(told.length)
    }
  })

  it.each([
    ['where npm runs a script of another package', { ...BY_NPM, npm_package_name: 'my-agent' }],
    ['where npm does not run it', {}],
  ])('stay as they are %s', (_, env) => {
    expect(asTyped('next  venice-onboard status', { env, place: '' })).toBe('next  venice-onboard status')
  })

  it('are told from labels of keys, which begin with the same word', () => {
    const told = 'A key labelled "venice-onboard run-of-luck" is held as venice-onboard x7Gh, by venice-onboard 0.1.0.'
    expect(asTyped(told, inClone)).toBe(told)
  })

  it('are about the run that is meant, where they take what says which, and once', () => {
    const place = '--network base --state-dir there'
    const at = (told: string) => asTyped(told, { env: {}, place })
    expect(at('Run `venice-onboard keys rotate`.')).toBe(`Run \`venice-onboard keys rotate ${place}\`.`)
    const once = `Run \`venice-onboard run ${place} --yes\`.`
    expect(at(once)).toBe(once)
    for (const told of ['See `venice-onboard sandbox`.', 'Give `venice-onboard run --fund …`.', 'Run `status`.'])
      expect(at(told)).toBe(told)
  })
})
