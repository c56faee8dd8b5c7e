import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, test } from 'vitest'
import { checkedAddress } from '../../src/adapters/checksum.ts'
import { runCli } from '../support/cli.ts'

// Regression: issue 18, number 17 — a typo in `--address` was "The RPC endpoint failed", exit 75.
const ADDRESS = '0xacfE6019Ed1A7Dc6f7B508C02d1b04ec88cC21bf'

it.each([ADDRESS, ADDRESS.toLowerCase(), `0x${ADDRESS.slice(2).toUpperCase()}`, ADDRESS.toUpperCase()])(
  '%s is accepted',
  (text) => {
    expect(checkedAddress(text)).toBe(text === ADDRESS ? ADDRESS : ADDRESS.toLowerCase())
  },
)

const BAD = [
  '0xacfE6019Ed1A7Dc6f7B508C02d1b04ec88cC21bF',
  '0xAcfE6019Ed1A7Dc6f7B508C02d1b04ec88cC21bf',
  '0xacfE6019Ed1A7Dc6f7B508C02d1b04ec88cC21b',
  'acfE6019Ed1A7Dc6f7B508C02d1b04ec88cC21bf',
  '0xacfE6019Ed1A7Dc6f7B508C02d1b04ec88cC21bO',
  'venice.eth',
]

it.each(BAD)('%s is rejected', (text) => {
  expect(checkedAddress(text)).toBeNull()
})

test.each(BAD.slice(0, 3))('--address %s is a usage error before any request', async (address) => {
  const cwd = mkdtempSync(join(tmpdir(), 'venice-onboard-address-'))
  // Nobody listens there: a request would fail in another way.
  const place = ['--network', 'base', '--rpc-url', 'http://127.0.0.1:9', '--api-url', 'http://127.0.0.1:9/api/v1']
  const run = await runCli(['plan', ...place, '--address', address, '--json'], { cwd })
  expect([run.code, run.json.failure?.code]).toEqual([2, 'cli/address-unusable'])
})
