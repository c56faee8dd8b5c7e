import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { build } from 'esbuild'
import type { TestSandbox } from '../src/sandbox/testing.ts'

const WORKER = join(dirname(import.meta.dirname), 'examples/worker/worker.ts')

/** The packages of npm that `playWorkerd` needs in its project. */
export const WORKERD = 'workerd@1.20261117.1'

/** @see https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp (checked 2026-12-01) */
const config = (bindings: Readonly<Record<string, string>>): string => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["public", "private", "local"])),
    (name = "disk", disk = (path = "disk", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "2026-11-01",
  durableObjectNamespaces = [(className = "Onboarding", uniqueKey = "onboarding", enableSql = true)],
  durableObjectStorage = (localDisk = "disk"),
  bindings = [
    (name = "ONBOARDING", durableObjectNamespace = "Onboarding"),
${Object.entries(bindings)
  .map(([name, value]) => `    (name = "${name}", text = ${JSON.stringify(value)}),\n`)
  .join('')}  ],
);
`

/**
 * Onboards a wallet in a Durable Object of workerd, which is killed as its first transaction leaves, and started again.
 *
 * @param project - has the package and `WORKERD`.
 * @returns the outcome that the second worker answered.
 * @throws {Error} the first worker answered, or the wallet has other transactions or keys than one run makes.
 */
export async function playWorkerd(project: string, sandbox: TestSandbox): Promise<string> {
  const worker = join(project, 'worker.ts')
  copyFileSync(WORKER, worker)
  await build({
    entryPoints: [worker],
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['workerd', 'worker'],
    external: ['@modelcontextprotocol/*'],
    outfile: join(project, 'worker.js'),
    logLevel: 'error',
  })
  mkdirSync(join(project, 'disk'))
  const { address, privateKey } = await sandbox.createWallet({ eth: '0.01', vvv: '2' })
  let onSent: (() => void) | null = null
  const endpoint = await inFrontOf(sandbox.network.rpcUrl, () => onSent?.())
  writeFileSync(
    join(project, 'config.capnp'),
    config({ WALLET_PRIVATE_KEY: privateKey, BASE_RPC_URL: endpoint.url, VENICE_API_URL: sandbox.network.apiUrl }),
  )
  try {
    const first = await start(project)
    onSent = first.kill
    const early = await fetch(first.url).catch(() => null)
    await first.ended
    if (early !== null) throw new Error(`workerd was not killed: ${await early.text()}`)
    onSent = null
    const second = await start(project)
    const { outcome } = (await fetch(second.url).then((response) => response.json())) as { outcome: string }
    second.kill()
    await second.ended
    const { transactions } = await sandbox.holdings(address)
    const keys = sandbox.keys(address).length
    if (transactions !== 2 || keys !== 1) throw new Error(`${transactions} transactions, ${keys} keys`)
    return outcome
  } finally {
    endpoint.close()
  }
}

/** An endpoint that tells when it has passed on a transaction, before it passes back the answer. */
async function inFrontOf(rpcUrl: string, onSent: () => void): Promise<{ url: string; close(): void }> {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const body = Buffer.concat(parts).toString('utf8')
    const answer = await fetch(rpcUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const text = await answer.text()
    if (body.includes('eth_sendRawTransaction')) onSent()
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

interface Worker {
  url: string
  kill(): void
  ended: Promise<void>
}

async function start(project: string): Promise<Worker> {
  const program = join(project, 'node_modules/@cloudflare/workerd-linux-64/bin/workerd')
  const child = spawn(program, ['serve', 'config.capnp', '--control-fd=3'], {
    cwd: project,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()))
  const port = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`workerd ended with ${code}`)))
    let told = ''
    // The fourth stream is there: it was asked for.
    ;(child.stdio[3] as Readable).on('data', (chunk: Buffer) => {
      told += chunk.toString('utf8')
      const [, listening] = /"port":(\d+)/.exec(told) ?? []
      if (listening !== undefined) resolve(listening)
    })
  })
  return { url: `http://127.0.0.1:${port}/`, kill: () => child.kill('SIGKILL'), ended }
}
