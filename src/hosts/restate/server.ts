import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { FleetServerFailedError, FleetServerMissingError } from '../../errors/fleet.ts'
import { freePorts } from './free-ports.ts'

/** Milliseconds until the server must be ready. It takes 250 ms on an idle machine. */
const READY_MS = 30_000
const POLL_MS = 50
const SAID_MAX = 2_000
/**
 * The most runs that each of the two partitions gives to workers at a time. The others wait at Restate, where they cost
 * nothing. So a worker that comes back need not resume more than these at once.
 */
const CONCURRENT = 100

export interface ServerOptions {
  /** Where it keeps its data. */
  directory: string
  /** The environment: the server inherits only PATH, everything else is set here. */
  env: Readonly<Record<string, string | undefined>>
  ingressPort?: number
  adminPort?: number
  /** Path of the server program. Default: that of the npm package; null: there is none. */
  program?: string | null
  /** PEM file of the key with which it signs its requests to workers. Default: they are not signed. */
  identityFile?: string
  /** Further variables of its configuration. */
  settings?: Readonly<Record<string, string>>
}

export interface RestateServer {
  readonly pid: number
  readonly ingressUrl: string
  readonly adminUrl: string
  readonly directory: string
  /** Resolves when the current process has ended. */
  died(): Promise<void>
  /** Starts it again after it was killed, with the same data and the same ports. */
  restart(): Promise<void>
  /** Ends it at once; its data is safe at any time. */
  kill(): Promise<void>
}

/**
 * The program of the npm package `@restatedev/restate-server`, or null if there is none for this platform. The
 * package's own starter is not used, so that signals reach the server itself.
 */
export function findServer({ platform, arch }: { platform: string; arch: string } = process): string | null {
  try {
    const require = createRequire(import.meta.url)
    return require.resolve(`@restatedev/restate-server-${platform}-${arch}/bin/restate-server`)
  } catch {
    return null
  }
}

/**
 * Starts a Restate server of one node for development: on loopback only, small, without telemetry. For production, see
 * docs/fleet.md.
 *
 * Side effects: a process with three ports; files in `directory`.
 *
 * @throws {FleetServerMissingError} {FleetServerFailedError}
 */
export async function startServer(options: ServerOptions): Promise<RestateServer> {
  const { program = findServer() } = options
  if (program === null) throw new FleetServerMissingError(`${process.platform}-${process.arch}`)
  mkdirSync(options.directory, { recursive: true, mode: 0o700 })
  const [ingress = 0, admin = 0, node = 0] = await freePorts([options.ingressPort, options.adminPort, undefined])
  const env = environmentOf(options, { ingress, admin, node })
  const adminUrl = `http://127.0.0.1:${admin}`
  let child = await begin(program, env, adminUrl)
  const died = async () => {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  const end = async () => {
    child.kill('SIGKILL')
    await died()
  }
  return {
    get pid() {
      return child.pid ?? 0
    },
    ingressUrl: `http://127.0.0.1:${ingress}`,
    adminUrl,
    directory: options.directory,
    died,
    async restart() {
      await end()
      child = await begin(program, env, adminUrl)
    },
    kill: end,
  }
}

/** @see https://docs.restate.dev/references/server-config (checked 2026-11-23, against 1.7.12) */
const environmentOf = (
  { directory, env, identityFile, settings }: ServerOptions,
  { ingress, admin, node }: { ingress: number; admin: number; node: number },
): Record<string, string | undefined> => ({
  PATH: env.PATH,
  RESTATE_BASE_DIR: directory,
  RESTATE_NODE_NAME: 'fleet',
  RESTATE_BIND_IP: '127.0.0.1',
  RESTATE_LISTEN_MODE: 'tcp',
  RESTATE_BIND_PORT: String(node),
  RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
  RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
  RESTATE_DEFAULT_NUM_PARTITIONS: '2',
  RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE: '128 MB',
  RESTATE_WORKER__INVOKER__CONCURRENT_INVOCATIONS_LIMIT: String(CONCURRENT),
  RESTATE_DISABLE_TELEMETRY: 'true',
  RESTATE_LOG_FILTER: 'warn',
  RESTATE_LOG_DISABLE_ANSI_CODES: 'true',
  ...(identityFile !== undefined && { RESTATE_WORKER__INVOKER__REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE: identityFile }),
  ...settings,
})

async function begin(
  program: string,
  env: Record<string, string | undefined>,
  adminUrl: string,
): Promise<ChildProcess> {
  const child = spawn(program, [], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-SAID_MAX)
    })
  }
  // A child that outlives its parent would keep the ports and the data.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  let failed: Error | null = null
  child.once('error', (error) => {
    failed = error
  })
  for (let leftMs = READY_MS; leftMs > 0; leftMs -= POLL_MS) {
    if (failed !== null) throw new FleetServerFailedError((failed as Error).message)
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new FleetServerFailedError(`it ended with ${child.exitCode ?? child.signalCode}.`, { facts: [said.trim()] })
    }
    if (await isReady(adminUrl)) return child
    await sleep(POLL_MS)
  }
  kill()
  throw new FleetServerFailedError(`it was not ready after ${READY_MS / 1000} s.`, { facts: [said.trim()] })
}

async function isReady(adminUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${adminUrl}/health`, { signal: AbortSignal.timeout(1_000) })).ok
  } catch {
    return false
  }
}
