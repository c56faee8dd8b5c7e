import { spawn } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BASE_CHAIN_ID } from '../domain/addresses.ts'
import { OnboardingError } from '../errors/base.ts'

/**
 * A running node. It does not mine by itself and has no funded accounts; `eth_sendTransaction` works for any sender.
 */
export interface Anvil {
  url: string
  /** Kills the node and removes its folder. */
  stop(): Promise<void>
}

export interface AnvilOptions {
  /** The program to run. Default: the one from npm for this system, else `anvil` on PATH. */
  anvilPath?: string
  /** Wei, for the first block. */
  baseFee: bigint
}

/** Base's, rounded. */
const BLOCK_GAS_LIMIT = 400_000_000
/** Above zero, because viem refuses Multicall3 in blocks before its deployment on Base, 5022. */
const FIRST_BLOCK = 30_000_000
/** The number of blocks whose state stays readable, in memory. */
const KEPT_STATES = 600

/**
 * Runs "$@" until standard input ends. The operating system ends it in every case when the parent dies. The shell is
 * the node's parent and so keeps its process id reserved: no other process can be killed by mistake.
 */
const SHELL_GUARD =
  'folder=$1; shift; "$@" & node=$!; exec >/dev/null 2>&1; read -r _; kill -9 $node; wait $node; rm -rf "$folder"'

/** The same for systems without such a shell. It is used only there, because it needs more memory than the shell. */
const NODE_GUARD = `
const { spawn } = require('node:child_process')
const [folder, program, ...words] = process.argv.slice(1)
const node = spawn(program, words, { stdio: ['ignore', 'inherit', 'inherit'], windowsHide: true })
process.stdin.resume().once('end', () => node.kill('SIGKILL'))
const end = () => require('node:fs').rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
node.once('error', end).once('close', end).once('close', () => process.exit())
`

/**
 * The program that runs a command until standard input ends. Its arguments are a folder to remove, then the command.
 */
export const guardFor = (platform: NodeJS.Platform): readonly [string, ...string[]] =>
  platform === 'win32' ? [process.execPath, '-e', NODE_GUARD, '--'] : ['sh', '-c', SHELL_GUARD, 'sh']

/**
 * The module path at which npm installs the program for a system; null if Foundry publishes none for it.
 *
 * @see https://www.npmjs.com/package/@foundry-rs/anvil (1.7.1: five packages, read 2026-11-30)
 */
export function anvilModule(platform: string, arch: string): string | null {
  const system = `${platform}-${arch === 'x64' ? 'amd64' : arch}`
  if (!PUBLISHED.has(system)) return null
  return `@foundry-rs/anvil-${system}/bin/anvil${platform === 'win32' ? '.exe' : ''}`
}

const PUBLISHED: ReadonlySet<string> = new Set([
  'darwin-amd64',
  'darwin-arm64',
  'linux-amd64',
  'linux-arm64',
  'win32-amd64',
])

/**
 * Starts anvil on a free loopback port.
 *
 * Side effects: two processes and a temporary folder, all removed after `stop` or when this process dies in any way.
 * They have their own process group, so that Ctrl-C reaches only this process, which can then close in order.
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
  const [shell, ...words] = guardFor(process.platform)
  const guard = spawn(shell, [...words, folder, ...command], { detached: true, stdio: 'pipe', windowsHide: true })
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
  const path = anvilModule(process.platform, process.arch)
  try {
    return path === null ? 'anvil' : createRequire(import.meta.url).resolve(path)
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
  readonly hint =
    'Install it again with its optional dependencies, which bring anvil for Linux, macOS and Windows on x64, and for Linux and macOS on arm64; or install Foundry: https://getfoundry.sh'

  constructor(program: string, output: string) {
    super(`The sandbox could not start its chain: ${program} did not run.`, { facts: output.split('\n').slice(0, 5) })
  }
}
