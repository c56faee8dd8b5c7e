import { dirname, join, resolve } from 'node:path'
import { UnknownSinkError } from '../../errors/sink.ts'
import type { KeySink } from '../../ports/key-sink.ts'
import type { Environment } from '../child-env.ts'
import { envFileSink } from './env-file.ts'
import { execSink } from './exec.ts'
import { plainFileSink } from './file.ts'
import { veniceCliSink } from './venice-cli.ts'

interface SinkContext {
  /** Relative paths and commands start here. */
  cwd: string
  homeDir: string
  /** The environment of commands; the wallet's secrets are removed. */
  env: Environment
  /** Absolute: the run's own directory. A sink file in it may create it. */
  ownDirectory?: string
}

const SUPPORTED = ['env-file:F', 'file:F', 'exec:CMD', 'venice-cli']

/** A file in a run's own directory, which gets the key when no other sink works. `directory` is absolute. */
export const lastResortSink = (directory: string, env: Environment): KeySink => {
  const path = join(directory, 'api-key')
  return { ...plainFileSink(`file:${path}`, path, env, { ownsDirectory: true }), isLastResort: true }
}

/**
 * The sinks in `specs`, in order, then the last resort. Duplicates count once. Reads and changes no files.
 *
 * @throws {UnknownSinkError}
 */
export function openSinks(
  specs: readonly [string, ...string[]],
  lastResort: KeySink,
  context: SinkContext,
): { sink: KeySink; fallbackSinks: KeySink[] } {
  const [first, ...others] = specs
  const places = new Set([placeOf(first, context)])
  const isNew = (name: string) => places.size < places.add(placeOf(name, context)).size
  return {
    sink: openSink(first, context),
    fallbackSinks: [
      ...others.filter(isNew).map((spec) => openSink(spec, context)),
      ...[lastResort].filter(({ name }) => isNew(name)),
    ],
  }
}

/** The same text for every spelling of one place. */
function placeOf(spec: string, context: SinkContext): string {
  const file = /^(?:env-)?file:(.+)$/s.exec(spec)?.[1]
  return file === undefined ? spec : pathOf(file, context)
}

/** Shells do not expand a ~ after a colon. */
const pathOf = (file: string, { cwd, homeDir }: SinkContext): string =>
  file.startsWith('~/') ? join(homeDir, file.slice(2)) : resolve(cwd, file)

/**
 * The sink that a `--save-key` value names. Reads and changes no files.
 *
 * @throws {UnknownSinkError}
 */
export function openSink(spec: string, context: SinkContext): KeySink {
  const { cwd, homeDir, env } = context
  const { kind, rest } = /^(?<kind>[^:]*)(?::(?<rest>.*))?$/s.exec(spec)?.groups ?? {}
  if (kind === 'env-file' && rest) return envFileSink(spec, pathOf(rest, context), env)
  if (kind === 'file' && rest) {
    const path = pathOf(rest, context)
    return plainFileSink(spec, path, env, { ownsDirectory: dirname(path) === context.ownDirectory })
  }
  if (kind === 'exec' && rest) return execSink({ command: rest, cwd, env })
  if (spec === 'venice-cli') return veniceCliSink(homeDir, env)
  throw new UnknownSinkError({ spec, supported: SUPPORTED })
}
