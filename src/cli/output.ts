import { inertJson } from '../domain/inert.ts'
import { allInWords, inWords, type Told } from '../domain/next-action.ts'
import { SCHEMA_VERSION } from '../driver/events.ts'
import { type OnboardingError, OnboardingError as OnboardingErrorClass } from '../errors/base.ts'
import { isRecoverable, reasonOf, toFailure } from '../errors/failure.ts'
import type { CliContext } from './environment.ts'
import { EXIT_CODES } from './exit-codes.ts'
import { painted, type Style, safe, unmarked } from './paint.ts'
import { placeIn, stateDirIn } from './place.ts'
import { cliWords, programIn, typedAs } from './told.ts'
import { wrap } from './wrap.ts'

/** How a command prints, as commander reads it. */
export interface OutputOptions {
  json?: boolean
  ndjson?: boolean
  quiet?: boolean
  verbose?: boolean
  color: boolean
  input: boolean
}

/** Results on stdout, everything else on stderr. */
export interface Output {
  readonly format: 'text' | 'json' | 'ndjson'
  readonly isQuiet: boolean
  /** What was typed. */
  readonly command: string
  /** A sentence for people, with its commands. */
  say(told: Told): string
  /** A command as a person types it here; programs get it as it is. */
  typed(command: string): string
  readonly isVerbose: boolean
  /** stderr is a terminal that may be redrawn. */
  readonly isLive: boolean
  /** Width of the terminal that shows the result; infinite if stdout is not a terminal. */
  readonly columns: number
  /** A person can be asked. */
  readonly mayAsk: boolean
  style(style: Style, text: string): string
  /** `text` as stderr shows it, for views that draw themselves. */
  screen(text: string): string
  /** A line for people, on stderr. */
  note(line: string): void
  /** The result: `text` for people, `data` for programs. Once per command. */
  result(data: object, text: string): void
  /** One event for programs; only with `--ndjson`. */
  event(event: object): void
}

/** @param command - as typed. */
export function createOutput(
  options: OutputOptions,
  { env, stdout, stderr, stdin }: CliContext,
  command: string,
): Output {
  const place = placeIn(command)
  const program = programIn(env)
  const format = options.ndjson ? 'ndjson' : options.json ? 'json' : 'text'
  const mayColour = (stream: { isTTY?: boolean }) =>
    options.color && !env.NO_COLOR && (stream.isTTY === true || Boolean(env.FORCE_COLOR))
  const columnsOf = (stream: { isTTY?: boolean; columns?: number }) =>
    (stream.isTTY ? stream.columns : undefined) ?? Number.POSITIVE_INFINITY
  const shown = (text: string, stream: typeof stdout) =>
    unmarked(wrap(safe(text), columnsOf(stream)), mayColour(stream))
  // Not the endpoints of the place: their URLs may hold a key, and programs have them.
  const line = (value: object) =>
    stdout.write(`${inertJson(JSON.stringify(allInWords(value, cliWords(stateDirIn(place)))))}\n`)
  return {
    format,
    isQuiet: options.quiet === true,
    command,
    say: (told) => inWords(told, cliWords(place, program)),
    typed: (command) => typedAs(command, program),
    isVerbose: options.verbose === true,
    isLive: stderr.isTTY === true && !options.quiet && !options.verbose && !env.CI,
    columns: columnsOf(stdout),
    mayAsk: options.input && stdin.isTTY === true && stderr.isTTY === true && !env.CI,
    style: (style, text) => (mayColour(stderr) || mayColour(stdout) ? painted(style, text) : text),
    screen: (text) => unmarked(safe(text), mayColour(stderr)),
    note: (text) => {
      if (!options.quiet) stderr.write(`${shown(text, stderr)}\n`)
    },
    result(data, text) {
      if (format === 'text') stdout.write(`${shown(text, stdout)}\n`)
      else line({ ...(format === 'ndjson' && { type: 'result' }), schemaVersion: SCHEMA_VERSION, ...data })
    },
    event(event) {
      if (format === 'ndjson') line({ schemaVersion: SCHEMA_VERSION, ...event })
    },
  }
}

/**
 * Shows an error that ended a command.
 *
 * @returns the exit code.
 */
export function showError(error: unknown, output: Output, { scrub }: { scrub: (text: string) => string }): number {
  const failure = toFailure(error, { at: new Date().toISOString(), jitter: 0, scrub })
  if (output.format !== 'text') {
    output.result({ outcome: 'failed', recoverable: isRecoverable(failure), failure: reasonOf(failure) }, '')
  }
  output.note(failureText(failure, output))
  if (output.isVerbose && !isOurs(error) && error instanceof Error) output.note(scrub(error.stack ?? ''))
  return EXIT_CODES[failure.exit]
}

const isOurs = (error: unknown): error is OnboardingError => error instanceof OnboardingErrorClass

/** The message, the facts and the hint of a failure. */
export function failureText(
  { code, message, hint, facts }: { code: string; message: string; hint: Told; facts: readonly string[] },
  { style, say }: Pick<Output, 'style' | 'say'>,
): string {
  return [
    `${style(['red', 'bold'], 'error')} ${message} ${style('dim', `[${code}]`)}`,
    ...facts.map((fact) => `      ${fact}`),
    `${style('cyan', 'next')}  ${say(hint)}`,
  ].join('\n')
}
