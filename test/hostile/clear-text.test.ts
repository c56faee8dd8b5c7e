import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { apiUrlOf, endpointsOf } from '../../src/cli/endpoints.ts'
import { processContext } from '../../src/cli/environment.ts'
import type { Flags } from '../../src/cli/flags.ts'
import { requestOf } from '../../src/cli/request-of.ts'
import { isClearText, withoutEndSlashes } from '../../src/domain/endpoint-url.ts'
import { openSigner } from '../../src/library/open-wallet.ts'
import { runCli } from '../support/cli.ts'

const KEY = `0x${'4'.repeat(64)}`
const asked = (given: Partial<Flags>, env: Record<string, string> = {}) =>
  requestOf({ network: 'base', stateDir: '.', confirmations: 1, ...given }, { ...processContext(), env })
const endpoints = (given: Partial<Flags>, env: Record<string, string> = {}) => endpointsOf(asked(given, env))

describe('clear-text traffic', () => {
  it.each([
    'http://127.0.0.1:8545',
    'http://127.8.9.10',
    'http://2130706433/',
    'http://[::1]:8545',
    'http://localhost:8545/rpc',
    'ws://localhost',
    'https://rpc.example/v2/key',
    'wss://rpc.example',
    'venice',
  ])('is not reported for %s', (url) => {
    expect(isClearText(url)).toBe(false)
  })

  it.each([
    'http://rpc.example',
    'ws://rpc.example/v2/key',
    'http://127.0.0.1.nip.example',
    'http://localhost.example',
    'http://10.0.0.1:8545',
    'http://[::ffff:7f00:1]/',
    'http://user@rpc.example',
    'http://0.0.0.0:8545',
    'HTTP://RPC.EXAMPLE',
  ])('is reported for %s', (url) => {
    expect(isClearText(url)).toBe(true)
  })

  it('beyond this machine is refused for the API, for every RPC endpoint, and from the environment', () => {
    const refused = expect.objectContaining({ code: 'cli/insecure-endpoint', exit: 'config' })
    const rpcUrl = ['https://rpc.example', 'http://rpc.example/v2/s3cret']
    expect(() => apiUrlOf(asked({ apiUrl: 'http://venice.example/api/v1' }))).toThrow(refused)
    expect(() => endpoints({ rpcUrl })).toThrow(refused)
    expect(() => endpoints({}, { BASE_RPC_URL: rpcUrl.join() })).toThrow(refused)
    expect(() => endpoints({ rpcUrl: ['https://rpc.example'], apiUrl: 'http://venice.example' })).toThrow(refused)
    const allowed = { rpcUrl, apiUrl: 'http://venice.example/api/v1/', allowInsecureHttp: true }
    expect(endpoints(allowed)).toEqual({ rpcUrls: rpcUrl, apiUrl: 'http://venice.example/api/v1' })
  })

  it('beyond this machine is refused by the library, unless the host allows it', async () => {
    const open = (network: Parameters<typeof openSigner>[0]['network']) => openSigner({ signer: KEY as never, network })
    const refused = { code: 'cli/insecure-endpoint', exit: 'config' }
    await expect(open({ rpcUrl: 'http://rpc.example' })).rejects.toMatchObject(refused)
    await expect(open({ rpcUrl: ['https://rpc.example', 'ws://rpc.example'] })).rejects.toMatchObject(refused)
    await expect(open({ rpcUrl: 'https://rpc.example', apiUrl: 'http://v.example' })).rejects.toMatchObject(refused)
    const rpcUrl = 'http://rpc.example'
    await expect(open({ rpcUrl, allowInsecureHttp: true })).resolves.toMatchObject({ apiUrl: expect.any(String) })
    await expect(open({ rpcUrl: 'https://r.example', apiUrl: 'https://u:s3cret@v.example' })).rejects.toMatchObject({
      code: 'cli/credentials-in-url',
    })
  })
})

test.each([
  ['--api-url', 'http://venice.example/api/v1', 'cli/insecure-endpoint'],
  ['--rpc-url', 'http://rpc.example/v2/s3cret', 'cli/insecure-endpoint'],
  ['--rpc-url', 'ws://rpc.example/v2/s3cret', 'cli/insecure-endpoint'],
  ['--api-url', 'https://user:s3cret@venice.example/api/v1', 'cli/credentials-in-url'],
])('%s %s ends the command with 78 before any request', async (option, url, code) => {
  const cwd = mkdtempSync(join(tmpdir(), 'venice-onboard-clear-'))
  const rpc = option === '--rpc-url' ? [] : ['--rpc-url', 'https://rpc.example']
  const run = await runCli(['run', '--network', 'base', ...rpc, option, url, '--yes', '--json'], {
    cwd,
    env: { WALLET_PRIVATE_KEY: KEY },
  })
  expect([run.code, run.json.failure?.code]).toEqual([78, code])
  expect(run.stdout + run.stderr).not.toContain('s3cret')
  expect(run.json.failure?.hint).toMatch(/https|\/\/ and @/)
})

test('trailing slashes of a URL are removed in linear time', () => {
  expect(withoutEndSlashes('https://v.example/api/v1//')).toBe('https://v.example/api/v1')
  expect(withoutEndSlashes(`${'/'.repeat(1_000_000)}x`)).toHaveLength(1_000_001)
})
