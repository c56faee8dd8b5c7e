/**
 * Holds the directions in which the parts of this program may import each other. Prints everything that goes another way
 * as `file:line: a → b: rule`, and exits 1 when there is something.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import ts from 'typescript'

interface Rule {
  /** What the folder is for, as one phrase; `docs/architecture.md` shows it. */
  is: string
  /** Folders that may be imported from; `folder/*` is only the files directly in it. */
  from: readonly string[]
  packages?: readonly string[]
  /** Whether Node's own modules may be imported. */
  node?: boolean
}

const WORDS = ['src/domain', 'src/errors']

/** What drives a recorded run under its lock. */
const LOCKED_RECORDS = [
  'src/hosts/file',
  'src/driver',
  'src/gate',
  'src/adapters/locks',
  'src/adapters/stores',
  'machines',
  'src/ports',
  ...WORDS,
]

/** An adapter knows its own folder and the files that all adapters share. */
const adapter = (folder: string, is: string, packages: readonly string[] = []): Rule => ({
  is,
  from: [folder, 'src/adapters/*', 'src/ports', ...WORDS],
  packages: ['viem', 'ethers', 'zod', ...packages],
  node: true,
})

/** The longest key that covers a file is its rule. */
export const RULES: Readonly<Record<string, Rule>> = {
  machines: {
    is: 'the XState charts of onboarding and sponsoring, their contexts, guards and effect contracts',
    from: ['machines', ...WORDS],
    packages: ['xstate'],
  },
  'src/domain': {
    is: 'words and arithmetic without I/O: amounts, attempts, budget, plan, payment, funding',
    from: ['src/domain'],
  },
  'src/errors': { is: 'one class per documented failure, in the file that its code begins with', from: WORDS },
  'src/ports': {
    is: 'what the driver needs from outside, as types: chain, Venice, signer, key sink, run store, clock',
    from: ['src/ports', ...WORDS],
  },
  'src/gate': {
    is: 'stands before every signer: builds what may be signed itself, without a library and without I/O',
    from: ['src/gate', 'src/ports', ...WORDS],
  },
  'src/adapters/*': adapter(
    'src/adapters/*',
    'what all adapters share: clock, small and atomic files, environment of child processes',
  ),
  'src/adapters/chain': adapter(
    'src/adapters/chain',
    'Base over JSON-RPC: reads, drafts, broadcast, watching, several endpoints',
    ['ws'],
  ),
  'src/adapters/signers': adapter(
    'src/adapters/signers',
    'private key, keystore, command, and the wallets of other libraries',
  ),
  'src/adapters/sinks': adapter(
    'src/adapters/sinks',
    'where a minted key goes: env file, file, command, Venice CLI, callback',
    ['ignore'],
  ),
  'src/adapters/locks': adapter('src/adapters/locks', 'one process per wallet, and what all of them have paid'),
  'src/adapters/stores': adapter('src/adapters/stores', 'run records in files; the secret that seals them'),
  'src/adapters/venice': adapter('src/adapters/venice', 'Venice over HTTP, and its replies as errors'),
  'src/diagram': {
    is: 'a machine as a graph, and as Mermaid, DOT, SCXML and Stately JSON',
    from: ['src/diagram'],
    packages: ['xstate'],
  },
  'src/driver': {
    is: 'drives a machine durably; makes effects of ports; the envelope that a run is stored as',
    from: ['src/driver', 'src/gate', 'machines', 'src/ports', ...WORDS],
    packages: ['xstate', 'zod'],
  },
  'src/hosts': {
    is: 'where records of a driver are kept: a run store here, Restate below',
    from: ['src/hosts', 'src/driver', 'src/adapters/locks', 'src/adapters/stores', 'machines', 'src/ports', ...WORDS],
    node: true,
  },
  'src/hosts/restate': {
    is: 'the host for Restate, whose journal is the record',
    from: ['src/hosts/restate', 'src/driver', 'src/ports', ...WORDS],
    packages: ['@restatedev/restate-sdk'],
    node: true,
  },
  'src/sponsoring': {
    is: 'a treasury that stakes for other wallets: its own machine, driven as the onboarding is',
    from: ['src/sponsoring', ...LOCKED_RECORDS],
    node: true,
  },
  'src/operations': {
    is: 'what a user can ask for, over ports: run, plan, adopt, revoke, rotate, reclaim, checks',
    from: ['src/operations', 'src/sponsoring', ...LOCKED_RECORDS],
    node: true,
  },
  'src/fleet': {
    is: 'many wallets on Restate: worker, treasury, budget, rate limits, lists',
    from: [
      'src/fleet',
      'src/operations',
      'src/sponsoring',
      'src/hosts',
      'src/compose',
      'src/driver',
      'machines',
      'src/adapters',
      'src/ports',
      ...WORDS,
    ],
    packages: ['@restatedev/restate-sdk', 'zod'],
    node: true,
  },
  'src/sandbox': {
    is: 'a local chain with the real contracts, a local Venice, scripted faults, endpoint profiles',
    from: ['src/sandbox', 'src/adapters/atomic-file.ts', ...WORDS],
    packages: ['viem', 'zod', 'jose', 'ws'],
    node: true,
  },
  'src/library': {
    is: 'what programs call: `onboard`, `createRun`, `sponsorAgents`, their options',
    from: [
      'src/library',
      'src/operations',
      'src/sponsoring',
      'src/hosts/file',
      'src/compose',
      'src/driver',
      'src/adapters',
      'machines',
      'src/ports',
      ...WORDS,
    ],
    packages: ['zod'],
    node: true,
  },
  'src/agent': {
    is: 'what models call: tools with caps and approval',
    from: [
      'src/agent',
      'src/library',
      'src/operations',
      'src/hosts/file',
      'src/driver',
      'src/adapters/locks',
      'machines',
      'src/ports',
      ...WORDS,
    ],
    packages: ['zod'],
    node: true,
  },
  'src/gateway': {
    is: 'what pays for calls to Venice: a fetch, and an endpoint on loopback',
    from: [
      'src/gateway',
      'src/library',
      'src/operations',
      'src/gate',
      'src/hosts/file',
      'src/driver',
      'src/adapters',
      'src/ports',
      ...WORDS,
    ],
    node: true,
  },
  'src/agent/mcp': {
    is: 'the same tools over MCP; loaded only by those who serve it',
    from: ['src/agent', 'src/library', ...WORDS],
    packages: ['@modelcontextprotocol/server', 'zod'],
  },
  'src/inspector': {
    is: 'the live page of a run, its server, and the report in one file',
    from: ['src/inspector', 'src/diagram', 'src/driver', 'machines', ...WORDS],
    packages: ['xstate', 'zod'],
    node: true,
  },
  'src/inspector/layout': {
    is: 'lays the chart out; runs in a browser, too',
    from: ['src/inspector/layout', 'src/inspector/model', 'src/diagram'],
    packages: ['elkjs'],
  },
  'src/inspector/model': {
    is: 'what the page shows, as data; runs in a browser, too',
    from: ['src/inspector/model', 'src/inspector/layout', 'src/domain'],
  },
  'src/inspector/page': {
    is: 'the page itself, in the browser',
    from: ['src/inspector/page', 'src/inspector/model', 'src/inspector/layout', 'src/domain'],
  },
  'src/telemetry': {
    is: 'metrics and traces made of events; a run never reads what it writes',
    from: ['src/telemetry', 'src/driver', 'src/adapters/*', ...WORDS],
    packages: ['@opentelemetry/api'],
    node: true,
  },
  'src/compose': {
    is: 'the one place that makes ports of adapters, for command line, library and fleet',
    from: ['src/compose', 'src/gate', 'src/driver', 'src/adapters', 'src/ports', ...WORDS],
  },
  'src/cli': {
    is: 'commands, options, output and exit codes; the only reader of the environment',
    from: ['src', 'machines'],
    packages: ['commander', '@clack/prompts', '@bomb.sh/tab', 'zod'],
    node: true,
  },
  'src/machine.ts': {
    is: 'the machine and its driver, without a module of Node',
    from: ['machines', 'src/driver', 'src/ports', ...WORDS],
  },
  'src/testing.ts': {
    is: 'the sandbox and the suites of the ports, for tests of other programs',
    from: ['src/sandbox', 'src/suites', 'src/ports', ...WORDS],
  },
  'src/suites': {
    is: 'what every run store, key sink and signer does, as tests for any runner',
    from: ['src/suites', 'src/ports', ...WORDS],
    packages: ['viem'],
    node: true,
  },
  'src/*': {
    is: 'one entry file per subpath of the package',
    from: [
      'src/*',
      'machines',
      'src/adapters',
      'src/agent',
      'src/diagram',
      'src/driver',
      'src/gateway',
      'src/hosts',
      'src/inspector',
      'src/library',
      'src/operations',
      'src/ports',
      'src/sponsoring',
      'src/telemetry',
      ...WORDS,
    ],
  },
}

