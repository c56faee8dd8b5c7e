/**
 * Writes `docs/troubleshooting.md`: what the machine does about Venice's documented refusals, and every error. `--check` writes nothing and exits 1, naming what differs.
 */
import { dirname, join } from 'node:path'
import { EXIT_CODES } from '../src/cli/exit-codes.ts'
import type { Recovery } from '../src/errors/base.ts'
import { InvalidAddressError, REPLY_ERRORS, type VeniceErrorClass } from '../src/errors/venice/all.ts'
import { errorClassesIn } from './error-classes.ts'
import { type Generated, publish, table } from './generated.ts'
import { mintReaction } from './mint-reactions.ts'

const RECOVERY: Record<Recovery, string> = {
  retry: 'waits, then tries again',
  refreshToken: 'fetches a new challenge',
  signAgain: 'signs the same challenge again',
  stake: 'stakes, or waits until Venice sees the stake',
  resolveMint: 'finds out whether a key was made',
  replan: 'reads the chain and plans again',
  replace: 'bumps the fees under the same nonce, or fills the nonce before it',
  fund: 'stops; waits for funds under `--wait-for-funds`',
  fixInput: 'stops until the input is fixed',
  refuse: 'stops before anything is signed',
  stop: 'stops',
}

/** The guide's table in `REPLY_ERRORS`, from its first row, with the SIWE form's after it. */
const DOCUMENTED = REPLY_ERRORS.slice(REPLY_ERRORS.indexOf(InvalidAddressError))
export const GUIDE_ERRORS = DOCUMENTED.slice(0, 8)
export const SIWE_ERRORS = DOCUMENTED.slice(8, 14)

/** The files this script writes, as they are to be. */
export const errorFiles = (root: string): Generated[] => [
  { path: 'docs/troubleshooting.md', text: catalogue(join(root, 'src/errors')) },
]

/** What the machine does about each class. Classes that it treats alike share a row. */
export function mintTable(classes: readonly VeniceErrorClass[]): string {
  const alike = new Map<string, VeniceErrorClass[]>()
  for (const Class of classes) {
    const reaction = mintReaction(new Class())
    alike.set(reaction, [...(alike.get(reaction) ?? []), Class])
  }
  const rows = [...alike].map(([reaction, group]) => [
    group.map(wordsOf).join('<br>'),
    group.map((Class) => `\`${new Class().code}\``).join('<br>'),
    `${capitalised(reaction)}.`,
  ])
  return table(['Venice’s words contain', 'code', 'what the machine does'], rows)
}

/** The text that the class is recognised by, with what may be in between left open. */
const wordsOf = ({ match }: VeniceErrorClass): string => (match?.source ?? '').replace(/ ?\.(?:\*|\{0,\d+\})/g, ' … ')

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

function catalogue(folder: string): string {
  const rows = errorClassesIn(folder)
    .sort((a, b) => a.code.localeCompare(b.code, 'en'))
    .map(({ code, meaning, recovery, exit, hint }) => [
      `\`${code}\``,
      meaning,
      hint ?? '',
      RECOVERY[recovery],
      String(EXIT_CODES[exit]),
    ])
  return `# Troubleshooting

For people whose run has stopped: find the code of the failure below, and do what its row says. \`--json\` gives the code as
\`failure.code\`, with a message, a hint and facts.

<!-- Written by scripts/error-table.ts from the classes in src/errors; do not edit. -->

Run the same command again to resume the run, unless the hint says otherwise. Three commands find the cause:

- \`venice-onboard doctor\` checks every precondition.
- \`venice-onboard status --live\` shows what is recorded, and what the chain shows.
- \`venice-onboard inspect --report run.html\` writes the run as one file without secrets. Send it to whoever helps you.

## When Venice refuses to mint

${mintTable(GUIDE_ERRORS)}

When Venice asks for a signature over a SIWE message:

${mintTable(SIWE_ERRORS)}

## All failures

The machine first does what the fourth column says. The exit code is the one that a command ends with when that does not help,
or was tried as often as it may be.

${table(['code', 'what it means', 'what to do', 'what the machine does', 'exit'], rows)}
`
}

if (process.argv[1] === import.meta.filename) {
  const root = dirname(import.meta.dirname)
  process.exitCode = publish(root, errorFiles(root), process.argv)
}
