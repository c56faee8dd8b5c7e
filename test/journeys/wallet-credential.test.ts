import { describe, expect, test } from 'vitest'
import { onboard } from '../../src/index.ts'
import { isAt, pathOf } from '../support/cli.ts'
import { TOP_UP, UNLIMITED, usdcOf } from '../support/payments.ts'
import { type Journey, useSandbox } from '../support/sandbox.ts'

const lab = useSandbox(UNLIMITED)
const USDC_ONLY = { usdc: 5_000_000n }
const AS_WALLET = ['--credential', 'wallet', '--fund', 'x402:5', '--prove']
const COMPLETIONS = 'POST /chat/completions'

const usdc = ({ address }: Journey) => usdcOf(lab.sandbox, address)
const creditOf = ({ address }: Journey) => lab.sandbox.venice.accountOf(address).x402

describe('a wallet with 5 USDC and nothing else', () => {
  test('pays for calls by itself: one payment, one paid call, no transaction of its own, no key', async () => {
    const journey = await lab.begin(USDC_ONLY)
    const run = await journey.run(AS_WALLET)
    expect(run.code).toBe(0)
    expect(pathOf(run)).toEqual(['topUp.offer', 'topUp.post', 'topUp.find', 'topUp.ask', 'topUp.prove', 'funded'])
    expect(run.json).toMatchObject({
      outcome: 'funded',
      nextAction: null,
      key: null,
      credential: { kind: 'wallet', address: journey.address, floorUsd: 0.1, canSpend: true, header: 'SIGN-IN-WITH-X' },
      transactions: [],
      payments: [{ value: '5000000', status: 'settled' }],
      spent: { vvv: '0', feeWei: '0', usd: '5' },
      skipped: ['approve', 'stake', 'awaitConfirmation', 'fetchToken', 'sign', 'mint'].map((stage) => ({ stage })),
    })
    expect(await usdc(journey)).toBe(0n)
    expect((await journey.onChain()).transactions).toBe(0)
    expect(lab.sandbox.venice.requests.count(COMPLETIONS)).toBe(1)
    expect([journey.keys().length, journey.storedKey()]).toEqual([0, null])
  })

  test('buys credit with `fund x402` as well, before and after a run, and signs no transaction', async () => {
    const journey = await lab.begin({ usdc: 20_000_000n })
    const fund = (amount: string) => journey.command(['fund', 'x402', amount, '--yes', '--json'])
    expect((await fund('5')).json).toMatchObject({ outcome: 'funded', key: null, credential: { kind: 'wallet' } })
    expect((await fund('12')).json).toMatchObject({ outcome: 'funded', key: null, spent: { usd: '12' } })
    expect([await usdc(journey), creditOf(journey)]).toEqual([8_000_000n, 12])
    expect((await journey.onChain()).transactions).toBe(0)
    expect(journey.keys()).toEqual([])
  })

  test('is told its credit of now, the floor and the price of a call by status --live', async () => {
    const journey = await lab.begin(USDC_ONLY)
    await journey.run(AS_WALLET)
    const priced = { leastUsd: 0.1, cheapest: { model: expect.any(String), mostUsd: expect.stringMatching(/^\d+$/) } }
    const own = (await journey.command(['status', '--live', '--json'])).json
    expect(own.runs[0].live).toEqual({
      usdc: '0',
      credit: { balanceUsd: expect.closeTo(5, 1), canConsume: true, ...priced },
    })
    const text = await journey.command(['status', '--live'])
    expect(text.stdout).toMatch(
      /now {6}\$4\.99\d* of credit, spendable\n.*from \$0\.1 of credit\.\n.*costs at most \$0\.\d+, with /,
    )
    const keyless = await journey.command(['status', '--live', '--json'], { env: { WALLET_PRIVATE_KEY: '' } })
    expect(keyless.json.runs[0].live).toEqual({ usdc: '0', credit: { balanceUsd: null, canConsume: null, ...priced } })
  })

  test('pays once, however often the same command runs', async () => {
    const journey = await lab.begin(USDC_ONLY)
    await journey.run(AS_WALLET)
    expect((await journey.run(AS_WALLET)).json).toMatchObject({ outcome: 'funded', wasFinished: true })
    expect([await usdc(journey), Math.round(creditOf(journey))]).toEqual([0n, 5])
  })

  test('pays once when the answer to its payment is lost', async () => {
    const journey = await lab.begin(USDC_ONLY)
    lab.fault(TOP_UP, { kind: 'dropAfter' }, { times: 1 })
    expect((await journey.run(AS_WALLET)).json).toMatchObject({ outcome: 'funded', spent: { usd: '5' } })
    expect(Math.round(creditOf(journey))).toBe(5)
  })

  test('learns from a run for a key what is missing, and which command needs neither VVV nor ETH', async () => {
    const journey = await lab.begin(USDC_ONLY)
    const asJson = await journey.run()
    expect(asJson.code).toBe(4)
    expect(asJson.json).toMatchObject({ failure: { code: 'wallet/insufficient-vvv' } })
    const short = expect.stringContaining('venice-onboard run --credential wallet --fund x402:5 --network base')
    expect(asJson.json).toMatchObject({ alternative: { command: short } })
    const asText = await journey.command(['run', '--yes'])
    expect(asText.stdout + asText.stderr).toContain('venice-onboard run --credential wallet --fund x402:5')
    // What the record says later on, and what plan and doctor say, names the same run.
    const state = ['--state-dir', `${journey.cwd}/my state`]
    const elsewhere = [...state, '--json']
    const named = `--rpc-url ${lab.sandbox.rpcUrl} --api-url ${lab.sandbox.apiUrl} --state-dir '${journey.cwd}/my state'`
    const commands = [
      (await journey.command(['run', '--yes', ...elsewhere])).json.alternative?.command,
      (await journey.command(['plan', ...elsewhere])).json.credentials.find(
        ({ credential }: { credential: string }) => credential === 'wallet',
      ).command,
      (await journey.command(['status', ...elsewhere])).json.runs[0].alternative.command,
    ]
    const doctor = await journey.command(['doctor', ...state])
    const command = `venice-onboard run --credential wallet --fund x402:5 --network base ${named}`
    expect(commands).toEqual(Array(3).fill(command))
    expect(doctor.stdout.replace(/\s+/g, ' ')).toContain(`\`${command}\``)
  })

  test('sees in plan and doctor what the payment costs, and is not asked for VVV or ETH', async () => {
    const journey = await lab.begin(USDC_ONLY)
    const plan = await journey.command(['plan', ...AS_WALLET.slice(0, 4), '--json'])
    expect(plan.json).toMatchObject({
      plan: { credential: 'wallet', stake: '0', transactions: [], feeCeiling: '0' },
      holdings: { usdc: '5000000' },
      missing: { usdc: '0' },
      irreversible: [expect.stringContaining('topUp')],
    })
    const doctor = await journey.command(['doctor', ...AS_WALLET.slice(0, 4), '--json'])
    expect(doctor.code).toBe(0)
    const names = (doctor.json as unknown as { checks: { name: string }[] }).checks.map(({ name }) => name)
    expect(names).not.toContain('ETH')
  })

  test('pays under the digest of its plan, and under no other', async () => {
    const journey = await lab.begin(USDC_ONLY)
    const { planDigest } = (await journey.command(['plan', ...AS_WALLET.slice(0, 4), '--json'])).json as {
      planDigest?: string
    }
    const withDigest = (digest: string) =>
      journey.command(['run', ...AS_WALLET, '--plan-digest', digest, '--no-input', '--json'])
    const refused = await withDigest('0'.repeat(64))
    expect([refused.code, refused.json.failure?.code]).toEqual([5, 'policy/plan-changed'])
    expect(await usdc(journey)).toBe(5_000_000n)
    expect((await withDigest(planDigest ?? '')).code).toBe(0)
    expect(await usdc(journey)).toBe(0n)
  })

  test('can do the same from a program', async () => {
    const { address, privateKey } = await lab.sandbox.chain.createWallet(USDC_ONLY)
    const journey = await lab.begin(USDC_ONLY)
    const result = await onboard({
      signer: privateKey,
      network: { rpcUrl: lab.sandbox.rpcUrl, apiUrl: lab.sandbox.apiUrl },
      sink: `file:${journey.cwd}/key`,
      stateDir: `${journey.cwd}/state`,
      credential: 'wallet',
      fund: { x402: '5' },
    })
    expect(result).toMatchObject({ outcome: 'funded', credential: { kind: 'wallet', address, canSpend: true } })
  })
})