interface Import {
  file: string
  line: number
  /** A path from the root, or the name of a package. */
  target: string
}

/** What is wrong with `sources`, which are texts by path from the root; one line each. */
export function violationsIn(sources: ReadonlyMap<string, string>): string[] {
  const imports = [...sources].flatMap(([file, text]) => importsOf(file, text))
  const misplaced = imports.flatMap((found) => {
    const rule = brokenRule(found)
    return rule === null ? [] : [`${where(found)}: ${rule}`]
  })
  const environment = [...sources].flatMap(([file, text]) => environmentReads(file, text))
  const composing = imports.flatMap((found) =>
    isComposedElsewhere(found) ? [`${where(found)}: only src/compose makes a port of it`] : [],
  )
  const parsing = imports.flatMap((found) =>
    isParsedElsewhere(found) ? [`${where(found)}: only files that parse the command line know its options`] : [],
  )
  const signing = [...sources].flatMap(([file, text]) => signingCalls(file, text))
  return [
    ...misplaced,
    ...environment,
    ...composing,
    ...parsing,
    ...signing,
    ...cyclesIn(imports).map((found) => `${where(found)}: this closes a circle`),
  ]
}

const where = ({ file, line, target }: Import): string => `${file}:${line}: ${file} → ${target}`

const importsOf = (file: string, text: string): Import[] =>
  ts.preProcessFile(text, true, true).importedFiles.map(({ fileName, pos }) => ({
    file,
    line: text.slice(0, pos).split('\n').length,
    target: fileName.startsWith('.') ? join(dirname(file), fileName) : fileName,
  }))

