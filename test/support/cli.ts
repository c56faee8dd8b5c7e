import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { onTestFinished } from 'vitest'
import type { ShownResult } from '../../src/cli/told.ts'
import type { Rendered } from '../../src/domain/next-action.ts'
import type { ProgressEvent, RunEvent, TransitionEvent } from '../../src/driver/events.ts'

/** Absolute, because every run has its own working directory. */
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
/** The sources, through tsx: slower, but module by module. */
const SOURCES = ['--import', LOADER, fileURLToPath(new URL('../../src/cli/start.ts', import.meta.url))]
/** The build of `build.ts`. */
const PROGRAM = [process.env.VENICE_ONBOARD_TEST_PROGRAM ?? '']

export interface CliOptions {
  cwd: string
  /** In addition to PATH and an empty HOME. */
  env?: Record<string, string>
  /** Modules loaded before the program, as absolute paths. */
  preload?: readonly string[]
  /** Runs the sources instead of the build. Default false. */
  fromSources?: boolean
  /** Arguments of a program that runs it, such as a tracer. */
  under?: readonly string[]
}

/** The result of a process. */
export interface CliRun {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  /** The result of the command: the object of `--json`, or the last line of `--ndjson`. */
  json: CliJson
}

// biome-ignore lint/suspicious/noExplicitAny: programs read these objects without our types, and so do the tests
export type CliJson = Partial<Rendered<ShownResult>> & Record<string, any>

/** A running command. */
export interface RunningCli {
  readonly pid: number
  /** Resolves when the process has ended and all its output was read. */
  readonly done: Promise<CliRun>
  /** The first matching line, already printed or later. Rejects when the process ends without one. */
  line(fits: (line: string) => boolean): Promise<string>
  /** The first matching event of `--ndjson`. */
  event(fits: (event: CliEvent) => boolean): Promise<CliEvent>
  /** Sends a signal and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<CliRun>
}

export type CliEvent = RunEvent | ({ type: 'result' } & CliJson)

export const isAt =
  (state: string) =>
  (event: CliEvent): event is TransitionEvent =>
    event.type === 'transition' && event.to === state

export const isDoing =
  (effect: ProgressEvent['effect']) =>
  (event: CliEvent): event is ProgressEvent =>
    event.type === 'progress' && event.effect === effect

/** The arguments that run the program, with modules that are loaded before it. */
const program = ({ preload = [], fromSources = false }: CliOptions): string[] => [
  ...preload.flatMap((path) => ['--import', pathToFileURL(path).href]),
  ...(fromSources ? SOURCES : PROGRAM),
]

/** Runs a command to its end. */
export const runCli = (args: readonly string[], options: CliOptions): Promise<CliRun> => startCli(args, options).done

/** Starts a command. It is killed when the test ends first. */
export function startCli(args: readonly string[], options: CliOptions): RunningCli {
  const { cwd, env = {}, under = [] } = options
  const [command = '', ...words] = [...under, process.execPath, ...program(options), ...args]
  const child = spawn(command, words, {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines = readLines(child)
  const done = finish(child)
  const ended = done.then(({ code, signal, stdout, stderr }) => {
    throw new Error(`It ended first (${code ?? signal}):\n${stdout}\n${stderr}`)
  })
  ended.catch(() => {})
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await done
  })
  const line = (fits: (line: string) => boolean) => Promise.race([lines.first(fits), ended])
  return {
    pid: child.pid ?? 0,
    done,
    line,
    event: async (fits) => JSON.parse(await line((text) => text.startsWith('{') && fits(JSON.parse(text)))) as CliEvent,
    kill(signal) {
      child.kill(signal)
      return done
    },
  }
}

/** Every line of both streams, including lines printed before the call. */
function readLines({ stdout, stderr }: ChildProcess) {
  const seen: string[] = []
  const waiting = new Set<(line: string) => void>()
  for (const input of [stdout, stderr]) {
    if (input === null) continue
    createInterface({ input }).on('line', (line) => {
      seen.push(line)
      for (const notice of waiting) notice(line)
    })
  }
  return {
    first: (fits: (line: string) => boolean): Promise<string> =>
      new Promise((resolve) => {
        const found = seen.find(fits)
        if (found !== undefined) return resolve(found)
        const notice = (line: string) => {
          if (!fits(line)) return
          waiting.delete(notice)
          resolve(line)
        }
        waiting.add(notice)
      }),
  }
}

async function finish(child: ChildProcess): Promise<CliRun> {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, signal, stdout, stderr, json: lastObject(stdout) }
}

function lastObject(stdout: string): CliJson {
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  return last.startsWith('{') && last.endsWith('}') ? (JSON.parse(last) as CliJson) : {}
}

/** All events of a finished `--ndjson` run, the result included. */
export const eventsOf = ({ stdout }: Pick<CliRun, 'stdout'>): CliEvent[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CliEvent)

/** The states a finished `--ndjson` run went through, in order. */
export const pathOf = (run: Pick<CliRun, 'stdout'>): string[] =>
  eventsOf(run).flatMap((event) => (event.type === 'transition' ? [event.to] : []))
