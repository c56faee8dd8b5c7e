import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FaultEffect } from '../../src/sandbox/faults.ts'
import { CHALLENGE, type Journey, MINT, RATE_LIMITS, useSandbox } from '../support/sandbox.ts'

const lab = useSandbox()
const SEND = 'eth_sendRawTransaction'
const ALWAYS = { times: 99 }
const MIB = 1_048_576
/** A run takes about 110. The answer has 2,000, or 300 once decompressed. */
const MOST_MIB = 220

describe('a server that redirects to another host', () => {
  let asked = 0
  const elsewhere = createServer((_, response) => {
    asked += 1
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  let location = ''
  beforeAll(async () => {
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
    location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`
  })
  afterAll(() => elsewhere.close())

  test.each([
    [CHALLENGE, 302, 78, 'venice/redirect-refused', 0],
    [MINT, 307, 78, 'venice/redirect-refused', 2],
    [RATE_LIMITS, 308, 0, undefined, 2],
    ['eth_chainId', 307, 78, 'chain/rpc-redirect-refused', 0],
    [SEND, 308, 78, 'chain/rpc-redirect-refused', 0],
  ])(
    'at %s with %i is not followed, with or without a credential, signature or transaction',
    async (on, status, exit, code, transactions) => {
      const journey = await lab.begin()
      lab.fault(on, { kind: 'reply', status, headers: { location }, body: '' }, ALWAYS)
      const run = await journey.run()
      expect({ exit: run.code, code: run.json.failure?.code }).toEqual({ exit, code })
      expect(asked).toBe(0)
      expect(await journey.onChain()).toMatchObject({ transactions })
    },
  )
})

describe('an endless answer', () => {
  const preload = [fileURLToPath(new URL('../support/peak-memory.mjs', import.meta.url))]
  /** Runs to the end, and returns the peak memory in MiB. */
  async function measured(journey: Journey) {
    const file = join(journey.cwd, 'peak')
    const run = await journey.run([], {
      preload,
      env: { WALLET_PRIVATE_KEY: journey.privateKey, PEAK_MEMORY_FILE: file },
    })
    return { run, peak: Number(readFileSync(file, 'utf8')) / MIB }
  }
  const bomb: FaultEffect = {
    kind: 'bytes',
    status: 200,
    headers: { 'content-encoding': 'gzip' },
    base64: gzipSync(Buffer.alloc(300 * MIB, ' ')).toString('base64'),
  }
  const flood: FaultEffect = { kind: 'flood', bytes: 2_000 * MIB }
  test.each<[name: string, on: string, effect: FaultEffect, exit: number, code: string]>([
    ['from Venice', CHALLENGE, flood, 1, 'venice/answer-too-large'],
    ['from Venice, compressed', CHALLENGE, bomb, 1, 'venice/answer-too-large'],
    ['from Venice in an error', CHALLENGE, { ...bomb, status: 503 }, 1, 'venice/answer-too-large'],
    ['from the node', 'eth_chainId', flood, 78, 'chain/rpc-answer-too-large'],
    ['from the node, compressed', 'eth_chainId', bomb, 78, 'chain/rpc-answer-too-large'],
  ])('%s is not read into memory', async (_, on, effect, exit, code) => {
    const journey = await lab.begin()
    lab.fault(on, effect, ALWAYS)
    const { run, peak } = await measured(journey)
    expect({ exit: run.code, code: run.json.failure?.code }).toEqual({ exit, code })
    expect(peak).toBeLessThan(MOST_MIB)
  })
})
