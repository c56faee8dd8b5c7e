/**
 * Onboards many wallets while their worker is killed every few seconds, and Restate once, reclaims the keys whose answers
 * went with the killed, and says what has become of all: `npx tsx scripts/fleet-chaos.ts [wallets=1000] [--sponsor]
 * [--every 4000] [--block 2000]`. Exits 1 when anything was done twice, or lost.
 */
import { parseArgs } from 'node:util'
import { setup } from '../test/support/build.ts'
import { auditFleet, STAKE, startFleetWorld } from '../test/support/fleet.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    every: { type: 'string', default: '4000' },
    block: { type: 'string', default: '2000' },
    sponsor: { type: 'boolean', default: false },
  },
})
const wallets = Number(positionals[0] ?? 1_000)
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const cleanUp = await setup()
const world = await startFleetWorld({ wallets, blockTimeMs: Number(values.block), isSponsored: values.sponsor })
const startedAt = performance.now()
const say = (what: string) => console.log(`${Math.round((performance.now() - startedAt) / 1000)} s: ${what}`)
try {
  let worker = await world.startWorker()
  const list = ['--hd', `0-${wallets - 1}`, '--yes', '--json']
  const handedIn = world.run(...(values.sponsor ? ['sponsor', '--submit'] : ['submit']), ...list)
  handedIn.then(({ stdout }) => say(stdout.trim()))
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
      say('Restate was killed')
    }
    await worker.kill()
    kills += 1
    worker = await world.startWorker()
    say(`${ended} of ${wallets}; the worker was killed`)
  }
  await handedIn
  say(`all have ended; ${kills} workers and ${hasKilledServer ? 1 : 0} server were killed`)
  const { outcomes, orphans } = JSON.parse((await world.run('status', '--follow', '--json')).stdout)
  say(`${outcomes.failed} failed, ${orphans} mints whose answer a killed worker took with it`)
  say((await world.run('reclaim', '--yes', '--json')).stdout.trim())
  await world.run('status', '--follow', '--json')
  const { wrong, staked, orphans: left } = await auditFleet(world)
  say(`${staked} staked, ${BigInt(wallets) * STAKE} planned; ${left} keys that nobody holds; ${wrong.length} wrong`)
  for (const line of wrong) console.log(line)
  if (wrong.length > 0 || left > 0 || staked !== BigInt(wallets) * STAKE) process.exitCode = 1
} finally {
  await world.close()
  cleanUp()
}
