import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEther } from 'viem'
import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest'
import { ADDRESSES, type Address, type Hex } from '../../src/domain/addresses.ts'
import { stakingAbi, vvvAbi } from '../../src/sandbox/contracts/abi.ts'
import type { Funds } from '../../src/sandbox/faucet.ts'
import type { Fault, FaultEffect } from '../../src/sandbox/faults.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.ts'
import { type CliOptions, type CliRun, type RunningCli, startCli } from './cli.ts'
import { processesWith } from './processes.ts'

export const MINT = 'POST /api_keys/generate_web3_key'
export const CHALLENGE = 'GET /api_keys/generate_web3_key'
export const RATE_LIMITS = 'GET /api_keys/rate_limits'

/** Enough to approve and stake, several times. */
const FUNDS: Funds = { eth: parseEther('0.01'), vvv: parseEther('10') }

/** A wallet in its own folder, and the program that onboards it. */
export interface Journey {
  readonly address: Address
  readonly privateKey: Hex
  readonly cwd: string
  /** `run --network base --yes --ndjson`, and `args`. */
  run(args?: readonly string[], options?: Partial<CliOptions>): Promise<CliRun>
  start(args?: readonly string[], options?: Partial<CliOptions>): RunningCli
  /** Any command with the sandbox's endpoints and the wallet's key. */
  command(words: readonly string[], options?: Partial<CliOptions>): Promise<CliRun>
  /** The same, still running. */
  startCommand(words: readonly string[], options?: Partial<CliOptions>): RunningCli
  /** The key in `.env`, or null. */
  storedKey(): string | null
  /** Keys Venice holds for this wallet. */
  keys(): ReturnType<Sandbox['venice']['keys']>
  /** The wallet's state on chain. `transactions`: mined ones. */
  onChain(): Promise<{ transactions: number; allowance: bigint; sVvv: bigint }>
}

export interface SandboxUnderTest {
  /** It runs only within tests. */
  readonly sandbox: Sandbox
  begin(funds?: Funds): Promise<Journey>
  fault(on: string, effect: FaultEffect, rest?: Pick<Fault, 'skip' | 'times'>): void
}

/**
 * A sandbox for the tests of one file, one at a time: faults, forms and block time are reset before each.
 *
 * @param announces - the node's own WebSocket is a second endpoint: blocks come far sooner than they are due on Base.
 */
export function useSandbox({
  announces = false,
  ...options
}: SandboxOptions & { announces?: boolean } = {}): SandboxUnderTest {
  const settings = { blockTimeMs: 0, wallets: 0, ...options }
  let sandbox: Sandbox | undefined
  const running = (): Sandbox => {
    if (sandbox === undefined) throw new Error('The sandbox runs only within tests.')
    return sandbox
  }
  beforeAll(async () => {
    sandbox = await startSandbox(settings)
  })
  beforeEach(async () => {
    const { chain, venice, faults } = running()
    faults.clear()
    chain.requests.reset()
    venice.requests.reset()
    venice.setChallenge(settings.challenge ?? 'jwt')
    await chain.useStaking('standard')
    await chain.setBlockTime(settings.blockTimeMs)
  })
  afterAll(() => sandbox?.close())
  return {
    get sandbox() {
      return running()
    },
    begin: (funds) => beginJourney(running(), { announces, ...(funds && { funds }) }),
    fault: (on, effect, rest = {}) => running().faults.add({ on, effect, ...rest }),
  }
}

/** The node itself announces its blocks there. */
export const overWebSocket = (url: string): string => url.replace(/^http/, 'ws')

/** An empty folder that is removed after the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'venice-onboard-journey-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function beginJourney(
  sandbox: Sandbox,
  { funds = FUNDS, announces }: { funds?: Funds; announces: boolean },
): Promise<Journey> {
  const { chain, venice } = sandbox
  const { address, privateKey } = await chain.createWallet(funds)
  const cwd = newFolder()
  const ends = ['--network', 'base', '--rpc-url', sandbox.rpcUrl, '--api-url', sandbox.apiUrl]
  if (announces) ends.push('--rpc-url', overWebSocket(chain.nodeUrl))
  const startWords = (words: readonly string[], { env = {}, ...rest }: Partial<CliOptions> = {}) =>
    startCli(words, { cwd, env: { WALLET_PRIVATE_KEY: privateKey, ...env }, ...rest })
  const startCommand: Journey['startCommand'] = (words, given) => {
    // A flag that a test gives counts, so it comes after ours; a subcommand, before both.
    const names = words.findIndex((word) => word.startsWith('-'))
    const at = names === -1 ? words.length : names
    return startWords([...words.slice(0, at), ...ends, ...words.slice(at)], given)
  }
  const start: Journey['start'] = (args = [], given) =>
    startWords(['run', ...ends, '--yes', '--ndjson', ...args], given)
  return {
    address,
    privateKey,
    cwd,
    start,
    run: (args, given) => start(args, given).done,
    startCommand,
    command: (words, given) => startCommand(words, given).done,
    storedKey: () => storedKeyIn(cwd),
    keys: () => venice.keys().filter(({ owner }) => owner === address),
    async onChain() {
      const [transactions, allowance, sVvv] = await Promise.all([
        chain.public.getTransactionCount({ address, blockTag: 'latest' }),
        chain.public.readContract({
          address: ADDRESSES.vvv,
          abi: vvvAbi,
          functionName: 'allowance',
          args: [address, ADDRESSES.staking],
        }),
        chain.public.readContract({
          address: ADDRESSES.staking,
          abi: stakingAbi,
          functionName: 'balanceOf',
          args: [address],
        }),
      ])
      return { transactions, allowance, sVvv }
    },
  }
}

function storedKeyIn(cwd: string): string | null {
  try {
    return /^VENICE_API_KEY=(.+)$/m.exec(readFileSync(join(cwd, '.env'), 'utf8'))?.[1] ?? null
  } catch {
    return null
  }
}

/** A folder whose sandboxes end with the test. */
export function sandboxFolder(): string {
  const cwd = newFolder()
  onTestFinished(() => {
    for (const pid of processesWith(cwd)) process.kill(pid, 'SIGTERM')
  })
  return cwd
}
