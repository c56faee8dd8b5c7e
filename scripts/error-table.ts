/**
 * Writes `docs/troubleshooting.md`, the catalogue of errors, and the block `errors` of `README.md`, what the machine does about
 * Venice's documented refusals. `--check` writes nothing and exits 1, naming what differs.
 */
import { dirname, join } from 'node:path'
import { EXIT_CODES } from '../src/cli/exit-codes.ts'
import type { Recovery } from '../src/errors/base.ts'
import { REPLY_ERRORS, type VeniceErrorClass } from '../src/errors/venice/all.ts'
import { errorClassesIn } from './error-classes.ts'
import { type Generated, publish, table, withBlocks } from './generated.ts'
import { mintReaction } from './mint-reactions.ts'

const RECOVERY: Record<Recovery, string> = {
  retry: 'backs off, then tries the same again',
  refreshToken: 'fetches a new challenge',
  signAgain: 'signs the same challenge again',
  stake: 'stakes, or waits until Venice sees the stake',
  resolveMint: 'makes sure of the key that was, or may have been, made',
  replan: 'looks at the chain again and plans anew',
  unblock: 'raises fees under the same nonce, or fills the nonce before it',
  fund: 'stops until the wallet has funds; waits under `--wait-for-funds`',
  fixInput: 'stops; what was given has to be mended',
  refuse: 'stops before anything is signed',
  stop: 'stops',
}

/** Rows of the guide's table, and of the SIWE form's; `REPLY_ERRORS` begins with them. */
export const GUIDE_ERRORS = REPLY_ERRORS.slice(0, 8)
export const SIWE_ERRORS = REPLY_ERRORS.slice(8, 14)

/** The files this script writes, as they are to be. */
export const errorFiles = (root: string): Generated[] => [
  { path: 'docs/troubleshooting.md', text: catalogue(join(root, 'src/errors')) },
  ...withBlocks(root, 'README.md', { errors: mintTables() }),
]

const mintTables = (): string => `${mintTable(GUIDE_ERRORS)}

When Venice asks for a signature over a SIWE message:

${mintTable(SIWE_ERRORS)}

All errors, with what to do and their exit codes: [docs/troubleshooting.md](docs/troubleshooting.md).`

const mintTable = (classes: readonly VeniceErrorClass[]): string =>
  table(
    ['Venice’s words contain', 'code', 'what the machine does'],
    classes.map((Class) => {
      const error = new Class()
      return [wordsOf(Class), `\`${error.code}\``, `${capitalised(mintReaction(error))}.`]
    }),
  )

/** The text that the class is recognised by, with what may be in between left open. */
const wordsOf = ({ match }: VeniceErrorClass): string => (match?.source ?? '').replaceAll('.*', '… ')

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

function catalogue(folder: string): string {
  const rows = errorClassesIn(folder)
    .sort((a, b) => a.code.localeCompare(b.code, 'en'))
    .map(({ code, meaning, recovery, exit, hint }) => [
      `\`${code}\``,
      meaning,
      hint ?? 'As the message says.',
      RECOVERY[recovery],
      String(EXIT_CODES[exit]),
    ])
  return `# Troubleshooting

<!-- Written by scripts/error-table.ts from the classes in src/errors; do not edit. -->

Every failure has a code, which \`--json\` gives as \`failure.code\` beside a message, a hint and facts. The same command goes on
from what is recorded, unless the hint says otherwise. What the machine does by itself comes first; the last column is the exit
code when that does not help, or has been tried as often as it may be.

\`venice-onboard doctor\` checks every precondition, \`venice-onboard status --live\` shows what is recorded and on chain, and
\`venice-onboard inspect --report run.html\` writes a run, without secrets, as one file to send to whom you ask for help.

${table(['code', 'what it means', 'what to do', 'what the machine does', 'exit'], rows)}
`
}

if (process.argv[1] === import.meta.filename) {
  const root = dirname(import.meta.dirname)
  process.exitCode = publish(root, errorFiles(root), process.argv)
}
