import { spawn } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BASE_CHAIN_ID } from '../domain/addresses.ts'
import { OnboardingError } from '../errors/base.ts'

/** A running node. It mines nothing by itself and has no funded accounts; `eth_sendTransaction` works for any sender. */
export interface Anvil {
  url: string
  /** Kills the node and removes its folder. */
  stop(): Promise<void>
}

export interface AnvilOptions {
  /** The program to run. Default: the one from npm, else `anvil` on PATH. */
  anvilPath?: string
  /** Wei, for the first block. */
  baseFee: bigint
}

/** Base's, rounded. */
const BLOCK_GAS_LIMIT = 400_000_000
/** Above zero because viem refuses Multicall3 in blocks older than its deployment on Base, 5022. */
const FIRST_BLOCK = 30_000_000
/** Blocks whose state stays readable, in memory. */
const KEPT_STATES = 600

/**
 * Runs "$@" until standard input ends, which the operating system sees to however the parent dies. Being the node's
 * parent, the shell holds its process id, so that no other process can be killed in its place.
 */
const GUARD =
  'folder=$1; shift; "$@" & node=$!; exec >/dev/null 2>&1; read -r _; kill -9 $node; wait $node; rm -rf "$folder"'

/**
 * Starts anvil on a free loopback port.
 *
 * Side effects: two processes and a temporary folder, all gone after `stop` or when this process dies in any way.
 * They have a process group of their own, so that Ctrl-C reaches this process only and it can close in order.
 *
 * @throws {AnvilUnavailableError} there is no such program, or it did not start.
 */
export async function startAnvil({ anvilPath = findAnvil(), baseFee }: AnvilOptions): Promise<Anvil> {
  const folder = await mkdtemp(join(tmpdir(), 'venice-onboard-anvil-'))
  const command = [
    ...[anvilPath, '--port', '0', '--chain-id', String(BASE_CHAIN_ID), '--hardfork', 'prague'],
    ...['--accounts', '0', '--no-mining', '--auto-impersonate', '--disable-default-create2-deployer'],
    ...['--block-base-fee-per-gas', String(baseFee)],
    ...['--gas-limit', String(BLOCK_GAS_LIMIT), '--number', String(FIRST_BLOCK)],
    ...['--prune-history', String(KEPT_STATES), '--cache-path', folder],
  ]
  const guard = spawn('sh', ['-c', GUARD, 'sh', folder, ...command], { detached: true, stdio: 'pipe' })
  const closed = new Promise((resolve) => guard.once('close', resolve))
  const stop = async () => {
    guard.stdin.end()
    await closed
  }

  let output = ''
  let errors = ''
  guard.stderr.on('data', (data) => {
    errors += data
  })
  const url = await new Promise<string | undefined>((resolve) => {
    guard.once('error', () => resolve(undefined))
    guard.stdout.once('end', () => resolve(undefined))
    guard.stdout.on('data', (data) => {
      output += data
      const address = /Listening on (127\.0\.0\.1:\d+)/.exec(output)?.[1]
      if (address) resolve(`http://${address}`)
    })
  })
  if (url) return { url, stop }
  await stop()
  throw new AnvilUnavailableError(anvilPath, errors)
}

function findAnvil(): string {
  const { resolve } = createRequire(import.meta.url)
  try {
    return resolve(`@foundry-rs/anvil-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}/bin/anvil`)
  } catch {
    return 'anvil'
  }
}

/** The local chain could not be started. */
export class AnvilUnavailableError extends OnboardingError {
  override readonly name = 'AnvilUnavailableError'
  readonly code = 'sandbox/anvil-unavailable'
  readonly recovery = 'stop'
  readonly exit = 'config'
  readonly hint = 'Install Foundry (https://getfoundry.sh), or use Linux on x64, where anvil comes with this package.'

  constructor(program: string, output: string) {
    super(`The sandbox could not start its chain: ${program} did not run.`, { facts: output.split('\n').slice(0, 5) })
  }
}
