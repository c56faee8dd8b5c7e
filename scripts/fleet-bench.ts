/**
 * What the engine costs: onboards wallets whose every effect answers at once, and prints wallets per second, processor time
 * per wallet memory of the worker and of Restate, and disk: `npx tsx scripts/fleet-bench.ts [1000 3000 10000]`.
 */
import { systemClock } from '../src/adapters/clock.ts'
import { startWorker } from '../src/fleet/worker.ts'
import { measureFleet } from '../test/bench/fleet.ts'
import { skippingClock } from '../test/support/skipping-clock.ts'
import { fakeWorld } from '../test/support/world.ts'

/** A worker in whose world nothing takes time. */
async function work(): Promise<void> {
  const worker = await startWorker({
    clock: systemClock,
    allowAnyRestate: true,
    async open({ address }) {
      const { ports } = fakeWorld({ address, clock: skippingClock(systemClock) as never })
      return { ports }
    },
  })
  process.send?.(worker.url)
}

/** @returns milliseconds of processor time for each wallet. */
async function measure(count: number): Promise<number> {
  const { wallets, seconds, cpuMs, memory, diskKb } = await measureFleet(count)
  console.log(
    `${wallets} wallets in ${seconds.toFixed(1)} s: ${(wallets / seconds).toFixed(0)} a second; ` +
      `processor per wallet: worker ${cpuMs.worker.toFixed(1)} ms, Restate ${cpuMs.restate.toFixed(1)} ms; ` +
      `peak memory: worker ${memory.worker.toFixed(0)} MB, Restate ${memory.restate.toFixed(0)} MB; ` +
      `disk of a wallet: ${diskKb.toFixed(0)} kB`,
  )
  return cpuMs.worker + cpuMs.restate
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
