/**
 * Writes the table of hosts and runtimes in `docs/embedding.md` from `docs/places.json`, in which `npm run hosts`, `runtimes` and
 * `types:matrix` note what they have run. `--check` writes nothing.
 */
import { dirname } from 'node:path'
import { publish, table, withBlocks } from './generated.ts'
import { readPlaces } from './packed.ts'

const { hosts, runtimes, types } = readPlaces()
const rows = [...hosts, ...runtimes, ...types].map(({ name, version, what }) => [name, version, what])
const root = dirname(import.meta.dirname)
process.exitCode = publish(
  root,
  withBlocks(root, 'docs/embedding.md', { places: table(['', 'version', 'what ran'], rows) }),
  process.argv.slice(2),
)
