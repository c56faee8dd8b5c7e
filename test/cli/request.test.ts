import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Flags } from '../../src/cli/flags.ts'
import { isApproved, isUnasked } from '../../src/cli/request.ts'
import { requestOf } from '../../src/cli/request-of.ts'

const flags = (given: Partial<Flags> = {}): Flags => ({
  network: 'base',
  stateDir: 'records',
  confirmations: 1,
  ...given,
})
const asked = (given: Partial<Flags> = {}, env: Record<string, string> = {}) =>
  requestOf(flags(given), { env, cwd: '/work', homeDir: '/home/me' })

it('an option comes before its variable, and messages name where a value is from', () => {
  const env = { BASE_RPC_URL: ' https://a.example , https://b.example', BUNDLER_URL: 'https://c.example' }
  expect(asked({}, env).endpoints).toMatchObject({
    rpcUrls: { value: ['https://a.example', 'https://b.example'], source: 'BASE_RPC_URL' },
    bundlerUrl: { value: 'https://c.example', source: 'BUNDLER_URL' },
    paymasterUrl: null,
  })
  const given = { rpcUrl: ['https://d.example'], bundlerUrl: 'https://e.example' }
  expect(asked(given, env).endpoints).toMatchObject({
    rpcUrls: { value: ['https://d.example'], source: '--rpc-url' },
    bundlerUrl: { value: 'https://e.example', source: '--bundler-url' },
  })
})

it('an empty variable names nothing', () => {
  const { endpoints } = asked({}, { BASE_RPC_URL: '', BUNDLER_URL: '', PAYMASTER_URL: '' })
  expect(endpoints).toMatchObject({ rpcUrls: { value: [] }, bundlerUrl: null, paymasterUrl: null })
})

it('files are absolute, and a file that is not named stays so', () => {
  const { stateDir, traceFile, metricsFile } = asked({ trace: 'time.json' })
  expect({ stateDir, traceFile, metricsFile }).toEqual({
    stateDir: join('/work', 'records'),
    traceFile: join('/work', 'time.json'),
    metricsFile: undefined,
  })
})

it('what no option says is left to the record: only a fund that is declined is null', () => {
  expect(asked().wanted).toEqual({ key: {}, credential: 'key' })
  expect(asked({ fund: 'none' }).wanted).toMatchObject({ fund: null })
  expect(asked({ maxGasEth: 5n }).budget).toEqual({ maxFeeWei: 5n })
})

it.each([
  ['base', {}, false, false],
  ['base', { yes: true }, true, true],
  ['base', { planDigest: 'ab' }, false, true],
  ['sandbox', {}, true, true],
] as const)('on %s with %j: unasked is %s, approved is %s', (network, given, unasked, approved) => {
  const request = asked({ network, ...given })
  expect([isUnasked(request), isApproved(request)]).toEqual([unasked, approved])
})

it('an address that is none is refused before anything is read', () => {
  expect(() => asked({ address: '0x12' })).toThrow(expect.objectContaining({ exit: 'usage' }))
})
