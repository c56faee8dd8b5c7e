import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generatePrivateKey } from 'viem/accounts'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createMachineParts } from '../../src/core.ts'
import {
  createRun,
  createTools,
  type OnboardOptions,
  onboard,
  sponsorAgents,
  type ToolOptions,
} from '../../src/index.ts'
import { registerTools } from '../../src/mcp.ts'

// Regression: issue 22, number 8 — misspelt options were ignored, and 5 VVV were staked without a cap.
function setUp() {
  const folder = mkdtempSync(join(tmpdir(), 'venice-onboard-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  // Nothing listens there: any request would end with another error than a usage error.
  const network = { rpcUrl: 'http://127.0.0.1:9', apiUrl: 'http://127.0.0.1:9' }
  const options = { signer: generatePrivateKey(), network, sink: `file:${join(folder, 'key')}`, stateDir: folder }
  return { folder, options }
}

const given = (options: object, wrong: object) => ({ ...options, ...wrong }) as unknown as OnboardOptions & ToolOptions
const refusal = (work: () => unknown): Promise<unknown> =>
  Promise.resolve()
    .then(work)
    .then(
      () => 'taken',
      (error: unknown) => error,
    )

const MISSPELT: [string, object, string][] = [
  ['budget.maxVVV', { budget: { maxVVV: '1' } }, 'budget.maxVvv'],
  ['budget.maxvvv', { budget: { maxVvv: '1', maxvvv: '1' } }, 'budget.maxVvv'],
  ['budget.maxEth', { budget: { maxEth: '1' } }, 'budget.maxGasEth'],
  ['budget.max_usd', { budget: { max_usd: '1' } }, 'budget.maxUsd'],
  ['maxVvv', { maxVvv: '1' }, 'budget.maxVvv'],
  ['maxVVV', { maxVVV: '1' }, 'budget.maxVvv'],
  ['Budget', { Budget: { maxVvv: '1' } }, 'budget'],
  ['bugdet', { bugdet: { maxVvv: '1' } }, 'budget'],
  ['rpcUrl', { rpcUrl: 'https://base.example' }, 'network.rpcUrl'],
  ['network.rpcURL', { network: { rpcUrl: 'http://127.0.0.1:9', rpcURL: 'x' } }, 'network.rpcUrl'],
  ['aprove', { aprove: () => false }, 'approve'],
]

const WRONG: [string, object][] = [
  ['budget', { budget: null }],
  ['budget', { budget: '5' }],
  ['budget', { budget: ['5'] }],
  ['budget.maxVvv', { budget: { maxVvv: 1 } }],
  ['budget.maxVvv', { budget: { maxVvv: Number.NaN } }],
  ['budget.maxVvv', { budget: { maxVvv: '' } }],
  ['budget.maxVvv', { budget: { maxVvv: '1e3' } }],
  ['budget.maxVvv', { budget: { maxVvv: '-1' } }],
  ['budget.maxVvv', { budget: { maxVvv: 'Infinity' } }],
  ['budget.maxVvv', { budget: { maxVvv: '1,5' } }],
  ['budget.maxVvv', { budget: { maxVvv: undefined } }],
  ['budget.maxGasEth', { budget: { maxGasEth: 1n } }],
  ['budget.maxUsd', { budget: { maxUsd: '0.0000001' } }],
  ['budget.maxUsd', { budget: { maxUsd: null } }],
  ['confirmations', { confirmations: 0 }],
  ['confirmations', { confirmations: Number.NaN }],
  ['confirmations', { confirmations: 1.5 }],
  ['confirmations', { confirmations: '1' }],
  ['network', { network: 'https://mainnet.base.org' }],
  ['network.rpcUrl', { network: {} }],
  ['network.rpcUrl', { network: { rpcUrl: 8545 } }],
  ['network.rpcUrl', { network: { rpcUrl: ['https://base.example', null] } }],
  ['network.allowInsecureHttp', { network: { rpcUrl: 'http://127.0.0.1:9', allowInsecureHttp: 'false' } }],
  ['sink', { sink: undefined }],
  ['sink', { sink: { write: () => {} } }],
  ['stateDir', { stateDir: '' }],
  ['stateDir', { stateDir: 5 }],
  ['approve', { approve: true }],
  ['acceptImplementation', { acceptImplementation: '0x12' }],
  ['env', { env: 'A=1' }],
]

const WRONG_REQUESTS: [string, object][] = [
  ['stake', { stake: 1 }],
  ['stake', { stake: '0' }],
  ['stake', { stake: '1e3' }],
  ['key.typ', { key: { typ: 'ADMIN' } }],
  ['key.type', { key: { type: 'admin' } }],
  ['key.consumptionLimit.USD', { key: { consumptionLimit: { USD: 5 } } }],
  ['key.consumptionLimit.usd', { key: { consumptionLimit: { usd: '5' } } }],
  ['key.consumptionLimit.usd', { key: { consumptionLimit: { usd: Number.NaN } } }],
  ['key.consumptionLimit.diem', { key: { consumptionLimit: { diem: -1 } } }],
  ['key.limitPeriod', { key: { limitPeriod: 'DAY' } }],
  ['key.expiresAt', { key: { expiresAt: 20_270_101 } }],
  ['fund', { fund: 'x402:-5' }],
  ['fund', { fund: 'x402:1e1' }],
  ['planDigest', { planDigest: 'abc' }],
]

const WRONG_RUNS: [string, object][] = [
  ['waitForFundsMs', { waitForFundsMs: '10m' }],
  ['waitForFundsMs', { waitForFundsMs: Number.NaN }],
  ['waitForFundsMs', { waitForFundsMs: -1 }],
  ['prove', { prove: 'false' }],
  ['mustBeFunded', { mustBeFunded: 1 }],
  ['sponsored', { sponsored: 'yes' }],
  ['signal', { signal: {} }],
  ['onEvent', { onEvent: {} }],
  ['logger', { logger: { info() {} } }],
]

const WRONG_TOOLS: [string, object][] = [
  ['autoApprove', { autoApprove: 'false' }],
  ['allowAdminKeys', { allowAdminKeys: 1 }],
  ['confirm', { confirm: 'yes' }],
  ['questionTimeoutMs', { questionTimeoutMs: -1 }],
  ['planDigest', { planDigest: `${'a'.repeat(63)}G` }],
  ['autoAprove', { autoAprove: true }],
  ['stake', { stake: '1' }],
]

describe('an unknown option is an error that names the intended one', () => {
  test.each(MISSPELT)('%s', async (name, wrong, meant) => {
    const { options, folder } = setUp()
    const all = given(options, wrong)
    const calls = [() => onboard(all), () => createRun(all), () => createTools(all), () => createMachineParts(all)]
    for (const call of calls) {
      const error = await refusal(call)
      expect(error).toMatchObject({ code: 'cli/usage', exit: 'usage' })
      expect(error).toMatchObject({ message: expect.stringContaining(name), hint: expect.stringContaining(meant) })
    }
    expect(readdirSync(folder)).toEqual([])
  })

  test('also for a treasury and its agents', async () => {
    const { options } = setUp()
    const agents = [{ address: '0x000000000000000000000000000000000000dEaD', stak: '1' }]
    const all = { ...options, agents } as unknown as Parameters<typeof sponsorAgents>[0]
    expect(await refusal(() => sponsorAgents(all))).toMatchObject({ message: expect.stringContaining('agents.0.stak') })
    const misspelt = { ...options, agents: [], budget: { maxVVV: '1' } } as unknown as typeof all
    expect(await refusal(() => sponsorAgents(misspelt))).toMatchObject({ code: 'cli/usage' })
  })
})

describe('an option of the wrong type is an error that names it', () => {
  const everywhere = [...WRONG, ...WRONG_REQUESTS, ...WRONG_RUNS] as const
  test.each(everywhere)('onboard, %#: %s', async (name, wrong) => {
    const { options, folder } = setUp()
    const error = await refusal(() => onboard(given(options, wrong)))
    expect(error).toMatchObject({ code: 'cli/usage', message: expect.stringContaining(` ${name} `) })
    expect(readdirSync(folder)).toEqual([])
  })

  test.each([...WRONG, ...WRONG_TOOLS])('createTools, %#: %s', async (name, wrong) => {
    const { options } = setUp()
    const error = await refusal(() => createTools(given(options, wrong)))
    expect(error).toMatchObject({ code: 'cli/usage', message: expect.stringContaining(` ${name} `) })
  })

  test.each([[{ questionTimeoutMs: '5' }], [{ questionTimeoutMs: Number.NaN }], [{ questionTimeout: 5 }]])(
    'registerTools: %j',
    async (wrong) => {
      const { options } = setUp()
      const toolkit = createTools(given(options, {}))
      const register = () => registerTools({} as never, toolkit, {} as never, wrong as never)
      expect(await refusal(register)).toMatchObject({ code: 'cli/usage' })
    },
  )

  test.each([[undefined], [null], ['0x'], [[]]])('no options at all: %j', async (none) => {
    expect(await refusal(() => createTools(none as never))).toMatchObject({ code: 'cli/usage' })
    expect(await refusal(() => onboard(none as never))).toMatchObject({ code: 'cli/usage' })
  })

  test.each(['stake', 'budget', 'sink', 'stateDir', 'planDigest'])('a private key as %s is not shown', async (name) => {
    const { options } = setUp()
    const key = generatePrivateKey()
    for (const wrong of [{ [name]: key, confirmations: key }, { [name]: { [key]: key } }]) {
      const error = await refusal(() => onboard(given({ ...options, signer: '0x12' }, wrong)))
      expect(JSON.stringify([String(error), error])).not.toContain(key.slice(2, 20))
    }
  })
})

test('correct options, and undefined ones, are accepted', () => {
  const { options } = setUp()
  const right = {
    budget: { maxVvv: '1', maxGasEth: '0.001', maxUsd: '5' },
    confirmations: 2,
    approve: undefined,
    planDigest: undefined,
    allowAdminKeys: false,
    env: process.env,
    sink: [() => {}, 'venice-cli', { name: 'own', probe() {}, store() {} }],
  }
  expect(createTools(given(options, right)).tools.length).toBeGreaterThan(5)
})
