import { type Command, CommanderError } from 'commander'
import { UsageError } from '../errors/cli.ts'
import { seeHelpOf } from './help.ts'

/**
 * Makes commander throw its errors of usage as ours, for a program and all its commands. It writes nothing of its own
 * about them. Call it when all commands are there.
 */
export function throwUsageErrors(command: Command): void {
  command.configureOutput({ outputError: () => {} }).exitOverride((error) => {
    // Help and version end the program as well, and are no errors.
    throw error.message.startsWith('error: ') ? usageErrorOf(error, command) : error
  })
  for (const child of command.commands) throwUsageErrors(child)
}

/** Whether commander ended the program without an error: it showed help or the version. */
export const isPlainEnd = (error: unknown): error is CommanderError => error instanceof CommanderError

/** The same error, with a hint that names the help of the command that was typed. */
export function withOwnHelp(error: unknown, command: Command): unknown {
  if (!(error instanceof UsageError)) return error
  const { hint } = error
  const help = seeHelpOf(command)
  const own = typeof hint === 'string' ? `${hint.replace(ANY_HELP, '').trim()} ${help}`.trim() : [...hint, ` ${help}`]
  return new UsageError(error.message, own)
}

const ANY_HELP = 'See `venice-onboard --help`.'

function usageErrorOf({ message }: CommanderError, command: Command): UsageError {
  const [said = '', ...more] = message.replace(/^error: /, '').split('\n')
  const similar = /^\(Did you mean (?:one of )?(.+)\?\)$/.exec(more.join(' '))?.[1]
  const hint = [...(similar === undefined ? [] : [`Did you mean ${similar}?`]), seeHelpOf(command)].join(' ')
  for (const [pattern, sentence] of SENTENCES) {
    const groups = pattern.exec(said)?.groups
    if (groups !== undefined) return new UsageError(sentence(groups), hint)
  }
  return new UsageError(`${said.charAt(0).toUpperCase()}${said.slice(1).replace(/\.?$/, '.')}`, hint)
}

type Groups = Record<string, string>

/**
 * Commander 14's errors, as sentences. What none of them fits is told in its own words.
 * @see https://github.com/tj/commander.js/blob/v14.0.3/lib/command.js
 */
const SENTENCES: readonly (readonly [RegExp, (groups: Groups) => string])[] = [
  [/^unknown option '(?<name>.*)'$/s, ({ name }) => `There is no option ${name}.`],
  [/^unknown command '(?<name>.*)'$/s, ({ name }) => `There is no command ${name}.`],
  [/^missing required argument '(?<name>.*)'$/s, ({ name }) => `The argument <${name}> is missing.`],
  [/^required option '(?<flags>.*)' not specified$/s, ({ flags = '' }) => `The option ${optionOf(flags)} is missing.`],
  [/^option '(?<flags>.*)' argument missing$/s, ({ flags = '' }) => `The value of ${optionOf(flags)} is missing.`],
  [
    /^option '(?<flags>[^']*)' (?:argument|value) '(?<value>.*?)'(?: from env '(?<env>\w+)')? is invalid\. (?<why>.*)$/s,
    ({ flags = '', value = '', env, why = '' }) => {
      const name = optionOf(flags)
      const from = env === undefined ? name : `${env} (${name})`
      // The path of an endpoint may hold a key.
      const quoted = /url$/.test(name) ? '' : `, "${value}",`
      return `The value of ${from}${quoted} cannot be used. ${sentenceOf(why)}`
    },
  ],
  [
    /^command-argument value '(?<value>.*)' is invalid for argument '(?<name>[^']*)'\. (?<why>.*)$/s,
    ({ value, name, why = '' }) => `The argument <${name}>, "${value}", cannot be used. ${sentenceOf(why)}`,
  ],
  [
    /^too many arguments(?: for '(?<name>.*)')?\. Expected (?<expected>\d+) arguments? but got (?<got>\d+)\.$/s,
    ({ name, expected, got }) =>
      `The command${name === undefined ? '' : ` ${name}`} takes ${COUNTS[Number(expected)] ?? `${expected} arguments`}, but got ${got}.`,
  ],
]

const COUNTS = ['no argument', 'one argument']

/** `--limit` of `--limit <amounts>`, and `--yes` of `-y, --yes`. */
const optionOf = (flags: string): string => /--[\w-]+/.exec(flags)?.[0] ?? flags

/** Commander lists choices as `Allowed choices are a, b.` */
const sentenceOf = (why: string): string => why.replace(/^Allowed choices are (.*)\.$/s, 'It must be one of $1.')
