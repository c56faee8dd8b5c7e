/**
 * Compiles a user of every entry of the packed package, and all declarations that it reaches, with each TypeScript that is
 * supported: with and without Node's types, as Node and as bundlers resolve. `npm run types:matrix [5.4 …]`. It takes minutes.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { note, run, type Seen, today, versionIn, withPackage } from './packed.ts'

const root = dirname(import.meta.dirname)
const VERSIONS = ['5.4', '5.9', '6.0', '7.0']
const RESOLUTIONS = { nodenext: 'nodenext', bundler: 'esnext' } as const
/** What the users of an entry have installed. */
const PEERS = ['@opentelemetry/api@1.9.1']
const TYPES = {
  'with @types/node': {
    packages: ['@types/node@20.19.43', '@modelcontextprotocol/server@2.4.0'],
    options: { types: ['node'] },
  },
  'without @types/node': { packages: [], options: { types: [] } },
}

const wanted = process.argv.slice(2)
const versions = wanted.length > 0 ? wanted : VERSIONS
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: Record<string, unknown> }
const entries = Object.keys(exports).filter((entry) => !entry.endsWith('.json'))
const program = entries
  .map((entry, index) => `export * as entry${index} from 'venice-onboard${entry.slice(1)}'\n`)
  .join('')

let failed = 0
await withPackage(async ({ project }) => {
  const compilers = project(
    'compilers',
    versions.map((version) => `ts-${version}@npm:typescript@${version}`),
  )
  const works: string[] = []
  for (const [name, { packages, options }] of Object.entries(TYPES)) {
    const place = project(name.replaceAll(/\W/g, '-'), [...PEERS, ...packages])
    writeFileSync(join(place, 'index.ts'), program)
    for (const [moduleResolution, module] of Object.entries(RESOLUTIONS)) {
      const common = { target: 'ES2022', lib: ['ES2023', 'DOM'], strict: true, skipLibCheck: false, noEmit: true }
      const compilerOptions = { ...common, ...options, module, moduleResolution }
      writeFileSync(join(place, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['index.ts'] }))
      for (const version of versions) {
        const tsc = join(compilers, 'node_modules', `ts-${version}`, 'bin/tsc')
        const { code, output } = await run([process.execPath, tsc, '-p', '.'], { cwd: place })
        console.log(`TypeScript ${version}, ${moduleResolution}, ${name}: ${code === 0 ? 'no error' : `\n${output}`}`)
        if (code === 0) works.push(version)
        else failed += 1
      }
    }
  }
  const kinds = Object.keys(TYPES).length * Object.keys(RESOLUTIONS).length
  const seen = versions
    .filter((version) => works.filter((one) => one === version).length === kinds)
    .map(
      (version): Seen => ({
        name: 'TypeScript',
        version: versionIn(compilers, `ts-${version}`),
        on: today(),
        what: `all ${entries.length} entries with \`skipLibCheck: false\`, as \`nodenext\` and \`bundler\`, with and without \`@types/node\``,
      }),
    )
  if (wanted.length === 0 && failed === 0) note('types', seen)
})
process.exitCode = failed === 0 ? 0 : 1
