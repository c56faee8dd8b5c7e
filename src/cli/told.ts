import type { Action, NextAction, Setting, Words } from '../domain/next-action.ts'
import type { RunResult } from '../driver/result.ts'
import { placeIn, stateDirIn } from './place.ts'

/** As it is called where it is installed. */
const PROGRAM = 'venice-onboard'

/** What comes after the name of a command without an option before it. */
const POSITIONAL: Partial<Record<Action['action'], string>> = {
  'fund.diem': 'amount',
  'fund.x402': 'amount',
  'keys.revoke': 'key',
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

const quoted = (value: string): string => (/\s/.test(value) ? `"${value}"` : value)

const option = ({ setting, value }: Setting): string => {
  const flag = `--${kebab(setting)}`
  return value === undefined ? flag : `${flag} ${value}`
}

/** Actions that know no wallet's run, and one that reads no network. */
const placeOf = (action: Action['action'], place: string): string => {
  if (action === 'wipe') return stateDirIn(place)
  return action === 'sandbox' || action.startsWith('fleet.') ? '' : place
}

/** The command that does `action`, with the options of `place` where it is about a run. */
export function commandOf({ action, arguments: given }: Action, place: string): string {
  const positional = POSITIONAL[action]
  const options = Object.entries(given).map(([name, value]) => {
    if (value === true) return option({ setting: name })
    return name === positional ? quoted(value) : option({ setting: name, value: quoted(value) })
  })
  const words = [PROGRAM, kebab(action).replace('.', ' '), ...options, placeOf(action, place)]
  return words.filter((word) => word !== '').join(' ')
}

/**
 * How a command line names actions and settings.
 *
 * @param place - options that say which run is meant; see `placeIn`.
 */
export const cliWords = (place: string, program = PROGRAM): Words => ({
  action: (action) => `\`${typedAs(commandOf(action, place), program)}\``,
  setting: option,
})

/** How the program is called: in a clone, where npm runs it and it is on no PATH, by npm. */
export const programIn = (env: Readonly<Record<string, string | undefined>>): string =>
  isRunInClone(env) ? 'npm run cli --' : PROGRAM

/** @see https://docs.npmjs.com/cli/v11/using-npm/scripts#environment (checked 2026-11-23) */
const isRunInClone = ({ npm_package_name: name, npm_lifecycle_event: script }: Parameters<typeof programIn>[0]) =>
  name === PROGRAM && (script === 'onboard' || script === 'cli')

/** `command`, or several joined by `&&`, as they are typed where the program is called `program`. */
export const typedAs = (command: string, program: string): string =>
  command
    .split(' && ')
    .map((one) => (one.startsWith(`${PROGRAM} `) ? `${program}${one.slice(PROGRAM.length)}` : one))
    .join(' && ')

/** What to do next, with the command for it. */
interface NextCommand extends NextAction {
  command: string
}

/**
 * @param typed - the command that continues the run.
 */
export function nextCommand(next: NextAction, typed: string): NextCommand {
  if (next.action !== 'run') return { command: commandOf(next, placeIn(typed)), ...next }
  const words = typed.split(' ')
  const missing = Object.entries(next.arguments)
    .map(([name, value]) => option({ setting: name, ...(value !== true && { value }) }))
    .filter((flag) => !words.includes(flag))
  return { command: [typed, ...missing].join(' '), ...next }
}

/** The result of a run, as a command line shows it. */
export type ShownResult = RunResult & { nextAction: NextCommand | null; alternative: NextCommand | null }

/** The result of a run, with the command that is next, and the one that is possible instead. */
export const withCommand = (result: RunResult, typed: string): ShownResult => ({
  ...result,
  nextAction: result.nextAction && nextCommand(result.nextAction, typed),
  alternative: result.alternative && {
    command: commandOf(result.alternative, placeIn(typed)),
    ...result.alternative,
  },
})
