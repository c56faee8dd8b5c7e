/**
 * Runs the examples of `README.md` and of `docs`, so that they stay true, and looks up every command and option that they
 * and the skill name. A fenced `sh` block under `<!-- run -->`, or `<!-- run: exit 4 -->`, is run with `venice-onboard` on the
 * PATH; a `ts` block under `<!-- compile -->` is type-checked and run. Those of a page run in one empty directory, in order,
 * until one does otherwise than it says; then the exit code is 1.
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
 * @param program - what `venice-onboard` runs; default: the sources of `root`.
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

const sources = (root: string): string => `"${join(root, 'scripts/cli.mjs')}"`

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

/** What `--help` of a command lists. */
export interface Help {
  commands: ReadonlySet<string>
  options: ReadonlySet<string>
}

/** Reads the text that `--help` prints. */
export function helpFrom(text: string): Help {
  // Options stand under headings of their own; commands under one.
  const [, commands = ''] = /\nCommands:\n([\s\S]*?)(?:\n\n|$)/.exec(text) ?? []
  const leading = (section: string, pattern: RegExp) =>
    new Set(section.split('\n').flatMap((line) => pattern.exec(line)?.[1] ?? []))
  return { commands: leading(commands, /^ {2}([a-z][\w-]*)/), options: leading(text, /^ {2}(?:-\w, )?(--[\w-]+)/) }
}

/** Every command line of `venice-onboard` in the code of a Markdown text, without what it is piped to. */
const commandLinesIn = (markdown: string): string[] =>
  [...markdown.matchAll(/^```(?:sh|console)\n([\s\S]*?)^```$|`(venice-onboard [^`]+)`/gm)]
    .flatMap(([, block, inline]) => inline ?? (block ?? '').replaceAll('\\\n', ' ').split('\n'))
    .flatMap((line) => /(?<![./\w-])venice-onboard (?!sandbox-)([^|>&#]+)/.exec(line)?.[1] ?? [])

/**
 * The commands and options that a text names and the program does not have.
 *
 * @param help - of a command, by its words: `[]` is the program itself.
 */
export function unknownIn(markdown: string, help: (command: readonly string[]) => Help): string[] {
  const named = commandLinesIn(markdown).flatMap((line) => {
    const words = line.split(/\s+/).map((word) => word.replace(/[.,;:)'"]+$/, ''))
    const command: string[] = []
    for (const word of words.filter((candidate) => /^[a-z][\w-]*$/.test(candidate))) {
      if (!help(command).commands.has(word)) break
      command.push(word)
    }
    const [first = ''] = words
    const isUnknown = command.length === 0 && /^[a-z]/.test(first)
    const options = words.flatMap((word) => /^(--[a-z][\w-]*)/.exec(word)?.[1] ?? [])
    const wrong = options.filter((option) => option !== '--help' && !help(command).options.has(option))
    return isUnknown ? [first] : wrong.map((option) => [...command, option].join(' '))
  })
  return [...new Set(named)]
}

/** Asks the program for its help, once for each command. */
function helpOf(program: string): (command: readonly string[]) => Help {
  const known = new Map<string, Help>()
  return (command) => {
    const key = command.join(' ')
    const found = known.get(key)
    if (found !== undefined) return found
    const { stdout } = spawnSync('sh', ['-c', `"${process.execPath}" ${program} ${key} --help`], { encoding: 'utf8' })
    const help = helpFrom(stdout)
    known.set(key, help)
    return help
  }
}

if (process.argv[1] === import.meta.filename) {
  const root = dirname(import.meta.dirname)
  const program = `"${await buildProgram(outdir)}"`
  const help = helpOf(program)
  const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
  for (const path of ['README.md', 'skills/venice-onboard/SKILL.md', ...pages.map((name) => `docs/${name}`)]) {
    const text = readFileSync(join(root, path), 'utf8')
    const unknown = unknownIn(text, help).map((words) => `venice-onboard has no ${words}`)
    // The skill has a test of its own, which runs more than its examples.
    const problem = path.startsWith('skills/') ? null : runExamples(root, examplesIn(text), program)
    for (const what of [...unknown, ...(problem === null ? [] : [problem])]) {
      console.error(`${path}: ${what}`)
      process.exitCode = 1
    }
  }
  rmSync(outdir, { recursive: true, force: true })
}
