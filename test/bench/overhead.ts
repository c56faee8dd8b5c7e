import { setMaxListeners } from 'node:events'
import fs from 'node:fs'

import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import v8 from 'node:v8'
import vm from 'node:vm'
import { drive, type Host } from '../../src/driver/driver.ts'
import type { Effects } from '../../src/driver/effects/io.ts'
import { ConfirmationTimeoutError } from '../../src/errors/chain/transactions.ts'
import { fakeClock } from '../support/fake-clock.ts'
import { scriptedEffects } from '../support/fakes.ts'
import { driveOn, memoryHost, transitions } from '../support/memory-host.ts'
import { request } from '../support/samples.ts'
import { library } from './contestants.ts'
import { openPlace } from './place.ts'
import { startCli, startNode } from './process.ts'
import { median } from './statistics.ts'

export interface Overhead {
  /** Of one run, including the files it writes. */
  durableWrites: number
  fsyncMs: number
  cpuMs: number
  /** Ratios to `node -e 0` of the same round. */
  helpToNode: readonly number[]
  statusToNode: readonly number[]
  /** Bytes of heap for each run of 10,000 that wait in one process, beyond the first. */
  bytesPerIdleRun: number
  /** Of the driver alone, with instant effects and no disk. */
  microsecondsPerTransition: number
}

export async function measureOverhead({ rounds }: { rounds: number }): Promise<Overhead> {
  return {
    ...(await ofOneRun(rounds)),
    ...(await ofStarting(rounds * 2)),
    bytesPerIdleRun: await ofWaiting(10_000),
    microsecondsPerTransition: await ofTransitions(200),
  }
}

/** Counts the flushes of a run at the calls themselves. */
async function ofOneRun(rounds: number): Promise<Pick<Overhead, 'durableWrites' | 'fsyncMs' | 'cpuMs'>> {
  const place = await openPlace({ name: '', blockTimeMs: 0, latencyMs: 0 }, rounds + 1)
  const real = { fsync: fs.fsyncSync, rename: fs.renameSync }
  let [durableWrites, fsyncMs] = [0, 0]
  fs.fsyncSync = (file) => {
    const startedAt = performance.now()
    real.fsync(file)
    fsyncMs += performance.now() - startedAt
  }
  fs.renameSync = (from, to) => {
    // The generation before is only a second name of what is durable already.
    if (!String(to).endsWith('.prev')) durableWrites += 1
    real.rename(from, to)
  }
  syncBuiltinESMExports()
  try {
    const samples = []
    for (let round = 0; round <= rounds; round += 1) {
      ;[durableWrites, fsyncMs] = [0, 0]
      const before = process.cpuUsage()
      await library(place.start())
      const { user, system } = process.cpuUsage(before)
      samples.push({ durableWrites, fsyncMs, cpuMs: (user + system) / 1_000 })
    }
    // The first one loads code.
    const warm = samples.slice(1)
    return {
      durableWrites: median(warm.map((sample) => sample.durableWrites)),
      fsyncMs: median(warm.map((sample) => sample.fsyncMs)),
      cpuMs: median(warm.map((sample) => sample.cpuMs)),
    }
  } finally {
    fs.fsyncSync = real.fsync
    fs.renameSync = real.rename
    syncBuiltinESMExports()
    place.close()
  }
}

async function ofStarting(rounds: number): Promise<Pick<Overhead, 'helpToNode' | 'statusToNode'>> {
  const cwd = fs.mkdtempSync(join(tmpdir(), 'venice-onboard-bench-'))
  const took = async (work: () => Promise<unknown>): Promise<number> => {
    const startedAt = performance.now()
    await work()
    return performance.now() - startedAt
  }
  try {
    const place = await openPlace({ name: '', blockTimeMs: 0, latencyMs: 0 }, 1)
    const { rpcUrl, apiUrl, wallet } = place.start()
    const words = ['run', '--network', 'base', '--rpc-url', rpcUrl, '--api-url', apiUrl, '--yes', '--quiet']
    await startCli(words, { cwd, env: { WALLET_PRIVATE_KEY: wallet.privateKey } })
    place.close()
    const ratios: { help: number; status: number }[] = []
    for (let round = 0; round < rounds; round += 1) {
      const node = await took(() => startNode(cwd))
      const help = await took(() => startCli(['--help'], { cwd }))
      const status = await took(() => startCli(['status'], { cwd }))
      ratios.push({ help: help / node, status: status / node })
    }
    return {
      helpToNode: ratios.map(({ help }) => help),
      statusToNode: ratios.map(({ status }) => status),
    }
  } finally {
    fs.rmSync(cwd, { recursive: true, force: true })
  }
}

/**
 * Runs that wait for a block: their snapshots and the driver's closures stay in memory. The scripts of the fakes do not: all runs
 * share one set of effects, and a failure is plain data, as it is behind the guard of the real ones.
 */
async function ofWaiting(count: number): Promise<number> {
  const pause = new AbortController()
  // One listener per waiting run.
  setMaxListeners(0, pause.signal)
  const waiting: Promise<unknown>[] = []
  const clock = fakeClock()
  let scripted: Effects
  const names = Object.keys(scriptedEffects({ clock }).effects) as (keyof Effects)[]
  const effects = Object.fromEntries(
    names.map((name) => [name, (...given: unknown[]) => (scripted[name] as (...all: unknown[]) => unknown)(...given)]),
  ) as unknown as Effects
  const begin = (index: number): Promise<void> =>
    new Promise((isWaiting) => {
      const watchTransactions = () => Promise.reject(failureOf(new ConfirmationTimeoutError([], 0), clock.now()))
      scripted = { ...scriptedEffects({ clock }).effects, watchTransactions }
      const host: Host = {
        step: (_, run) => run(),
        sleepUntil: (_, signal) =>
          new Promise((__, reject) => {
            isWaiting()
            signal.addEventListener('abort', () => reject(new Error('paused')), { once: true })
          }),
        save: async () => {},
        publish: () => {},
        now: () => new Date(clock.now()).toISOString(),
      }
      waiting.push(
        drive({
          effects,
          host,
          envelope: null,
          input: { request: request({ runId: `run-${index}` }) },
          signal: pause.signal,
        }),
      )
    })
  await begin(0)
  const before = heapUsed()
  for (let index = 1; index <= count; index += 1) await begin(index)
  const bytes = (heapUsed() - before) / count
  pause.abort()
  await Promise.allSettled(waiting)
  return bytes
}

/** A temporary failure, so that the run waits for the clock. */
const failureOf = ({ code, message, hint }: ConfirmationTimeoutError, nowMs: number) => ({
  code,
  recovery: 'retry',
  exit: 'transient',
  message,
  hint,
  facts: [],
  at: new Date(nowMs).toISOString(),
  jitter: 0,
  retryAfterMs: null,
})

function heapUsed(): number {
  v8.setFlagsFromString('--expose-gc')
  const collect = vm.runInNewContext('gc') as () => void
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

async function ofTransitions(runs: number): Promise<number> {
  const once = async () => {
    const clock = fakeClock()
    const host = memoryHost({ clock })
    await driveOn(host, scriptedEffects({ clock }).effects)
    return transitions(host).length
  }
  await once()
  const startedAt = performance.now()
  let steps = 0
  for (let run = 0; run < runs; run += 1) steps += await once()
  return ((performance.now() - startedAt) * 1_000) / steps
}
