import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { TransitionEvent } from '../../src/driver/events.ts'
import type { WalletSummary } from '../../src/fleet/order.ts'
import { findServer } from '../../src/hosts/restate/server.ts'
import { buildProgram, outdir } from '../support/build.ts'
import { auditFleet, type FleetWorld, STAKE, startFleetWorld } from '../support/fleet.ts'
import { freePort } from '../support/free-port.ts'
import { type RecordingProxy, startRecordingProxy } from '../support/recording-proxy.ts'
import { mostInASecond, startCountingProxy } from './counting-proxy.ts'
import { HAS_SERVER_PACKAGE } from './engine.ts'

it.runIf(HAS_SERVER_PACKAGE)('a Restate server is available for the tests', () => {
  expect(findServer(), 'npm ci installs @restatedev/restate-server').not.toBeNull()
})

interface Kept {
  path: string
  bytes: Buffer
}

const holders = (kept: readonly Kept[], text: string) =>
  kept.filter(({ bytes }) => bytes.includes(text)).map(({ path }) => path)

/** Everything in the state of all objects. */
async function stateOf({ adminUrl }: { adminUrl: string }): Promise<Kept> {
  const response = await fetch(`${adminUrl}/query`, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'select service_key, key, value_utf8 from state' }),
  })
  return { path: 'state', bytes: Buffer.from(await response.text()) }
}

/** Challenges, signatures and keys that went over the wire. */
const exchangedIn = ({ exchanges }: RecordingProxy): [string, string][] =>
  exchanges.flatMap(({ method, path, sent, received }) => {
    if (!path.includes('generate_web3_key')) return []
    const posted = method === 'POST' ? JSON.parse(sent) : {}
    const { data } = JSON.parse(received || '{}')
    const found = { challenge: posted.token ?? data?.token, signature: posted.signature, apiKey: data?.apiKey }
    return Object.entries(found).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' ? [[`${name} of ${method} ${path}`, value]] : [],
    )
  })

/** A folder's present files, whatever changes in it meanwhile. */
const filesIn = (folder: string): Kept[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name)
    return entry.isFile() && existsSync(path) ? [{ path, bytes: readFileSync(path) }] : []
  })

