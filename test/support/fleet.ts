import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { toHex } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { newMnemonic, openSeed, sealSeed } from '../../src/adapters/signers/seed.ts'
import { ADDRESSES, type Address } from '../../src/domain/addresses.ts'
import { createFleetClient, type FleetClient } from '../../src/fleet/client.ts'
import { openIdentity } from '../../src/fleet/identity.ts'
import { type RestateServer, startServer } from '../../src/hosts/restate/server.ts'
import { stakingAbi, vvvAbi } from '../../src/sandbox/contracts/abi.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { freePort } from './free-port.ts'

const FUNDS = { eth: 10n ** 16n, vvv: 10n ** 19n }
export const STAKE = 10n ** 18n

/** Keeps Restate's files uncompressed, so that a secret in them would be found. */
const PLAIN = Object.fromEntries(
  ['WORKER__STORAGE', 'BIFROST__LOCAL', 'METADATA_SERVER', 'LOG_SERVER'].flatMap((part) => [
    [`RESTATE_${part}__ROCKSDB_DISABLE_WAL_COMPRESSION`, 'true'],
    [`RESTATE_${part}__ROCKSDB_DISABLE_L0_L1_COMPRESSION`, 'true'],
  ]),
)

/** A fleet in which everything is real: Restate, chain, Venice, and the program as workers in their own processes. */
export interface FleetWorld {
  readonly cwd: string
  readonly sandbox: Sandbox
  readonly server: RestateServer
  readonly client: FleetClient
  readonly addresses: readonly Address[]
  /** Holds VVV for the stakes of all wallets to the wei, and they hold nothing; null: they have funds of their own. */
  readonly treasury: Address | null
  /** Arguments of a command for this fleet. */
  words(...command: string[]): string[]
  /** Runs a command of the program to its end. */
  run(...command: string[]): Promise<{ code: number | null; stdout: string; stderr: string }>
  /** Starts a worker, at the same port each time, and waits until it is registered. */
  startWorker(args?: readonly string[], options?: WorkerProcessOptions): Promise<WorkerProcess>
  /** The secrets that must not be found anywhere. */
  readonly secrets: ReadonlyMap<string, string>
  /** The key that is stored for a wallet, or null. */
  storedKey(address: Address): string | null
  close(): Promise<void>
}

export interface WorkerProcessOptions {
  port?: number
  /** In place of the sandbox's own. */
  rpcUrl?: string
  apiUrl?: string
  /** In place of the build. */
  program?: string
}

export interface WorkerProcess {
  readonly pid: number
  /** All its output. */
  readonly said: () => string
  kill(signal?: NodeJS.Signals): Promise<void>
}

