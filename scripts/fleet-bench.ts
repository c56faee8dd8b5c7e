/**
 * What the engine costs: onboards wallets whose every effect answers at once, and prints wallets per second, processor time
 * per wallet and memory of the worker and of Restate: `npx tsx scripts/fleet-bench.ts [1000 3000 10000]`.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../src/adapters/clock.ts'
import type { Address } from '../src/domain/addresses.ts'
import { createFleetClient } from '../src/fleet/client.ts'
import { startWorker } from '../src/fleet/worker.ts'
import { startServer } from '../src/hosts/restate/server.ts'
import { skippingClock } from '../test/support/skipping-clock.ts'
import { fakeWorld } from '../test/support/world.ts'

/** Linux counts processor time in hundredths of a second. */
const TICKS_PER_SECOND = 100
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** A worker in whose world nothing takes time. */
async function work(): Promise<void> {
  const worker = await startWorker({
    clock: systemClock,
    allowAnyRestate: true,
    async open({ address }) {
      const { ports } = fakeWorld({ clock: skippingClock(systemClock) as never })
      return { ports: { ...ports, signer: { ...ports.signer, address } } }
    },
  })
  process.send?.(worker.url)
}

/** Seconds of processor time, and peak MB, of a process. */
function usageOf(pid: number): { cpu: number; peakMb: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0'
  return { cpu: (Number(stat[11]) + Number(stat[12])) / TICKS_PER_SECOND, peakMb: Number(peak) / 1024 }
}

async function measure(wallets: number): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'venice-onboard-bench-'))
  const server = await startServer({ directory, env: process.env })
  const child: ChildProcess = fork(process.argv[1] ?? '', ['worker'], { execArgv: process.execArgv })
  try {
    const [url] = (await once(child, 'message')) as [string]
    const client = createFleetClient(server)
    await client.register(url)
    const pids = { worker: child.pid ?? 0, restate: server.pid }
    const before = { worker: usageOf(pids.worker).cpu, restate: usageOf(pids.restate).cpu }
    const startedAt = performance.now()
    let next = 0
    const lane = async () => {
      for (let index = next++; index < wallets; index = next++) {
        const address = `0x${(index + 1).toString(16).padStart(40, '0')}` as Address
        await client.submit({ pass: 1, chainId: 8453, address })
      }
    }
    await Promise.all(Array.from({ length: 32 }, lane))
    while ((await client.invocations()).size > 0) await sleep(250)
    const seconds = (performance.now() - startedAt) / 1000
    const summaries = [...(await client.summaries()).values()]
    const funded = summaries.filter(({ outcome }) => outcome === 'funded').length
    const [worker, restate] = [usageOf(pids.worker), usageOf(pids.restate)]
    const cpuMs = (name: 'worker' | 'restate', now: number) => ((now - before[name]) / wallets) * 1000
    const perWallet = { worker: cpuMs('worker', worker.cpu), restate: cpuMs('restate', restate.cpu) }
    console.log(
      `${funded} of ${wallets} wallets in ${seconds.toFixed(1)} s: ${(wallets / seconds).toFixed(0)} a second; ` +
        `processor per wallet: worker ${perWallet.worker.toFixed(1)} ms, Restate ${perWallet.restate.toFixed(1)} ms; ` +
        `peak memory: worker ${worker.peakMb.toFixed(0)} MB, Restate ${restate.peakMb.toFixed(0)} MB`,
    )
    if (funded !== wallets) process.exitCode = 1
    return perWallet.worker + perWallet.restate
  } finally {
    child.kill('SIGKILL')
    await server.kill()
    rmSync(directory, { recursive: true, force: true })
  }
}

if (process.argv[2] === 'worker') await work()
else {
  const sizes = process.argv.slice(2).map(Number)
  const costs: number[] = []
  for (const wallets of sizes.length > 0 ? sizes : [1_000, 3_000, 10_000]) costs.push(await measure(wallets))
  const [small, large] = [costs[0], costs.at(-1)]
  if (small !== undefined && large !== undefined && costs.length > 1) {
    console.log(`a wallet of the last fleet costs ${(large / small).toFixed(2)} times one of the first`)
  }
}