describe.runIf(HAS_SERVER_PACKAGE)('a fleet', () => {
  let world: FleetWorld
  const begin = async (wallets: number) => {
    world = await startFleetWorld({ wallets })
    onTestFinished(() => world.close())
    return world
  }
  const standing = async (fits: (summaries: WalletSummary[]) => boolean) =>
    vi.waitFor(
      async () => {
        const summaries = [...(await world.client.summaries()).values()]
        if (!fits(summaries)) throw new Error(JSON.stringify(summaries.map(({ state }) => state)))
      },
      { timeout: 100_000, interval: 100 },
    )

  /** Where a secret is found, whole or in part, as a truncated message would quote it. */
  const leaks = (kept: readonly Kept[], venice: RecordingProxy): string[] => {
    const exchanged = exchangedIn(venice)
    expect(exchanged.length).toBeGreaterThan(12)
    return [...world.secrets, ...exchanged].flatMap(([what, secret]) => {
      const bare = secret.replace(/^0x/, '')
      const parts = [bare, bare.slice(-40, -8)].filter((part) => part.length >= 16)
      return parts.flatMap((part) => holders(kept, part).map((path) => `${what} in ${path}`))
    })
  }

  const followed = async () => {
    const { code, stdout, stderr } = await world.run('status', '--follow', '--json')
    expect(code, stdout + stderr).toBe(0)
    return stdout
  }

  it('does nothing twice while workers and Restate are killed, and stores no secret at Restate', {
    timeout: 200_000,
  }, async () => {
    const { client, sandbox, server, addresses } = await begin(12)
    const venice = await startRecordingProxy(sandbox.apiUrl)
    await sandbox.chain.setBlockTime(500)
    let worker = await world.startWorker([], { apiUrl: venice.url })
    const submitted = await world.run('submit', '--hd', '0-11', '--yes', '--json')
    expect(JSON.parse(submitted.stdout)).toMatchObject({ submitted: 12, underWay: 0, vvv: (12n * STAKE).toString() })
    let said = ''
    for (const state of ['awaitConfirmation.watch', 'fundingCheck.ask']) {
      // Enough that there are secrets to search for.
      await standing((all) => all.filter(({ state: at, outcome }) => at === state || outcome !== 'running').length >= 5)
      await worker.kill()
      said += worker.said()
      if (state === 'fundingCheck.ask') {
        // Read as it is written; a restarted server compresses it.
        const kept = filesIn(server.directory)
        for (const address of addresses) expect(holders(kept, address.toLowerCase()), address).not.toEqual([])
        expect(leaks(kept, venice)).toEqual([])
        await server.restart()
      }
      worker = await world.startWorker([], { apiUrl: venice.url })
    }
    const again = await world.run('submit', '--hd', '0-11', '--yes', '--json')
    expect(JSON.parse(again.stdout)).toMatchObject({ submitted: 0, failed: 0 })
    const ended = await followed()
    const overview = JSON.parse(ended)
    expect(overview).toMatchObject({ wallets: 12, outcomes: { unfunded: 12, failed: 0 }, keys: 12 })
    expect(overview.spent.vvv).toBe((12n * STAKE).toString())
    expect(await auditFleet(world)).toMatchObject({ wrong: [], staked: 12n * STAKE })
    expect((await client.invocations()).size).toBe(0)

    const [address = ''] = addresses
    const page = await world.run('inspect', '--address', address, '--report', 'run.html', '--json')
    expect(JSON.parse(page.stdout).steps).toBeGreaterThanOrEqual(10)
    expect(readFileSync(join(world.cwd, 'run.html'), 'utf8')).toContain('fundingCheck.ask')
    const nothing = await world.run('retry', '--json')
    expect(JSON.parse(nothing.stdout)).toMatchObject({ submitted: 0, resumed: 0 })

    const state = await stateOf(server)
    for (const wallet of addresses) expect(holders([state], wallet.toLowerCase()), wallet).not.toEqual([])
    const printed = { path: 'output', bytes: Buffer.from(said + worker.said() + ended) }
    expect(leaks([...filesIn(server.directory), state, printed], venice)).toEqual([])
  })

  it('never exceeds the limits of RPC and Venice in any second, whoever works', { timeout: 200_000 }, async () => {
    const { sandbox } = await begin(4)
    const [rpc, venice] = [await startCountingProxy(sandbox.rpcUrl), await startCountingProxy(sandbox.apiUrl)]
    const ends = { rpcUrl: rpc.url, apiUrl: venice.url }
    const rates = ['--rpc-rate', '20', '--venice-rate', '4']
    await world.startWorker(rates, { ...ends, port: await freePort() })
    await world.run('submit', '--hd', '0-1', '--yes')
    await standing((summaries) => summaries.length === 2)
    // New work goes to the worker that registered last; the previous one finishes its own.
    await world.startWorker(rates, { ...ends, port: await freePort() })
    await world.run('submit', '--hd', '2-3', '--yes')
    await followed()
    expect(await auditFleet(world)).toMatchObject({ wrong: [], orphans: 0 })
    expect(rpc.cameAtMs.length).toBeGreaterThan(40)
    expect(mostInASecond(rpc.cameAtMs)).toBeLessThanOrEqual(20)
    expect(mostInASecond(venice.cameAtMs)).toBeLessThanOrEqual(4)
  })

  it('finishes with a newer machine what an older one began', { timeout: 200_000 }, async () => {
    const program = await buildProgram(`${outdir}-newer`, [
      {
        name: 'newer machine',
        transform: (code, id) =>
          /machines.onboarding.(?:machine|version)\.ts$/.test(id)
            ? code
                .replace(/MACHINE_VERSION = (\d+)/, (_, version) => `MACHINE_VERSION = ${Number(version) + 1}`)
                .replace("description: '", "description: 'Newer. ")
            : null,
      },
    ])
    onTestFinished(() => rmSync(`${outdir}-newer`, { recursive: true, force: true }))
    const { client, sandbox, addresses } = await begin(8)
    await sandbox.chain.setBlockTime(undefined)
    const older = await world.startWorker()
    await world.run('submit', '--hd', '0-7', '--yes')
    await standing((all) => all.length === 8 && all.every(({ state }) => state === 'awaitConfirmation.watch'))
    await older.kill('SIGTERM')
    await world.startWorker([], { program })
    await sandbox.chain.setBlockTime(0)
    await sandbox.chain.mine()
    await followed()
    expect(await auditFleet(world)).toMatchObject({ wrong: [], orphans: 0, staked: 8n * STAKE })
    for (const address of addresses) {
      const lines = await client.history({ chainId: 8453, address }, 0)
      const passes = lines.flatMap((text) => JSON.parse(text) as TransitionEvent[]).map(({ pass }) => pass)
      expect(passes.at(-1)).toBe(2)
    }
  })
})
