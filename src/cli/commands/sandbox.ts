import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseDuration } from '../../domain/duration.ts'
import { UsageError } from '../../errors/cli.ts'
import { errnoOf } from '../../errors/errno.ts'
import { serveInBackground } from '../../sandbox/background.ts'
import { ENDPOINT_NAMES, type EndpointName } from '../../sandbox/endpoints/index.ts'
import type { Fault } from '../../sandbox/faults.ts'
import { startSandbox } from '../../sandbox/sandbox.ts'
import { parseFaults } from '../../sandbox/venice/routes/control.ts'
import type { CliContext } from '../environment.ts'
import type { Output } from '../output.ts'

export interface SandboxFlags {
  stateDir: string
  blockTime: string
  latency?: number
  challenge: 'jwt' | 'siwe'
  tokenLife?: number
  wallets: number
  faults?: string
  background?: boolean
  treasury?: boolean
  endpoint?: readonly string[]
}

/** `sandbox`: a local chain and a local Venice, until stopped. One JSON line on stdout says how to reach them. */
export async function sandbox(flags: SandboxFlags, output: Output, context: CliContext): Promise<number> {
  const endpoints = flags.endpoint?.map(endpointName)
  const faults = flags.faults === undefined ? [] : await readFaults(resolve(context.cwd, flags.faults))
  const started = await startSandbox({
    blockTimeMs: parseDuration(flags.blockTime) ?? 0,
    challenge: flags.challenge,
    wallets: flags.wallets,
    hasTreasury: flags.treasury === true,
    ...(endpoints && { endpoints }),
    ...(flags.latency !== undefined && { latencyMs: flags.latency }),
    ...(flags.tokenLife !== undefined && { tokenLifeMs: flags.tokenLife }),
  })
  started.faults.add(...faults)
  const ending = [once(process, 'SIGINT'), once(process, 'SIGTERM')] as Promise<unknown>[]
  let background: Awaited<ReturnType<typeof serveInBackground>> | undefined
  try {
    if (flags.background) {
      const stateDir = resolve(context.cwd, flags.stateDir)
      mkdirSync(stateDir, { recursive: true, mode: 0o700 })
      background = await serveInBackground(started, stateDir)
      ending.push(background.ended)
      context.stdout.write('ready\n')
    } else {
      const { rpcUrl, apiUrl, chainId, wallets } = started
      const asked = endpoints && { endpoints: started.endpoints }
      context.stdout.write(`${JSON.stringify({ rpcUrl, apiUrl, chainId, wallets, ...asked })}\n`)
      output.note('The sandbox runs until you stop it with Ctrl-C. Its coins have no value outside it.')
    }
    await Promise.race(ending)
    return 0
  } finally {
    background?.close()
    await started.close()
  }
}

function endpointName(name: string): EndpointName {
  const known = ENDPOINT_NAMES.find((other) => other === name)
  if (known) return known
  throw new UsageError(`There is no endpoint profile "${name}".`, `Profiles: ${ENDPOINT_NAMES.join(', ')}.`)
}

async function readFaults(path: string): Promise<Fault[]> {
  const hint = 'Scripted faults are described in docs/embedding.md.'
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UsageError(`The file of faults ${path} cannot be read (${errnoOf(error) ?? 'unknown'}).`, hint)
  })
  try {
    return parseFaults(JSON.parse(text))
  } catch (error) {
    const why = error instanceof SyntaxError ? 'It is not JSON.' : (error as Error).message
    throw new UsageError(`The file of faults ${path} cannot be used. ${why}`, hint)
  }
}
