import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environment, startNode } from './process.ts'

/** Any key: nothing is signed before the first answer, which never comes. */
const PRIVATE_KEY = `0x${'1'.repeat(64)}`

/**
 * From the start of the process until its first request, chain or Venice, is here.
 *
 * @returns ratios to `node -e 0`, whole, of the same round.
 */
export async function measureFirstRequest(rounds: number): Promise<number[]> {
  const ratios: number[] = []
  for (let round = 0; round <= rounds; round += 1) {
    const cwd = mkdtempSync(join(tmpdir(), 'venice-onboard-bench-'))
    const startedAt = performance.now()
    await startNode(cwd)
    const node = performance.now() - startedAt
    const run = await untilFirstRequest(cwd)
    rmSync(cwd, { recursive: true, force: true })
    // The first time, files are read from the disk.
    if (round > 0) ratios.push(run / node)
  }
  return ratios
}

async function untilFirstRequest(cwd: string): Promise<number> {
  const server = createServer(() => {}).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const program = process.env.VENICE_ONBOARD_TEST_PROGRAM ?? ''
  const words = [program, 'run', '--network', 'base', '--rpc-url', url, '--api-url', url, '--yes', '--quiet']
  const env = { ...environment(cwd), WALLET_PRIVATE_KEY: PRIVATE_KEY }
  const startedAt = performance.now()
  const child = spawn(process.execPath, words, { cwd, env, stdio: 'ignore' })
  await once(server, 'request')
  const took = performance.now() - startedAt
  child.kill('SIGKILL')
  await once(child, 'exit')
  server.closeAllConnections()
  server.close()
  return took
}
