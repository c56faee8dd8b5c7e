/**
 * Bundles the command: `npm run build` for the package, `scripts/cli.mjs` for a clone, `test/support/build.ts` for tests.
 * It is one program of few files, because Node takes longer to find and read some seven hundred modules than to run them.
 * The library is not bundled. The code is not minified: who trusts it with a key can read it.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { type OutputChunk, type Plugin, type RolldownOutput, rolldown } from 'rolldown'

const root = dirname(import.meta.dirname)
const ENTRY = join(root, 'src/cli/start.ts')

/**
 * Commands whose modules share a file: the first of them that needs a module, statically, has it. What only other commands
 * need is in files of their own.
 */
const LAYERS = {
  main: join(root, 'src/cli/main.ts'),
  start: join(root, 'src/cli/head-start.ts'),
  status: join(root, 'src/cli/commands/status.ts'),
  run: join(root, 'src/cli/commands/run.ts'),
  sandbox: join(root, 'src/cli/commands/sandbox.ts'),
}

/** Optional, or programs; and one package that ships no licence text. Found beside the bundle at run time. */
const OUTSIDE = [
  /^jose$/,
  /^@foundry-rs\//,
  /^@opentelemetry\//,
  /^@restatedev\//,
  /^elkjs(\/|$)/,
  /^@bomb\.sh\/tab(\/|$)/,
]

/** Licences that let their code be passed on inside a bundle with their notice. */
const PASSED_ON: ReadonlySet<string> = new Set(['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD'])
export const NOTICES = 'THIRD-PARTY-NOTICES.txt'

export interface BundleOptions {
  /** Beside the files, so that the stack of an error names our lines. Default false. */
  hasSourceMaps?: boolean
  plugins?: readonly Plugin[]
}

/**
 * Bundles the command into `outDir`, which is emptied first.
 *
 * @returns the file to run.
 * @throws {Error} a bundled package ships no licence text, or has a licence that we have not allowed.
 */
export async function bundle(
  outDir: string,
  { hasSourceMaps = false, plugins = [] }: BundleOptions = {},
): Promise<string> {
  const build = await rolldown({
    input: { 'venice-onboard': ENTRY },
    cwd: root,
    platform: 'node',
    external: OUTSIDE,
    plugins: [...plugins],
    preserveEntrySignatures: false,
    treeshake: {
      moduleSideEffects: [
        // Word lists of seven languages, which nothing asks for, count as an effect of loading them.
        { test: /node_modules[\\/]@scure[\\/]/, sideEffects: false },
      ],
    },
    onLog(level, { message }) {
      if (level === 'warn') throw new Error(message)
    },
  })
  const layers = layersOf(chunksOf(await build.generate({ format: 'esm' })))
  rmSync(outDir, { recursive: true, force: true })
  const written = await build.write({
    dir: outDir,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    sourcemap: hasSourceMaps,
    sourcemapExcludeSources: true,
    codeSplitting: {
      groups: [{ name: (id) => layers.get(id) ?? null, debugName: 'layers' }],
      includeDependenciesRecursively: false,
    },
  })
  await build.close()
  writeFileSync(join(outDir, NOTICES), notices(chunksOf(written)))
  return join(outDir, 'venice-onboard.js')
}

const chunksOf = ({ output }: RolldownOutput): OutputChunk[] => output.filter((one) => one.type === 'chunk')

/**
 * The layer that each module is in, of a bundle without layers: which modules a file needs once unused code is gone can be
 * read from nothing else.
 */
function layersOf(chunks: readonly OutputChunk[]): ReadonlyMap<string, string> {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]))
  const layers = new Map<string, string>()
  for (const [layer, entry] of Object.entries(LAYERS)) {
    const needed = new Set(chunks.filter(({ facadeModuleId }) => facadeModuleId === entry))
    for (const { imports } of needed)
      for (const chunk of imports.flatMap((name) => byName.get(name) ?? [])) needed.add(chunk)
    for (const id of [...needed].flatMap(({ moduleIds }) => moduleIds))
      if (!layers.has(id) && (layer !== 'sandbox' || isOfSandbox(id))) layers.set(id, layer)
  }
  return layers
}

/** What else the sandbox needs may be needed by others, who must not load the sandbox and its optional packages for it. */
const isOfSandbox = (id: string): boolean => /[\\/]src[\\/](?:sandbox|cli[\\/]commands)[\\/]/.test(id)

/** The licences of the packages that `chunks` contain, in the order of their names. */
function notices(chunks: readonly OutputChunk[]): string {
  const folders = new Set(
    chunks.flatMap(({ modules }) =>
      Object.entries(modules).flatMap(([id, { renderedLength }]) => (renderedLength > 0 ? (packageOf(id) ?? []) : [])),
    ),
  )
  const texts = [...folders].map(noticeOf)
  return `The command contains code of these packages.\n${texts.sort().join('')}`
}

/** The folder of the package that a module is of, or null for our own. */
function packageOf(id: string): string | null {
  const words = relative(root, id).split(sep)
  const at = words.lastIndexOf('node_modules')
  if (at === -1) return null
  return join(root, ...words.slice(0, at + (words[at + 1]?.startsWith('@') ? 3 : 2)))
}

function noticeOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  if (!PASSED_ON.has(license) || file === undefined)
    throw new Error(`${name} cannot be bundled: licence ${license}, text ${file ?? 'missing'}. Leave it outside.`)
  const text = readFileSync(join(folder, file), 'utf8').trim()
  const notice = join(folder, 'NOTICE')
  const more = existsSync(notice) ? `\n\n${readFileSync(notice, 'utf8').trim()}` : ''
  return `\n\n${name} ${version} (${license})\n\n${text}${more}\n`
}

if (process.argv[1] === import.meta.filename) {
  const [, , outDir = join(root, 'dist/cli'), option] = process.argv
  await bundle(outDir, { hasSourceMaps: option === '--source-maps' })
}
