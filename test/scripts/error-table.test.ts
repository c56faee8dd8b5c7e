import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorClassesIn } from '../../scripts/error-classes.ts'
import { GUIDE_ERRORS, mintTable, SIWE_ERRORS } from '../../scripts/error-table.ts'
import { mintReaction } from '../../scripts/mint-reactions.ts'
import { EXIT_CODES } from '../../src/cli/exit-codes.ts'
import { OnboardingError } from '../../src/errors/base.ts'
import * as venice from '../../src/errors/venice/all.ts'

const catalogue = errorClassesIn('src/errors')

describe('the catalogue', () => {
  it('has every error class that the modules export', async () => {
    const modules: Record<string, unknown>[] = await Promise.all(
      readdirSync('src/errors', { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => import(join(process.cwd(), 'src/errors', file))),
    )
    const exported = modules
      .flatMap((module) => Object.values(module))
      .filter((value) => typeof value === 'function' && value.prototype instanceof OnboardingError)
      .map((value) => (value as { name: string }).name)
    expect(new Set(catalogue.map(({ name }) => name))).toEqual(
      new Set(exported.filter((name) => name !== venice.VeniceError.name)),
    )
  })

  it('has each class in the file or folder of its code’s prefix', () => {
    const misplaced = catalogue.filter(({ code, file }) => file.split(/[/.]/)[0] !== code.split('/')[0])
    expect(misplaced.map(({ code, file }) => `${code} is in ${file}`)).toEqual([])
  })

  it('says the same of each class as an instance does', () => {
    const read = new Map(catalogue.map((entry) => [entry.name, entry]))
    for (const Class of venice.VENICE_ERRORS) {
      const { code, recovery, exit } = new Class()
      expect(read.get(Class.name)).toMatchObject({ code, recovery, exit })
    }
  })

  it('has a meaning and an exit code for each class, and no code twice', () => {
    expect(catalogue.filter(({ meaning, exit }) => meaning === '' || EXIT_CODES[exit] === undefined)).toEqual([])
    expect(new Set(catalogue.map(({ code }) => code)).size).toBe(catalogue.length)
  })

  it('has a next step for each class, in fewer than 60 words', () => {
    expect(catalogue.filter(({ hint }) => hint === null || hint.split(' ').length > 60)).toEqual([])
  })

  it('reads a hint that depends on the case from the docblock', () => {
    expect(catalogue.find(({ name }) => name === 'CannotPayGasError')?.hint).toMatch(/^Send ETH on Base/)
  })

  it('reads an inherited recovery', () => {
    expect(catalogue.find(({ name }) => name === 'SinkSymlinkError')).toMatchObject({
      code: 'sink/symlink',
      recovery: 'fixInput',
      exit: 'config',
    })
  })
})

describe('the tables of mint errors', () => {
  it('have one row for the errors that the machine treats alike', () => {
    const rows = mintTable(GUIDE_ERRORS).split('\n').slice(2)
    const codes = rows.flatMap((row) => row.match(/venice\/(?!stake-not-seen)[a-z-]+/g) ?? [])
    expect(codes).toEqual(expect.arrayContaining(GUIDE_ERRORS.map((Class) => new Class().code)))
    expect(codes).toHaveLength(GUIDE_ERRORS.length)
    expect(new Set(rows.map((row) => row.split(' | ').at(-1))).size).toBe(rows.length)
    expect(rows.length).toBeLessThan(GUIDE_ERRORS.length)
  })

  it('have the eight rows of the guide, then the six of the SIWE form', () => {
    expect(GUIDE_ERRORS.at(0)).toBe(venice.InvalidAddressError)
    expect(GUIDE_ERRORS.at(-1)).toBe(venice.NoStakedVvvError)
    expect(SIWE_ERRORS.at(0)).toBe(venice.ChallengeExpiredError)
    expect(SIWE_ERRORS.at(-1)).toBe(venice.ChallengeDomainError)
  })

  it('say what the machine does, how often, and what follows', () => {
    expect(mintReaction(new venice.TokenExpiredError())).toBe(
      'fetches a new challenge, signs it and posts again, at most 5 times; then it stops',
    )
    expect(mintReaction(new venice.InvalidAddressError())).toBe('stops')
    expect(mintReaction(new venice.WalletSignatureMismatchError())).toMatch(/at most once; then it stops$/)
  })

  it('distinguish a stake that is not visible yet from one that was never made', () => {
    expect(mintReaction(new venice.NoStakedVvvError())).toMatch(
      /^With a stake: waits.*venice\/stake-not-seen.*Without one: reads the wallet again/,
    )
  })
})