describe('a plan names both ways to pay for calls, with cost and missing funds of each', () => {
  const credentialsOf = async (funds: Parameters<typeof lab.begin>[0]) => {
    const journey = await lab.begin(funds)
    const { json } = await journey.command(['plan', '--json'])
    return json.credentials.map(({ credential, isOpen, missing }: Record<string, unknown>) => [
      credential,
      isOpen,
      missing,
    ])
  }

  test('for an empty wallet, with the one that needs fewer coins first', async () => {
    expect(await credentialsOf({})).toEqual([
      ['wallet', false, ['5 USDC']],
      ['key', false, ['1 VVV', expect.stringMatching(/^0\.\d+ ETH$/)]],
    ])
  })

  test('for a wallet with only USDC, with the wallet as the possible one', async () => {
    expect((await credentialsOf(USDC_ONLY)).map(([credential, isOpen]: unknown[]) => [credential, isOpen])).toEqual([
      ['wallet', true],
      ['key', false],
    ])
  })

  test('for a wallet with VVV and ETH, with the key as the possible one', async () => {
    expect(await credentialsOf({ eth: 10n ** 16n, vvv: 10n ** 19n })).toEqual([
      ['key', true, []],
      ['wallet', false, ['5 USDC']],
    ])
  })
})

describe('a wallet that has paid for calls by itself', () => {
  test('gets a key from the same record once it holds VVV and ETH, and pays nothing more', async () => {
    const journey = await lab.begin({ ...USDC_ONLY, eth: 10n ** 16n, vvv: 10n ** 19n })
    await journey.run(AS_WALLET)
    const run = await journey.run()
    expect(run.code).toBe(0)
    expect(run.json).toMatchObject({ key: { type: 'INFERENCE' }, credential: { kind: 'key' }, skipped: [] })
    expect(run.json.payments).toHaveLength(1)
    expect([journey.keys().length, Math.round(creditOf(journey))]).toEqual([1, 5])
    const back = await journey.run(AS_WALLET)
    expect(back.json).toMatchObject({ outcome: 'funded', credential: { kind: 'wallet' }, key: { type: 'INFERENCE' } })
    expect([journey.keys().length, Math.round(creditOf(journey))]).toEqual([1, 5])
  })
})

describe('without enough USDC', () => {
  test('nothing is paid: exit 4 says what to send, and --wait-for-funds continues once it has arrived', async () => {
    const journey = await lab.begin({ usdc: 4_000_000n })
    const lacking = await journey.run(AS_WALLET)
    expect([lacking.code, lacking.json.failure?.code]).toEqual([4, 'wallet/insufficient-usdc'])
    const waiting = journey.start([...AS_WALLET, '--wait-for-funds', '10m'])
    await waiting.event(isAt('topUp.awaitFunds'))
    await lab.sandbox.chain.fund(journey.address, { usdc: 1_000_000n })
    expect((await waiting.done).json).toMatchObject({ outcome: 'funded', spent: { usd: '5' } })
  })

  test('and without --fund, the run reports the present credit and pays nothing', async () => {
    const journey = await lab.begin(USDC_ONLY)
    const run = await journey.run(['--credential', 'wallet'])
    expect(run.json).toMatchObject({ outcome: 'unfunded', payments: [], credential: { kind: 'wallet', creditUsd: 0 } })
    expect((await journey.run(['--credential', 'wallet', '--require-funded'])).code).toBe(4)
    expect(await usdc(journey)).toBe(5_000_000n)
  })
})
