import { type Command, Help, Option } from 'commander'
import { HEADINGS } from './options.ts'
import { programIn, typedAs } from './told.ts'

type Env = Parameters<typeof programIn>[0]

/** What scripts may rely on; the numbers are those of `EXIT_CODES`. */
const EXIT_CODE_WORDS = [
  ['0', 'the key is minted and stored, or nothing was left to do'],
  ['1', 'unexpected'],
  ['2', 'usage: an option or argument is wrong'],
  ['3', 'paused or waiting; the same command continues'],
  ['4', 'the wallet needs funds; with --require-funded, the key cannot pay'],
  ['5', 'refused by the budget, a policy or the person'],
  ['6', 'refused by Venice for good'],
  ['7', 'another process works on this wallet'],
  ['75', 'a failure that passes; try again later'],
  ['78', 'wrong configuration, such as an endpoint that does not exist'],
  ['130, 143', 'stopped by SIGINT or SIGTERM'],
] as const

const RUN_EXAMPLES = [
  ['In a sandbox, with test money:', 'venice-onboard run'],
  [
    "On Base, with a keystore of Foundry's:",
    'venice-onboard run --network base --rpc-url https://mainnet.base.org --account agent --password-file password.txt',
  ],
  [
    'On Base, unattended: within a budget, and funded with DIEM:',
    'venice-onboard run --network base --rpc-url https://mainnet.base.org --yes --max-vvv 60 --max-gas-eth 0.001 --fund diem:0.1 --json',
  ],
] as const

/** What stands below the options of `run`. */
export const runHelp = (env: Env): string =>
  [
    '',
    'Examples:',
    ...RUN_EXAMPLES.flatMap(([what, command]) => [`  ${what}`, `    ${typedAs(command, programIn(env))}`]),
    '',
    'Exit codes:',
    ...EXIT_CODE_WORDS.map(([code, words]) => `  ${code.padEnd(10)}${words}`),
    '',
    'Read on:',
    '  README.md                a first run, and how to continue on Base',
    '  docs/commands.md         every command, variable, result and file',
    '  docs/wallets.md          other ways to sign',
    '  docs/troubleshooting.md  every error, and what to do about it',
  ].join('\n')

/** The words that call `command`, e.g. `venice-onboard fleet inspect`. */
const nameOf = (command: Command): string =>
  command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`

/** A sentence that names the help of `command`. */
export const seeHelpOf = (command: Command): string => `See \`${nameOf(command)} --help\`.`

/** Sets what the help of a program and of the commands added afterwards is like. */
export const withHelp = (program: Command, { env }: { env: Env }): Command =>
  program
    .name(programIn(env))
    .addHelpOption(new Option('-h, --help', 'show this help').helpGroup('Output:'))
    .configureHelp({ groupItems })

/** A command's own options first, then those that it shares with others. */
function groupItems<T extends Command | Option>(
  unsorted: T[],
  visible: T[],
  groupOf: (item: T) => string,
): Map<string, T[]> {
  const groups = [...new Help().groupItems(unsorted, visible, groupOf)]
  const rankOf = (heading: string): number => (HEADINGS as readonly string[]).indexOf(heading)
  return new Map(groups.toSorted(([a], [b]) => rankOf(a) - rankOf(b)))
}
