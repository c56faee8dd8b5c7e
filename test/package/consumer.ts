import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { bundle } from '../../scripts/bundle.ts'

const root = dirname(dirname(import.meta.dirname))
const run = promisify(execFile)

export interface Ran {
  code: number
  stdout: string
  stderr: string
}

/** A project with only the packed package, its dependencies and `packages`. */
export interface Consumer {
  readonly folder: string
  write(name: string, text: string): void
  /** Compiles `files` and returns TypeScript's errors. `emits`: writes JavaScript next to them. */
  compile(
    files: readonly string[],
    options: { moduleResolution: 'nodenext' | 'bundler'; emits?: boolean },
  ): Promise<string>
  node(words: readonly string[], env?: Record<string, string>): Promise<Ran>
}

export interface Packed {
  /** Paths in the tarball. */
  readonly files: readonly string[]
  consumer(packages?: readonly string[]): Consumer
  dispose(): void
}

/** Builds the package from its sources and packs it, as `npm publish` would. */
export async function pack(): Promise<Packed> {
  const stage = mkdtempSync(join(tmpdir(), 'venice-onboard-package-'))
  const built = join(stage, 'built')
  mkdirSync(built)
  for (const name of ['package.json', 'README.md', 'LICENSE', 'skills']) {
    cpSync(join(root, name), join(built, name), { recursive: true })
  }
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const words = [tsc, '--project', join(root, 'scripts/tsconfig.build.json'), '--outDir', join(built, 'dist')]
  // `npm run types` reports type errors of the sources.
  await run(process.execPath, words).catch(() => {})
  await bundle(join(built, 'dist/cli'))
  const packing = ['pack', '--json', '--ignore-scripts', '--pack-destination', stage]
  const { stdout } = await run('npm', packing, { cwd: built, maxBuffer: 64 * 1024 * 1024 })
  const [packed] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[]
  if (packed === undefined) throw new Error('npm packed nothing.')
  await run('tar', ['-xzf', join(stage, packed.filename), '-C', stage])
  let made = 0
  return {
    files: packed.files.map(({ path }) => path),
    consumer(packages = []) {
      made += 1
      return consumerIn(join(stage, `consumer-${made}`), join(stage, 'package'), packages)
    },
    dispose: () => rmSync(stage, { recursive: true, force: true }),
  }
}

function consumerIn(folder: string, unpacked: string, packages: readonly string[]): Consumer {
  const modules = join(folder, 'node_modules')
  mkdirSync(modules, { recursive: true })
  cpSync(unpacked, join(modules, 'venice-onboard'), { recursive: true })
  const { dependencies } = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  for (const name of [...Object.keys(dependencies), '@types/node', ...packages]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  write('package.json', JSON.stringify({ name: 'consumer', type: 'module', private: true }))
  const start = async (words: readonly string[], env: Record<string, string> = {}): Promise<Ran> => {
    // The key of the previous example belongs to another wallet.
    rmSync(join(folder, '.env'), { force: true })
    const options = { cwd: folder, env: { PATH: process.env.PATH, HOME: folder, ...env } }
    try {
      const running = run(process.execPath, [...words], options)
      // Nothing comes on stdin.
      running.child.stdin?.end()
      return { code: 0, ...(await running) }
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
      return { code, stdout, stderr }
    }
  }
  return {
    folder,
    write,
    node: start,
    async compile(files, { moduleResolution, emits = false }) {
      const compilerOptions = {
        target: 'ES2023',
        lib: ['ES2023'],
        types: ['node'],
        module: moduleResolution === 'bundler' ? 'esnext' : 'nodenext',
        moduleResolution,
        strict: true,
        // Some frameworks' own types do not pass it.
        skipLibCheck: emits,
        declaration: true,
        noEmit: !emits,
      }
      write('tsconfig.json', JSON.stringify({ compilerOptions, files }))
      const { stdout } = await start([join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json'])
      return stdout
    },
  }
}
