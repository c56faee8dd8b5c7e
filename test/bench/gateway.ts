import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { generatePrivateKey } from 'viem/accounts'
import { systemClock } from '../../src/adapters/clock.ts'
import { privateKeySigner } from '../../src/adapters/signers/private-key.ts'
import { verifyingSigner } from '../../src/adapters/signers/verify.ts'
import { type ServerClock, serverClock } from '../../src/adapters/venice/server-clock.ts'
import { type Credential, createCaller } from '../../src/gateway/caller.ts'
import { keyCredential, walletCredential } from '../../src/gateway/credentials.ts'
import { sendByNode } from '../../src/gateway/send-by-node.ts'
import { serveGateway } from '../../src/gateway/server.ts'
import { createTotals } from '../../src/gateway/totals.ts'
import { median } from './statistics.ts'

export interface GatewayLoad {
  /** Milliseconds of a call, medians over all calls: to the stub itself, through the floor, and through the gateway. */
  direct: number
  floor: number
  gateway: number
  /** Likewise, what one call in a hundred takes at least. */
  worst: { direct: number; floor: number; gateway: number }
  /** Milliseconds of CPU time that the process takes for a call, which a busy machine distorts least. */
  cpu: { floor: number; gateway: number; wallet: number }
  /** Megabytes that the process holds after the load. */
  memory: { floor: number; gateway: number }
}

const TOKEN = 'a-token-of-the-bench-0123456789abcdef'
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const ANSWER = JSON.stringify({ id: 'x', choices: [{ message: { content: 'ok' } }], cost: { usd: 0.0001, diem: 0 } })
const BODY = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hello '.repeat(40) }] })

/**
 * Calls a stub of Venice so many times a second, in turn directly, through a plain `node:http` proxy, which is the floor,
 * and through the gateway with a key. Each is a process of its own, so that each has its own event loop and memory. What a
 * wallet's sign-in takes beyond that is measured at a tenth of the calls: Venice admits five of a wallet at a time.
 */
export async function measureGateway({ perSecond = 1_000, seconds = 3 } = {}): Promise<GatewayLoad> {
  const stub = await start('stub')
  const proxies = [await start('floor', stub.port), await start('gateway', stub.port), await start('wallet', stub.port)]
  const [floor, gateway, wallet] = proxies as [Started, Started, Started]
  const all = [stub, ...proxies]
  try {
    const load = (port: number) => timesOf(port, { perSecond, calls: perSecond * seconds })
    // Warm first: what is compiled at the first calls is no cost of a call.
    for (const { port } of all) await timesOf(port, { perSecond: 500, calls: 1_000 })
    const used = async ({ port, used }: Started, calls: number) => {
      const before = await used()
      const times = await timesOf(port, { perSecond: calls / seconds, calls })
      return { times, cpu: ((await used()).cpuMs - before.cpuMs) / calls }
    }
    const direct = await load(stub.port)
    const [a, b] = [await used(floor, perSecond * seconds), await used(gateway, perSecond * seconds)]
    const c = await used(wallet, (perSecond * seconds) / 10)
    return {
      direct: median(direct),
      floor: median(a.times),
      gateway: median(b.times),
      worst: { direct: worstOf(direct), floor: worstOf(a.times), gateway: worstOf(b.times) },
      cpu: { floor: a.cpu, gateway: b.cpu, wallet: c.cpu },
      memory: { floor: (await floor.used()).megabytes, gateway: (await gateway.used()).megabytes },
    }
  } finally {
    for (const { child } of all) child.kill('SIGKILL')
  }
}

const worstOf = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0

interface Used {
  cpuMs: number
  megabytes: number
}

type Started = Awaited<ReturnType<typeof start>>

async function start(role: string, upstream = 0) {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--import', LOADER, fileURLToPath(import.meta.url), role, String(upstream)],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  )
  const [port] = (await once(child, 'message')) as [number]
  return {
    child,
    port,
    async used(): Promise<Used> {
      child.send('used')
      const [used] = (await once(child, 'message')) as [Used]
      return used
    },
  }
}

/** Calls begin at their time, however long those before them take. */
async function timesOf(port: number, { perSecond, calls }: { perSecond: number; calls: number }): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  const begunAt = performance.now()
  const one = async (number: number): Promise<number> => {
    const dueAt = begunAt + (number * 1_000) / perSecond
    await new Promise((resolve) => setTimeout(resolve, dueAt - performance.now()))
    const startedAt = performance.now()
    const sent = request({ port, agent, method: 'POST', path: '/v1/chat/completions', headers: headersOf(BODY) })
    sent.end(BODY)
    const [response] = await once(sent, 'response')
    if (response.statusCode !== 200) throw new Error(`The bench got ${response.statusCode}.`)
    for await (const _ of response) {
      // Read to its end.
    }
    return performance.now() - startedAt
  }
  const times = await Promise.all(Array.from({ length: calls }, (_, number) => one(number)))
  agent.destroy()
  return times
}

const headersOf = (body: string) => ({
  authorization: `Bearer ${TOKEN}`,
  'content-type': 'application/json',
  'content-length': Buffer.byteLength(body),
})

const ROLES: Readonly<Record<string, (upstream: number) => Promise<number>>> = {
  async stub() {
    const server = createServer((incoming, response) => {
      incoming.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER))
    })
    return listening(server)
  },
  async floor(port) {
    const agent = new Agent({ keepAlive: true, maxSockets: 256 })
    const server = createServer((incoming, response) => {
      const { method, url: path, headers } = incoming
      const sent = request({ port, agent, method, path, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      })
      incoming.pipe(sent)
    })
    return listening(server)
  },
  gateway: (port) => serve(port, () => keyCredential('bench')),
  wallet(port) {
    const signer = verifyingSigner(privateKeySigner(generatePrivateKey(), 'the bench'))
    return serve(port, (clock) => walletCredential(() => Promise.resolve(signer), clock))
  },
}

async function serve(upstream: number, credentialBy: (clock: ServerClock) => Credential): Promise<number> {
  const apiUrl = `http://127.0.0.1:${upstream}/v1`
  const clock = serverClock(systemClock)
  const totals = createTotals(systemClock.now)
  const call = createCaller({
    apiUrl,
    clock,
    send: sendByNode,
    credential: credentialBy(clock),
    credit: null,
    onCall: totals.call,
  })
  const report = () => ({ status: {}, metrics: '' })
  return (await serveGateway({ token: TOKEN, host: '127.0.0.1', port: 0, call, report })).port
}

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , role = '', upstream] = process.argv
  process.send?.(await ROLES[role]?.(Number(upstream)))
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    const used: Used = { cpuMs: (user + system) / 1_000, megabytes: process.memoryUsage().rss / 1e6 }
    process.send?.(used)
  })
}
