import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { ADDRESS_PATTERN, type Address, type Hex } from '../domain/addresses.ts'
import { having, listOf, matching, type Shape, text } from '../domain/shape.ts'
import { SandboxStartError } from './errors.ts'
import { readPointer, writePointer } from './pointer.ts'
import type { Sandbox } from './sandbox.ts'

/** A sandbox as another process sees it. Its keys are throwaways. */
export interface SandboxHandle {
  rpcUrl: string
  apiUrl: string
  wallet: { address: Address; privateKey: Hex }
  /** A second wallet with funds, if the first started without any. */
  treasury: { address: Address; privateKey: Hex } | null
  /** Gives a smart account once the VVV that a wallet starts with, and no ETH. Safe to repeat. */
  fund(address: Address): Promise<void>
  /** Ends the sandbox. */
  stop(): Promise<void>
}

interface Description extends Pick<SandboxHandle, 'rpcUrl' | 'apiUrl'> {
  wallets: readonly SandboxHandle['wallet'][]
}

const isWallet = having({ address: matching(ADDRESS_PATTERN), privateKey: matching(/^0x[0-9a-f]{64}$/) })
const url: Shape = (value) => text(value) && URL.canParse(String(value))
const isDescription = having({ rpcUrl: url, apiUrl: url, wallets: listOf(isWallet) })

/** Funds of a smart account: no ETH, because a paymaster pays. */
const SMART_ACCOUNT_FUNDS = { vvv: 10n ** 20n }

/** An idle sandbox ends by itself after this many milliseconds. */
const IDLE_MS = 15 * 60_000

/**
 * Lets other processes find and stop `sandbox`, and ends it when it is idle for a while.
 *
 * Side effects: a loopback server; `sandbox.json` (0600) in `stateDir`.
 *
 * @returns `ended` resolves when the sandbox should end; `close` stops the server.
 */
export async function serveInBackground(
  sandbox: Sandbox,
  stateDir: string,
): Promise<{ ended: Promise<void>; close(): void }> {
  const token = randomBytes(24).toString('base64url')
  let end = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const funded = new Map<string, Promise<void>>()
  const server = createServer((request, response) => {
    if (request.headers.authorization !== `Bearer ${token}`) return response.writeHead(404).end()
    if (request.method === 'DELETE') {
      response.writeHead(204).end()
      return end()
    }
    const [, wanted] = /^\/fund\/(0x[0-9a-f]{40})$/.exec(request.url ?? '') ?? []
    if (wanted !== undefined) {
      const done = funded.get(wanted) ?? sandbox.chain.fund(wanted as Address, SMART_ACCOUNT_FUNDS)
      funded.set(wanted, done)
      return void done.then(
        () => response.writeHead(204).end(),
        () => response.writeHead(500).end(),
      )
    }
    const { rpcUrl, apiUrl, wallets } = sandbox
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ rpcUrl, apiUrl, wallets }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const [wallet] = sandbox.wallets
  const control = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  writePointer(stateDir, { control, token, address: wallet?.address ?? '' })
  endWhenIdle(sandbox, end)
  return {
    ended,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function endWhenIdle({ chain, venice }: Sandbox, end: () => void): void {
  const activity = () =>
    chain.requests.http + Object.values(venice.requests.byRoute()).reduce((sum, count) => sum + count, 0)
  let before = -1
  setInterval(() => {
    if (activity() === before) end()
    before = activity()
  }, IDLE_MS).unref()
}

/** The sandbox started from `stateDir`, if it still runs. */
export async function connectSandbox(stateDir: string): Promise<SandboxHandle | null> {
  const pointer = readPointer(stateDir)
  if (pointer === null) return null
  const ask = (method: 'GET' | 'DELETE' | 'POST', path = '') =>
    fetch(`${pointer.control}${path}`, {
      method,
      headers: { authorization: `Bearer ${pointer.token}` },
      signal: AbortSignal.timeout(2_000),
    })
  try {
    const response = await ask('GET')
    if (!response.ok) return null
    const described: unknown = await response.json()
    if (!isDescription(described)) return null
    const { rpcUrl, apiUrl, wallets } = described as Description
    const [wallet, treasury = null] = wallets
    if (wallet === undefined) return null
    const stop = async () => {
      await ask('DELETE').catch(() => {})
    }
    const fund = async (address: Address) => {
      const { ok } = await ask('POST', `/fund/${address.toLowerCase()}`)
      if (!ok) throw new SandboxStartError('it could not fund the smart account')
    }
    return { rpcUrl, apiUrl, wallet, treasury, fund, stop }
  } catch {
    return null
  }
}

/**
 * Starts a sandbox that outlives this process, so that a killed run finds its chain again.
 *
 * @param program - the command words that run `venice-onboard`, e.g. `['node', 'main.js']`.
 * @param hasTreasury - a second wallet has the funds, and the first has none.
 * @throws {SandboxStartError} with the output of the sandbox.
 */
export async function startInBackground(
  stateDir: string,
  { program, blockTime, hasTreasury }: { program: readonly string[]; blockTime: string; hasTreasury: boolean },
): Promise<SandboxHandle> {
  const [command = process.execPath, ...words] = program
  const flags = ['--background', '--state-dir', stateDir, '--block-time', blockTime]
  const child = spawn(command, [...words, 'sandbox', ...flags, ...(hasTreasury ? ['--treasury'] : [])], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await firstLine(child)
  child.unref()
  const handle = await connectSandbox(stateDir)
  if (handle === null) throw new SandboxStartError('it started, but cannot be reached')
  return handle
}

async function firstLine(child: ChildProcess): Promise<void> {
  const { stdout, stderr } = child
  if (stdout === null || stderr === null) throw new SandboxStartError('its output cannot be read')
  let said = ''
  stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const line = once(createInterface({ input: stdout }), 'line')
  const exit = once(child, 'exit').then(() => {
    throw new SandboxStartError(said.trim() || 'it ended at once')
  })
  await Promise.race([line, exit])
  exit.catch(() => {})
  stdout.destroy()
  stderr.destroy()
}
