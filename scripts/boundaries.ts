/**
 * Holds the directions in which the parts of this program may import each other. Prints everything that goes another way
 * as `file:line: a → b: rule`, and exits 1 when there is something.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import ts from 'typescript'

interface Rule {
  /** Folders that may be imported from; `folder/*` is only the files directly in it. */
  from: readonly string[]
  packages?: readonly string[]
  /** Whether Node's own modules may be imported. */
  node?: boolean
}

const WORDS = ['src/domain', 'src/errors']

/** An adapter knows its own folder and the files that all adapters share. */
const adapter = (folder: string, packages: readonly string[] = []): Rule => ({
  from: [folder, 'src/adapters/*', 'src/ports', ...WORDS],
  packages: ['viem', 'ethers', 'zod', ...packages],
  node: true,
})

/** The longest key that covers a file is its rule. */
const RULES: Readonly<Record<string, Rule>> = {
  machines: { from: ['machines', ...WORDS], packages: ['xstate'] },
  'src/domain': { from: ['src/domain'] },
  'src/errors': { from: WORDS },
  'src/ports': { from: ['src/ports', ...WORDS] },
  // Before every signer: it builds what is signed by itself, without a library and without I/O.
  'src/gate': { from: ['src/gate', 'src/ports', ...WORDS] },
  'src/adapters/*': adapter('src/adapters/*'),
  'src/adapters/chain': adapter('src/adapters/chain', ['ws']),
  'src/adapters/signers': adapter('src/adapters/signers'),
  'src/adapters/sinks': adapter('src/adapters/sinks', ['ignore']),
  'src/adapters/locks': adapter('src/adapters/locks'),
  'src/adapters/stores': adapter('src/adapters/stores'),
  'src/adapters/venice': adapter('src/adapters/venice'),
  'src/diagram': { from: ['src/diagram'], packages: ['xstate'] },
  'src/driver': { from: ['src/driver', 'src/gate', 'machines', 'src/ports', ...WORDS], packages: ['xstate', 'zod'] },
  // Where a driver's records are kept, and who calls it again.
  'src/hosts': {
    from: ['src/hosts', 'src/driver', 'src/adapters/stores', 'machines', 'src/ports', ...WORDS],
    node: true,
  },
  'src/hosts/restate': {
    from: ['src/hosts/restate', 'src/driver', 'src/ports', ...WORDS],
    packages: ['@restatedev/restate-sdk'],
    node: true,
  },
  // A treasury that stakes for other wallets: its own machine, driven as the onboarding is.
  'src/sponsoring': {
    from: [
      'src/sponsoring',
      'src/hosts/file',
      'src/driver',
      'src/gate',
      'src/adapters/locks',
      'src/adapters/stores',
      'machines',
      'src/ports',
      ...WORDS,
    ],
    node: true,
  },
  // What a user can ask for, over ports.
  'src/operations': {
    from: [
      'src/operations',
      'src/sponsoring',
      'src/hosts/file',
      'src/driver',
      'src/gate',
      'src/adapters/locks',
      'src/adapters/stores',
      'machines',
      'src/ports',
      ...WORDS,
    ],
    node: true,
  },
  // Many wallets on Restate.
  'src/fleet': {
    from: [
      'src/fleet',
      'src/operations',
      'src/sponsoring',
      'src/hosts',
      'src/driver',
      'machines',
      'src/adapters/*',
      'src/ports',
      ...WORDS,
    ],
    packages: ['@restatedev/restate-sdk', 'zod'],
    node: true,
  },
  'src/sandbox': {
    from: ['src/sandbox', 'src/adapters/atomic-file.ts', ...WORDS],
    packages: ['viem', 'zod', 'jose', 'ws'],
    node: true,
  },
  // What programs call.
  'src/library': {
    from: [
      'src/library',
      'src/operations',
      'src/sponsoring',
      'src/hosts/file',
      'src/gate',
      'src/driver',
      'src/adapters',
      'machines',
      'src/ports',
      ...WORDS,
    ],
    packages: ['zod'],
    node: true,
  },
  // What models call.
  'src/agent': {
    from: [
      'src/agent',
      'src/library',
      'src/operations',
      'src/hosts/file',
      'src/driver',
      'src/adapters/locks',
      'src/version.ts',
      'machines',
      'src/ports',
      ...WORDS,
    ],
    packages: ['zod'],
    node: true,
  },
  // Loaded only for those who serve MCP.
  'src/agent/mcp': {
    from: ['src/agent', 'src/library', 'src/version.ts', ...WORDS],
    packages: ['@modelcontextprotocol/server', 'zod'],
  },
  'src/inspector': {
    from: ['src/inspector', 'src/diagram', 'src/driver', 'machines', ...WORDS],
    packages: ['xstate', 'zod'],
    node: true,
  },
  // These run in a browser, too.
  'src/inspector/layout': { from: ['src/inspector/layout', 'src/inspector/model', 'src/diagram'], packages: ['elkjs'] },
  'src/inspector/model': { from: ['src/inspector/model', 'src/inspector/layout', 'src/domain'] },
  'src/inspector/page': { from: ['src/inspector/page', 'src/inspector/model', 'src/inspector/layout', 'src/domain'] },
  // Looks at events alone. What it writes is never read by a run.
  'src/telemetry': {
    from: ['src/telemetry', 'src/driver', 'src/adapters/atomic-file.ts', 'src/version.ts', ...WORDS],
    packages: ['@opentelemetry/api'],
    node: true,
  },
  'src/cli': {
    from: ['src', 'machines'],
    packages: ['commander', '@clack/prompts', '@bomb.sh/tab', 'zod'],
    node: true,
  },
  'src/testing.ts': { from: ['src/sandbox', ...WORDS] },
  'src/*': {
    from: [
      'src/*',
      'machines',
      'src/adapters',
      'src/agent',
      'src/diagram',
      'src/driver',
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
  const signing = [...sources].flatMap(([file, text]) => signingCalls(file, text))
  return [
    ...misplaced,
    ...environment,
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

const environmentReads = (file: string, text: string): string[] =>
  covers('src/cli', file)
    ? []
    : text
        .split('\n')
        .flatMap((line, index) =>
          /\bprocess\.env\b/.test(line) ? [`${file}:${index + 1}: ${file} → process.env: only src/cli reads it`] : [],
        )

/** Where a signer may be asked: by the gate, by those that wrap one, and by the sandbox, whose wallets are its own. */
const MAY_SIGN = ['src/gate', 'src/adapters/signers', 'src/sandbox', 'src/errors']
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
