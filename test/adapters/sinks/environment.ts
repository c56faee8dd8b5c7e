import { join } from 'node:path'
import { openSink } from '../../../src/adapters/sinks/parse.ts'
import type { KeySink } from '../../../src/ports/key-sink.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

/** Opens `spec` with a working directory and a home directory of its own, outside every git work tree. */
export function sinkIn(spec: string, cwd = temporaryDirectory()): { sink: KeySink; cwd: string; homeDir: string } {
  const homeDir = join(cwd, 'home')
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: join(cwd, '..') }
  return { sink: openSink(spec, { cwd, homeDir, env }), cwd, homeDir }
}
