import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseEther } from 'viem'
import { expect, test } from 'vitest'
import { sponsor } from '../../src/sponsoring/sponsor.ts'
import { newFolder, useSandbox } from '../support/sandbox.ts'
import { newAgents, openTreasury, sVvvOf } from '../support/treasury.ts'
import { inPairs, wasKilled } from './account.ts'

const CRASH_AT = new URL('crash-at.mjs', import.meta.url)
const CHILD = new URL('sponsor-child.ts', import.meta.url)
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
/** Of all points, every ninth is tried; 1 tries them all, which takes some minutes. */
const STEP = Number(process.env.VENICE_ONBOARD_CRASH_STEP ?? 9)

const lab = useSandbox()

test('the same command makes one approve, one stake and one key after a kill around any write or call', async () => {
  const points = function* () {
    for (let point = 1; ; point += STEP) yield point
  }
  const outcomes = await inPairs(points(), async (point) => {
    const [journey, treasury] = [await lab.begin({}), await openTreasury(lab)]
    const crashed = await journey.run(['--sponsor'], {
      preload: [CRASH_AT.pathname],
      env: { ...treasury.env, CRASH_AT: String(point) },
    })
    if (!wasKilled(crashed)) return null
    const run = await journey.run(['--sponsor'], { env: treasury.env })
    const { sVvv, transactions } = await journey.onChain()
    const isStored = journey.keys().some(({ id }) => lab.sandbox.venice.secretOf(id) === journey.storedKey())
    return { point, code: run.code, sVvv, transactions, isStored, treasury: await treasury.onChain() }
  })
  expect(outcomes.length).toBeGreaterThan(40 / STEP)
  const treasury = { transactions: 2, allowance: 0n, vvv: parseEther('999') }
  const ended = { code: 0, sVvv: parseEther('1'), transactions: 0, isStored: true, treasury }
  expect(outcomes).toEqual(outcomes.map(({ point }) => ({ point, ...ended })))
}, 600_000)

test('200 agents get exactly one stake each although the process is killed in between', async () => {
  await lab.sandbox.chain.setBlockTime(500)
  const treasury = await openTreasury(lab)
  const agents = newAgents(200)
  const stateDir = newFolder()
  const file = join(stateDir, 'agents.json')
  writeFileSync(file, JSON.stringify(agents))
  const killed: (NodeJS.Signals | null)[] = []
  // In the first batch, and in a later one.
  for (const crashAt of [60, 190]) {
    const child = spawn(process.execPath, ['--import', CRASH_AT.href, '--import', LOADER, CHILD.pathname], {
      env: {
        ...process.env,
        CRASH_AT: String(crashAt),
        RPC_URL: lab.sandbox.rpcUrl,
        STATE_DIR: stateDir,
        AGENTS: file,
        ...treasury.env,
      },
      stdio: 'inherit',
    })
    killed.push(((await once(child, 'exit')) as [number | null, NodeJS.Signals | null])[1])
  }
  expect(killed).toEqual(['SIGKILL', 'SIGKILL'])
  const before = (await treasury.onChain()).transactions
  expect(before).toBeGreaterThan(0)
  expect(before).toBeLessThan(201)

  const result = await sponsor({ ports: treasury.ports, chainId: 8453, stateDir, agents })
  expect(result.failure).toBeNull()
  expect(result.outcome).toBe('done')
  const total = agents.reduce((sum, { amount }) => sum + BigInt(amount), 0n)
  expect(
    await sVvvOf(
      lab,
      agents.map(({ address }) => address),
    ),
  ).toEqual(agents.map(({ amount }) => BigInt(amount)))
  expect(await treasury.onChain()).toEqual({ transactions: 201, allowance: 0n, vvv: parseEther('1000') - total })
  expect(result.spent.vvv).toBe(total.toString())
  expect(new Set(result.transactions.map(({ nonce }) => nonce)).size).toBe(201)
  expect(result.agents.every(({ status, hash }) => status === 'staked' && hash !== null)).toBe(true)
}, 300_000)
