import { join, relative } from 'node:path'
import { lastResortSink, openSink, openSinks } from '../adapters/sinks/parse.ts'
import { runDirectory } from '../adapters/stores/run-directory.ts'
import { type Address, BASE_CHAIN_ID } from '../domain/addresses.ts'
import type { KeyRef } from '../domain/key.ts'
import type { Ports } from '../driver/effects/io.ts'
import { type Held, heldIn } from '../operations/held-key.ts'
import type { CliContext } from './environment.ts'
import type { Request } from './request.ts'

/**
 * Where the key of `address` goes: the given places, else the default of the network, and finally a file in the run's
 * own directory. Touches nothing.
 *
 * @throws {UnknownSinkError}
 */
export function sinksFor(
  { saveKey, network, stateDir }: Pick<Request, 'saveKey' | 'network' | 'stateDir'>,
  { cwd, homeDir, env }: CliContext,
  address: Address,
): Required<Pick<Ports, 'sink' | 'fallbackSinks'>> {
  const directory = runDirectory({ stateDir, chainId: BASE_CHAIN_ID, address })
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
  request: Request,
  context: CliContext,
  { address, key }: { address: Address; key: KeyRef | null },
): Promise<Held> {
  if (key === null) return Promise.resolve('unknown')
  const { sink, fallbackSinks } = sinksFor(request, context, address)
  const isFile = /^(?:env-)?file:./s.test(key.sink)
  return heldIn([sink, ...fallbackSinks, ...(isFile ? [openSink(key.sink, context)] : [])], key)
}
