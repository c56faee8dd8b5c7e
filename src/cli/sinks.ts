import { join, relative, resolve } from 'node:path'
import { lastResortSink, openSink, openSinks } from '../adapters/sinks/parse.ts'
import { runDirectory } from '../adapters/stores/run-directory.ts'
import type { Address } from '../domain/addresses.ts'
import type { KeyRef } from '../domain/key.ts'
import type { Ports } from '../driver/effects/io.ts'
import { type Held, heldIn } from '../operations/held-key.ts'
import { CHAIN_ID } from './config.ts'
import type { CliContext } from './environment.ts'
import type { Flags } from './options.ts'

/**
 * Where the key of `address` goes: the given places, else the default of the network, and finally a file in the run's
 * own directory. Touches nothing.
 *
 * @throws {UnknownSinkError}
 */
export function sinksFor(
  { saveKey = [], network, stateDir }: Flags,
  { cwd, homeDir, env }: CliContext,
  address: Address,
): Required<Pick<Ports, 'sink' | 'fallbackSinks'>> {
  const directory = runDirectory({ stateDir: resolve(cwd, stateDir), chainId: CHAIN_ID, address })
  const byDefault = network === 'sandbox' ? `file:${relative(cwd, join(directory, 'api-key'))}` : 'env-file:.env'
  const [first = byDefault, ...others] = saveKey
  return openSinks([first, ...others], lastResortSink(directory, env), {
    cwd,
    homeDir,
    env,
    ownDirectory: directory,
  })
}

/**
 * What is in the place of a key that a record names: one of those that `sinksFor` opens, or a file. Nothing is asked of
 * anybody, and no command is run, whatever a record says.
 */
export function heldByPlace(
  flags: Flags,
  context: CliContext,
  { address, key }: { address: Address; key: KeyRef | null },
): Promise<Held> {
  if (key === null) return Promise.resolve('unknown')
  const { sink, fallbackSinks } = sinksFor(flags, context, address)
  const isFile = /^(?:env-)?file:./s.test(key.sink)
  return heldIn([sink, ...fallbackSinks, ...(isFile ? [openSink(key.sink, context)] : [])], key)
}
