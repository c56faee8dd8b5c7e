/**
 * Onboards many wallets while their worker is killed every few seconds, and Restate once, and says what has become of them:
 * `npx tsx scripts/fleet-chaos.ts [wallets=1000] [--every 4000]`. Exits 1 when anything was done twice, or lost.
 */
import { parseArgs } from 'node:util'
import { setup } from '../test/support/build.ts'
import { auditFleet, STAKE, startFleetWorld } from '../test/support/fleet.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { every: { type: 'string', default: '4000' }, block: { type: 'string', default: '2000' } },
})
const wallets = Number(positionals[0] ?? 1_000)
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const cleanUp = await setup()
const world = await startFleetWorld({ wallets, blockTimeMs: Number(values.block) })
try {
  let worker = await world.startWorker()
  const startedAt = performance.now()
  const submitted = await world.run('submit', '--hd', `0-${wallets - 1}`, '--yes', '--json')
  console.log(
    `submitted in ${Math.round(performance.now() - startedAt)} ms: ${submitted.stdout.trim()}${submitted.stderr}`,
  )
  let kills = 0
  let hasKilledServer = false
  const count = async () => {
    const summaries = [...(await world.client.summaries()).values()]
    return summaries.filter(({ outcome }) => outcome !== 'running').length
  }
  for (let ended = 0; ended < wallets; ) {
    await sleep(Number(values.every))
    ended = await count().catch(() => 0)
    if (ended >= wallets) break
    if (!hasKilledServer && ended > wallets / 3) {
      hasKilledServer = true
      await world.server.restart()
      console.log('killed Restate')
    }
    await worker.kill()
    kills += 1
    worker = await world.startWorker()
    console.log(
      `${ended} of ${wallets} after ${Math.round((performance.now() - startedAt) / 1000)} s; the worker was killed`,
    )
  }
  const seconds = (performance.now() - startedAt) / 1000
  const { wrong, staked, orphans } = await auditFleet(world)
  console.log(
    `${wallets} wallets in ${seconds.toFixed(1)} s, ${kills} workers and ${hasKilledServer ? 1 : 0} server killed: ` +
      `${staked} staked, ${BigInt(wallets) * STAKE} planned, ` +
      `${orphans} keys whose answer a killed worker took with it, all reported`,
  )
  for (const line of wrong) console.log(line)
  if (wrong.length > 0 || staked !== BigInt(wallets) * STAKE) process.exitCode = 1
} finally {
  await world.close()
  cleanUp()
}