/** Starts one. Its wallets are funded, or a treasury is; their keys were made for it. */
export async function startFleetWorld({
  wallets,
  blockTimeMs = 0,
  isSponsored = false,
  funds = FUNDS,
  isLimited = true,
}: {
  wallets: number
  blockTimeMs?: number
  isSponsored?: boolean
  /** Of each wallet, in base units, where no treasury stakes for them. */
  /** Venice's limits for one IP address hold. Default true. */
  isLimited?: boolean
  funds?: Parameters<Sandbox['chain']['fund']>[1]
}): Promise<FleetWorld> {
  const cwd = mkdtempSync(join(tmpdir(), 'venice-onboard-fleet-'))
  // Where a worker looks for it.
  const stateDir = join(cwd, '.venice-onboard')
  mkdirSync(stateDir, { mode: 0o700 })
  const { path: identityFile } = openIdentity(join(stateDir, 'fleet-identity.pem'))
  const server = await startServer({ directory: join(cwd, 'restate'), env: process.env, identityFile, settings: PLAIN })
  const sandbox = await startSandbox({ wallets: 0, blockTimeMs, isLimited })
  const files = { seed: join(cwd, 'seed.json'), password: join(cwd, 'password.txt') }
  const password = 'canary-password-of-the-seed'
  const mnemonic = newMnemonic()
  writeFileSync(files.password, `${password}\n`, { mode: 0o600 })
  writeFileSync(files.seed, await sealSeed(mnemonic, password), { mode: 0o600 })
  mkdirSync(join(cwd, 'keys'), { mode: 0o700 })
  const seed = await openSeed({ path: files.seed, passwordFile: files.password })
  const addresses = Array.from({ length: wallets }, (_, index) => seed.addressOf(index))
  const treasury = isSponsored
    ? await sandbox.chain.createWallet({ eth: 10n ** 18n, vvv: BigInt(wallets) * STAKE })
    : null
  if (treasury === null) for (const address of addresses) await sandbox.chain.fund(address, funds)
  const workerPort = await freePort()
  const processes = new Set<ChildProcess>()

  const restate = ['--ingress-url', server.ingressUrl, '--admin-url', server.adminUrl]
  const keys = ['--seed', files.seed, '--password-file', files.password]
  const wordsAt = ({ rpcUrl, apiUrl }: { rpcUrl: string; apiUrl: string }, [command = '', ...rest]: string[]) => {
    const ends = ['--network', 'base', '--rpc-url', rpcUrl, '--api-url', apiUrl]
    const isForKeys = ['serve', 'submit', 'sponsor'].includes(command)
    return ['fleet', command, ...(isForKeys ? [...ends, ...keys] : ['--network', 'base']), ...restate, ...rest]
  }
  const words = (...command: string[]): string[] => wordsAt(sandbox, command)
  const start = (command: readonly string[], program = process.env.VENICE_ONBOARD_TEST_PROGRAM ?? ''): ChildProcess => {
    const child = spawn(process.execPath, [program, ...command], {
      cwd,
      env: { PATH: process.env.PATH, HOME: cwd, ...(treasury && { SPONSOR_PRIVATE_KEY: treasury.privateKey }) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    processes.add(child)
    child.once('exit', () => processes.delete(child))
    return child
  }
  const collect = (child: ChildProcess) => {
    const said = { stdout: '', stderr: '' }
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said.stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said.stderr += text
    })
    return said
  }

  return {
    cwd,
    sandbox,
    server,
    client: createFleetClient(server),
    addresses,
    treasury: treasury?.address ?? null,
    secrets: new Map([
      ...(treasury === null ? [] : [['the key of the treasury', treasury.privateKey.slice(2)] as const]),
      ['the password', password],
      ['the seed', mnemonic],
      ...addresses.slice(0, 20).map((address, addressIndex): [string, string] => {
        const { privateKey } = mnemonicToAccount(mnemonic, { addressIndex }).getHdKey()
        return [`the key of ${address}`, toHex(privateKey ?? new Uint8Array()).slice(2)]
      }),
    ]),
    words,
    async run(...command) {
      const child = start(words(...command))
      const said = collect(child)
      const [code] = (await once(child, 'close')) as [number | null]
      return { code, ...said }
    },
    async startWorker(args = [], options = {}) {
      const { port = workerPort, rpcUrl = sandbox.rpcUrl, apiUrl = sandbox.apiUrl, program } = options
      const command = ['serve', '--port', String(port), '--json', ...(treasury ? ['--sponsor'] : []), ...args]
      const child = start(wordsAt({ rpcUrl, apiUrl }, command), program)
      const said = collect(child)
      const ended = once(child, 'exit')
      if (child.stdout === null) throw new Error('A worker has no output.')
      const line = once(createInterface({ input: child.stdout }), 'line')
      const first = await Promise.race([line.then(() => 'ready'), ended.then(() => 'ended')])
      if (first === 'ended') throw new Error(`The worker ended: ${said.stdout}${said.stderr}`)
      return {
        pid: child.pid ?? 0,
        said: () => said.stdout + said.stderr,
        async kill(signal = 'SIGKILL') {
          child.kill(signal)
          await ended
        },
      }
    },
    storedKey(address) {
      try {
        const text = readFileSync(join(cwd, 'keys', `${address.toLowerCase()}.env`), 'utf8')
        return /^VENICE_API_KEY=(.+)$/m.exec(text)?.[1] ?? null
      } catch {
        return null
      }
    },
    async close() {
      for (const child of processes) {
        child.kill('SIGKILL')
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      }
      await server.kill()
      await sandbox.close()
      rmSync(cwd, { recursive: true, force: true })
    },
  }
}

/** The violations of a finished fleet, one per line, and the results of its mints. */
export async function auditFleet({ sandbox, addresses, client, storedKey, treasury }: FleetWorld) {
  const { chain, venice } = sandbox
  const summaries = await client.summaries()
  const wrong: string[] = []
  let staked = 0n
  let orphans = 0
  for (const address of addresses) {
    const say = (what: string) => wrong.push(`${address}: ${what}`)
    const [transactions, sVvv, held] = await Promise.all([
      chain.public.getTransactionCount({ address, blockTag: 'latest' }),
      chain.public.readContract({
        address: ADDRESSES.staking,
        abi: stakingAbi,
        functionName: 'balanceOf',
        args: [address],
      }),
      Promise.resolve(storedKey(address)),
    ])
    staked += sVvv
    const expected = treasury === null ? 2 : 0
    if (transactions !== expected) say(`${transactions} transactions instead of ${expected}`)
    if (sVvv !== STAKE) say(`${sVvv} staked`)
    const minted = venice.keys().filter(({ owner, revoked }) => owner === address && !revoked)
    const stored = minted.filter(({ id }) => venice.secretOf(id) === held)
    if (stored.length !== 1) say(`${stored.length} of ${minted.length} minted keys are stored`)
    const summary = summaries.get(`8453-${address.toLowerCase()}`)
    if (summary?.keys !== 1) say(`its record is ${JSON.stringify(summary)}`)
    const unheld = minted.length - stored.length
    orphans += unheld
    if (unheld > (summary?.orphans ?? 0)) say(`${unheld} keys that nobody holds, ${summary?.orphans} reported`)
  }
  if (treasury !== null) wrong.push(...(await auditTreasury(sandbox, { treasury, wallets: addresses.length })))
  return { wrong, staked, orphans }
}

/** The treasury held exactly its stakes: one approve for all of it, one stake for each, and nothing left. */
async function auditTreasury(
  { chain }: Sandbox,
  { treasury: address, wallets }: { treasury: Address; wallets: number },
): Promise<string[]> {
  const token = { address: ADDRESSES.vvv, abi: vvvAbi } as const
  const [transactions, allowance, vvv] = await Promise.all([
    chain.public.getTransactionCount({ address, blockTag: 'latest' }),
    chain.public.readContract({ ...token, functionName: 'allowance', args: [address, ADDRESSES.staking] }),
    chain.public.readContract({ ...token, functionName: 'balanceOf', args: [address] }),
  ])
  const found = { transactions: BigInt(transactions), allowance, vvv }
  const expected = { transactions: BigInt(wallets + 1), allowance: 0n, vvv: 0n }
  return Object.entries(expected).flatMap(([name, amount]) =>
    found[name as keyof typeof found] === amount
      ? []
      : [`the treasury: ${name} ${found[name as keyof typeof found]} instead of ${amount}`],
  )
}
