import { join, resolve } from 'node:path'
import { UnknownSinkError } from '../../errors/secrets.ts'
import type { KeySink } from '../../ports/key-sink.ts'
import type { Environment } from './child-env.ts'
import { envFileSink } from './env-file.ts'
import { execSink } from './exec.ts'
import { plainFileSink } from './file.ts'
import { veniceCliSink } from './venice-cli.ts'

interface SinkContext {
  /** Relative paths and commands start here. */
  cwd: string
  homeDir: string
  /** What commands inherit, without the wallet's secrets. */
  env: Environment
}

const SUPPORTED = ['env-file:F', 'file:F', 'exec:CMD', 'venice-cli']

/**
 * The sink that a `--save-key` value names. Touches nothing.
 *
 * @throws {UnknownSinkError}
 */
export function openSink(spec: string, { cwd, homeDir, env }: SinkContext): KeySink {
  const { kind, rest } = /^(?<kind>[^:]*):?(?<rest>.*)$/s.exec(spec)?.groups ?? {}
  // No shell expands a ~ that stands behind a colon.
  const path = (file: string): string => (file.startsWith('~/') ? join(homeDir, file.slice(2)) : resolve(cwd, file))
  if (kind === 'env-file' && rest) return envFileSink(spec, path(rest), env)
  if (kind === 'file' && rest) return plainFileSink(spec, path(rest), env)
  if (kind === 'exec' && rest) return execSink({ command: rest, cwd, env })
  if (spec === 'venice-cli') return veniceCliSink(homeDir, env)
  throw new UnknownSinkError({ spec, supported: SUPPORTED })
}
