import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { systemClock } from '../../src/adapters/clock.ts'
import { serverClock } from '../../src/adapters/venice/server-clock.ts'
import { createCaller } from '../../src/gateway/caller.ts'
import { keyCredential } from '../../src/gateway/credentials.ts'
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
  /** Megabytes that the process holds after the load. */
  memory: { floor: number; gateway: number }
}

const TOKEN = 'a-token-of-the-bench-0123456789abcdef'
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const ANSWER = JSON.stringify({ id: 'x', choices: [{ message: { content: 'ok' } }], cost: { usd: 0.0001, diem: 0 } })
const BODY = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hello '.repeat(40) }] })

/**
 * Calls a stub of Venice so many times a second, in turn directly, through a plain `node:http` proxy, which is the floor,
 * and through the gateway with a key. Each is a process of its own, so that each has its own event loop and memory.
 */
export async function measureGateway({ perSecond = 1_000, seconds = 3 } = {}): Promise<GatewayLoad> {
  const stub = await start('stub')
  const [floor, gateway] = [await start('floor', stub.port), await start('gateway', stub.port)]
  try {
    const load = (port: number) => timesOf(port, { perSecond, calls: perSecond * seconds })
    // Warm first: what is compiled at the first call is no cost of a call.
    for (const { port } of [stub, floor, gateway]) await timesOf(port, { perSecond: 200, calls: 200 })
    const [a, b, c] = [await load(stub.port), await load(floor.port), await load(gateway.port)]
    const [memoryOfFloor, memoryOfGateway] = [await floor.megabytes(), await gateway.megabytes()]
    return {
      direct: median(a),
      floor: median(b),
      gateway: median(c),
      worst: { direct: worstOf(a), floor: worstOf(b), gateway: worstOf(c) },
      memory: { floor: memoryOfFloor, gateway: memoryOfGateway },
    }
  } finally {
    for (const { child } of [stub, floor, gateway]) child.kill('SIGKILL')
  }
}

const worstOf = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0

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
    async megabytes(): Promise<number> {
      child.send('memory')
      const [bytes] = (await once(child, 'message')) as [number]
      return bytes / 1e6
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
  async gateway(port) {
    const apiUrl = `http://127.0.0.1:${port}/v1`
    const clock = serverClock(systemClock)
    const totals = createTotals(systemClock.now)
    const caller = createCaller({
      apiUrl,
      clock,
      credential: keyCredential('bench'),
      credit: null,
      onCall: totals.call,
    })
    const report = () => ({ status: {}, metrics: '' })
    return (await serveGateway({ apiUrl, token: TOKEN, host: '127.0.0.1', port: 0, caller, report })).port
  },
}

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , role = '', upstream] = process.argv
  process.send?.(await ROLES[role]?.(Number(upstream)))
  process.on('message', () => process.send?.(process.memoryUsage().rss))
}