function brokenRule({ file, target }: Import): string | null {
  const [folder, rule] = ruleOf(file) ?? []
  if (folder === undefined || rule === undefined) return 'no rule says what this folder may import'
  if (/^(src|machines)\//.test(target)) {
    return rule.from.some((allowed) => covers(allowed, target))
      ? null
      : `${folder} may import from ${rule.from.join(', ')}`
  }
  if (target.startsWith('node:')) return rule.node === true ? null : `${folder} runs without Node`
  const { packages = [] } = rule
  return packages.some((name) => covers(name, target))
    ? null
    : `${folder} may use ${packages.join(', ') || 'no package'}`
}

const ruleOf = (file: string): [string, Rule] | undefined =>
  Object.entries(RULES)
    .filter(([folder]) => covers(folder, file))
    .sort(([a], [b]) => b.length - a.length)[0]

const covers = (folder: string, path: string): boolean =>
  folder.endsWith('/*') ? dirname(path) === folder.slice(0, -2) : path === folder || path.startsWith(`${folder}/`)

/** Adapters that know endpoints: who makes them says where money and keys go. The core hands them out. */
const COMPOSED = ['src/adapters/chain/create-chain.ts', 'src/adapters/venice/client.ts']
const MAY_COMPOSE = ['src/compose', 'src/core.ts', 'src/adapters']

const isComposedElsewhere = ({ file, target }: Import): boolean =>
  COMPOSED.includes(target) && !MAY_COMPOSE.some((place) => covers(place, file))

/** Options as commander reads them; whatever goes on of them is a request. */
const RAW_OPTIONS = ['src/cli/flags.ts', 'src/cli/options.ts', 'src/cli/request-of.ts', 'src/cli/fleet-request-of.ts']
const MAY_PARSE = /^src\/cli\/(?:main|help|completion|[a-z]+-commands|(?:fleet-)?request-of)\.ts$/

const isParsedElsewhere = ({ file, target }: Import): boolean => RAW_OPTIONS.includes(target) && !MAY_PARSE.test(file)

const environmentReads = (file: string, text: string): string[] =>
  covers('src/cli', file)
    ? []
    : text
        .split('\n')
        .flatMap((line, index) =>
          /\bprocess\.env\b/.test(line) ? [`${file}:${index + 1}: ${file} → process.env: only src/cli reads it`] : [],
        )

/** Where a signer may be asked: by the gate, by those that wrap one, and by the sandbox, whose wallets are its own. */
const MAY_SIGN = ['src/gate', 'src/adapters/signers', 'src/sandbox', 'src/suites', 'src/errors']
/** The methods of the port `Signer` that sign, asked for or taken from it. */
const SIGNS = /\b(?:signMessage|signTransaction|signPayment)\b|\bsending\??\.send\b/

/** A signature around the gate is one that nobody has checked. */
const signingCalls = (file: string, text: string): string[] =>
  [...MAY_SIGN, 'src/ports'].some((folder) => covers(folder, file))
    ? []
    : text
        .split('\n')
        .flatMap((line, index) =>
          SIGNS.test(line) && !/^\s*(?:\*|\/\/|\/\*)/.test(line)
            ? [`${file}:${index + 1}: ${file} → signer: only src/gate asks a signer`]
            : [],
        )

/** The imports that close a circle of files, found depth first. */
function cyclesIn(imports: readonly Import[]): Import[] {
  const byFile = new Map<string, Import[]>()
  for (const found of imports) byFile.set(found.file, [...(byFile.get(found.file) ?? []), found])
  const done = new Set<string>()
  const visit = (file: string, trail: ReadonlySet<string>): Import[] => {
    if (done.has(file)) return []
    const on = new Set([...trail, file])
    const closing = (byFile.get(file) ?? []).flatMap((found) =>
      on.has(found.target) ? [found] : visit(found.target, on),
    )
    done.add(file)
    return closing
  }
  return [...byFile.keys()].flatMap((file) => visit(file, new Set()))
}

/** Every TypeScript file of the program, by its path from `root`. */
function sourcesIn(root: string): Map<string, string> {
  const paths = ['machines', 'src'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  )
  const files = paths.filter((path) => path.endsWith('.ts'))
  return new Map(files.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
}

if (process.argv[1] === import.meta.filename) {
  const violations = violationsIn(sourcesIn(dirname(import.meta.dirname)))
  for (const violation of violations) console.error(violation)
  process.exitCode = violations.length > 0 ? 1 : 0
}
