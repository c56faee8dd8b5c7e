import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Address } from '../../src/domain/addresses.ts'
import { createFleetClient } from '../../src/fleet/client.ts'
import { startServer } from '../../src/hosts/restate/server.ts'

/** Of a fleet whose every effect answers at once. */
export interface FleetFigures {
  wallets: number
  seconds: number
  /** Milliseconds of processor time for each wallet. */
  cpuMs: { worker: number; restate: number }
  /** Peak, in MB. */
  memory: { worker: number; restate: number }
  /** Kilobytes of Restate's data for each wallet, at the end. */
  diskKb: number
}

const WORKER = fileURLToPath(new URL('../../scripts/fleet-bench.ts', import.meta.url))
/** Linux counts processor time in hundredths of a second. */
const TICKS_PER_SECOND = 100
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Seconds of processor time, and peak MB, of a process. */
function usageOf(pid: number): { cpu: number; peakMb: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0'
  return { cpu: (Number(stat[11]) + Number(stat[12])) / TICKS_PER_SECOND, peakMb: Number(peak) / 1024 }
}

/** Bytes of the files in `directory`. */
function sizeOf(directory: string): number {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}

/**
 * Onboards that many wallets with one worker and one Restate, each a process of its own.
 *
 * @throws {Error} one of them was not funded: then nothing was measured.
 */
export async function measureFleet(wallets: number): Promise<FleetFigures> {
  const directory = mkdtempSync(join(tmpdir(), 'venice-onboard-bench-'))
  const server = await startServer({ directory, env: process.env })
  const child = fork(WORKER, ['worker'], { execArgv: process.execArgv })
  try {
    const [url] = (await once(child, 'message')) as [string]
    const client = createFleetClient(server)
    await client.register(url)
    const pids = { worker: child.pid ?? 0, restate: server.pid }
    const before = { worker: usageOf(pids.worker).cpu, restate: usageOf(pids.restate).cpu }
    const startedAt = Date.now()
    let next = 0
    const lane = async () => {
      for (let index = next++; index < wallets; index = next++) {
        const address = `0x${(index + 1).toString(16).padStart(40, '0')}` as Address
        await client.submit({ pass: 1, chainId: 8453, address })
      }
    }
    await Promise.all(Array.from({ length: 32 }, lane))
    while ((await client.invocations()).size > 0) await sleep(250)
    const summaries = [...(await client.summaries()).values()]
    const endedAt = Math.max(...summaries.map(({ updatedAt }) => Date.parse(updatedAt)))
    const seconds = (endedAt - startedAt) / 1000
    const other = summaries.find(({ outcome }) => outcome !== 'funded')
    if (other !== undefined) throw new Error(`A wallet was not funded: ${JSON.stringify(other)}`)
    const [worker, restate] = [usageOf(pids.worker), usageOf(pids.restate)]
    const cpuMs = (name: 'worker' | 'restate', now: number) => ((now - before[name]) / wallets) * 1000
    return {
      wallets,
      seconds,
      cpuMs: { worker: cpuMs('worker', worker.cpu), restate: cpuMs('restate', restate.cpu) },
      memory: { worker: worker.peakMb, restate: restate.peakMb },
      diskKb: sizeOf(directory) / 1024 / wallets,
    }
  } finally {
    child.kill('SIGKILL')
    await server.kill()
    rmSync(directory, { recursive: true, force: true })
  }
}
