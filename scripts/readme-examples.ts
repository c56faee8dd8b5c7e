/**
 * Runs the examples of `README.md` and of `docs`, so that they stay true. A fenced `sh` block under `<!-- run -->`, or
 * `<!-- run: exit 4 -->`, is run with `venice-onboard` on the PATH; a `ts` block under `<!-- compile -->` is type-checked and
 * run. Those of a page run in one empty directory, in order, until one does otherwise than it says; then the exit code is 1.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { buildProgram, outdir } from '../test/support/build.ts'

export interface Example {
  language: 'sh' | 'ts'
  /** Of its fence, counted from 1. */
  line: number
  code: string
  exit: number
}

const MARKED = /^<!-- (?:run(?:: exit (?<exit>\d+))?|compile) -->\n```(?<language>sh|ts)\n(?<code>[\s\S]*?)^```$/gm

/** The marked examples of a Markdown text, in order. */
export const examplesIn = (markdown: string): Example[] =>
  [...markdown.matchAll(MARKED)].map(({ index, groups }) => ({
    language: groups?.language === 'ts' ? 'ts' : 'sh',
    line: markdown.slice(0, index).split('\n').length + 1,
    code: groups?.code ?? '',
    exit: Number(groups?.exit ?? 0),
  }))

/**
 * Runs `examples` against the program in `root`.
 *
 * Side effects: those of the examples. The directory they run in is removed; of the environment they see `PATH` alone.
 *
 * @param program - what `venice-onboard` runs; default: the sources, which take longer to start than a build.
 * @returns what the first one that failed did, or null.
 */
export function runExamples(root: string, examples: readonly Example[], program = sources(root)): string | null {
  const stage = mkdtempSync(join(tmpdir(), 'venice-onboard-examples-'))
  try {
    const place = prepare(root, stage, program)
    const typed = examples.filter(({ language }) => language === 'ts')
    if (typed.length > 0) {
      const { status, output } = checkTypes(typed, place)
      if (status !== 0) return `the types of an example are wrong (its line is in its name)\n${output}`
    }
    for (const example of examples) {
      const { status, output } = runExample(example, place)
      if (status !== example.exit) return `line ${example.line}: exit code ${status}, not ${example.exit}\n${output}`
    }
    return null
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}

interface Place {
  root: string
  stage: string
  cwd: string
  env: NodeJS.ProcessEnv
}

interface Ran {
  status: number | null
  output: string
}

const sources = (root: string): string => `--import "${import.meta.resolve('tsx')}" "${join(root, 'src/cli/main.ts')}"`

/** Makes the program a command and a package that is used from its sources, and an empty directory to work in. */
function prepare(root: string, stage: string, program: string): Place {
  const [bin, cwd] = [join(stage, 'bin'), join(stage, 'work')]
  for (const folder of [bin, cwd]) mkdirSync(folder)
  symlinkSync(join(root, 'node_modules'), join(stage, 'node_modules'))
  const command = `#!/bin/sh\nexec "${process.execPath}" ${program} "$@"\n`
  writeFileSync(join(bin, 'venice-onboard'), command, { mode: 0o755 })
  return { root, stage, cwd, env: { HOME: cwd, PATH: [bin, process.env.PATH].join(delimiter) } }
}

const fileOf = ({ line }: Example): string => `line-${line}.mts`

/** Compiles all of `examples` at once: the program they import is most of the work. */
function checkTypes(examples: readonly Example[], place: Place): Ran {
  const { root, stage } = place
  const paths = { 'venice-onboard': [join(root, 'src/index.ts')], 'venice-onboard/*': [join(root, 'src/*.ts')] }
  const files = examples.map(fileOf)
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions: { paths }, include: [], files }
  for (const example of examples) writeFileSync(join(stage, fileOf(example)), example.code)
  writeFileSync(join(stage, 'tsconfig.json'), JSON.stringify(config))
  return run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', stage], place)
}

function runExample(example: Example, place: Place): Ran {
  if (example.language === 'sh') return run('sh', ['-eu', '-c', example.code], place)
  const { root, stage } = place
  const tsx = [join(root, 'node_modules/tsx/dist/cli.mjs'), '--tsconfig', join(stage, 'tsconfig.json')]
  return run(process.execPath, [...tsx, join(stage, fileOf(example))], place)
}

function run(command: string, args: readonly string[], { cwd, env }: Place): Ran {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

if (process.argv[1] === import.meta.filename) {
  const root = dirname(import.meta.dirname)
  const program = `"${await buildProgram(outdir)}"`
  const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
  for (const path of ['README.md', ...pages.map((name) => `docs/${name}`)]) {
    const problem = runExamples(root, examplesIn(readFileSync(join(root, path), 'utf8')), program)
    if (problem === null) continue
    console.error(`${path}: ${problem}`)
    process.exitCode = 1
  }
  rmSync(outdir, { recursive: true, force: true })
}
