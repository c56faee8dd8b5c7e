import { parseEther } from 'viem'
import { describe, expect, test } from 'vitest'
import { type CliRun, pathOf } from '../support/cli.ts'
import { asksFor, BALANCE, ON_BASE, RECEIVER, TOP_UP, UNLIMITED, usdcOf, WITH_USDC } from '../support/payments.ts'
import { type RecordingProxy, startRecordingProxy } from '../support/recording-proxy.ts'
import { type Journey, useSandbox } from '../support/sandbox.ts'

const COMPLETIONS = 'POST /chat/completions'
const FUND = ['--fund', 'x402:5', '--prove']
const OTHER = '0x000000000000000000000000000000000000dEaD'
const lab = useSandbox(UNLIMITED)
const calls = (): number => lab.sandbox.venice.requests.count(COMPLETIONS)

/** The dollars that moved and the dollars that Venice credited; a proof costs less than a hundredth of a cent. */
async function moneyOf({ address }: Journey) {
  const { x402 } = lab.sandbox.venice.accountOf(address)
  const paid = WITH_USDC.usdc - (await usdcOf(lab.sandbox, address))
  return { paid: Number(paid) / 1e6, credit: Math.round(x402 * 1e3) / 1e3 }
}

const payments = ({ exchanges }: RecordingProxy) =>
  exchanges
    .filter(({ payment }) => payment !== '')
    .map(({ payment }) => JSON.parse(Buffer.from(payment, 'base64').toString('utf8')))

/** A journey whose payments are recorded on their way to Venice. */
async function beginSeen() {
  const journey = await lab.begin(WITH_USDC)
  const proxy = await startRecordingProxy(lab.sandbox.apiUrl)
  const run = (args: readonly string[] = FUND): Promise<CliRun> => journey.run(['--api-url', proxy.url, ...args])
  return { journey, run, payments: () => payments(proxy) }
}

const topUpPath = (run: CliRun): string[] => pathOf(run).filter((state) => state.startsWith('topUp.'))

describe('a wallet with VVV, USDC and ETH', () => {
  test('ends funded with a paid call of its own: one USDC transfer, and no later payment', async () => {
    const { journey, run, payments } = await beginSeen()
    const first = await run()
    expect(first.code).toBe(0)
    expect(pathOf(first).slice(-6)).toEqual([
      'topUp.offer',
      'topUp.post',
      'topUp.find',
      'topUp.ask',
      'topUp.prove',
      'funded',
    ])
    expect(first.json).toMatchObject({
      outcome: 'funded',
      nextAction: null,
      payments: [{ to: RECEIVER, value: '5000000', status: 'settled', paymentId: expect.stringMatching(/^x402-/) }],
      spent: { usd: '5' },
      funding: {
        spendable: false,
        proof: null,
        wallet: { canConsume: true, proof: { model: 'qwen3-4b', basis: 'balance' } },
      },
    })
    expect(JSON.stringify(first.json)).not.toMatch(/"signature|[0-9a-f]{130}/)
    expect(await moneyOf(journey)).toEqual({ paid: 5, credit: 5 })
    expect((await run()).json).toMatchObject({ outcome: 'funded', wasFinished: true })
    expect((await journey.run()).json).toMatchObject({ outcome: 'funded', wasFinished: true })
    expect(await moneyOf(journey)).toEqual({ paid: 5, credit: 5 })
    expect([payments().length, calls(), journey.keys().length]).toEqual([1, 1, 1])
  })

  test('is told in plain words that the key cannot spend the credit', async () => {
    const journey = await lab.begin(WITH_USDC)
    const run = await journey.command(['run', '--fund', 'x402:5', '--yes'])
    expect(run.code).toBe(0)
    expect(run.stdout).toContain('The wallet can pay for calls that it signs in for. The key cannot.')
    expect(run.stdout).toMatch(/^credit {3}\$5 of the wallet, spendable$/m)
    expect(run.stdout).toContain('An API key cannot spend it.')
    expect(run.stdout).toMatch(new RegExp(`^paid {5}5 USDC to ${RECEIVER}, settled$`, 'm'))
  })

  test('buys only the missing credit with a separate command after its run has finished', async () => {
    const journey = await lab.begin(WITH_USDC)
    expect((await journey.run()).json.outcome).toBe('unfunded')
    const bought = await journey.command(['fund', 'x402', '5', '--yes', '--json'])
    expect([bought.code, bought.json.outcome]).toEqual([0, 'funded'])
    await journey.command(['fund', 'x402', '5', '--yes', '--json'])
    expect(await moneyOf(journey)).toEqual({ paid: 5, credit: 5 })
    const more = await journey.command(['fund', 'x402', '12.5', '--yes', '--json'])
    expect(more.json.payments?.map(({ value }) => value)).toEqual(['5000000', '7500000'])
    expect(more.json.spent?.usd).toBe('12.5')
    expect(await moneyOf(journey)).toEqual({ paid: 12.5, credit: 12.5 })
    expect(journey.keys()).toHaveLength(1)
  })

  test('buys credit again with the same command once the credit is used up, and not before', async () => {
    const journey = await lab.begin(WITH_USDC)
    await journey.run(FUND)
    const again = () => journey.command(['fund', 'x402', '5', '--yes', '--json'])
    lab.sandbox.venice.credit(journey.address, { x402: -2 })
    expect((await again()).json).toMatchObject({ outcome: 'funded', payments: [{ value: '5000000' }] })
    expect(await moneyOf(journey)).toEqual({ paid: 5, credit: 3 })
    lab.sandbox.venice.credit(journey.address, { x402: -2.95 })
    const bought = await again()
    expect(bought.json).toMatchObject({ outcome: 'funded', payments: [{ value: '5000000' }, { value: '5000000' }] })
    expect(await moneyOf(journey)).toEqual({ paid: 10, credit: 5.05 })
  })

  test('must approve a payment: without approval, and with nobody to ask, nothing is signed', async () => {
    const { journey, run, payments } = await beginSeen()
    await run([])
    const asked = await journey.command(['fund', 'x402', '5', '--json'])
    expect(asked.code).toBe(5)
    expect(asked.json.failure?.code).toBe('policy/confirmation-needed')
    expect(payments()).toEqual([])
    expect(await moneyOf(journey)).toEqual({ paid: 0, credit: 0 })
  })

  test.each(['0', '5.0000001', '-1', 'five', ''])('cannot pay "%s" dollars', async (usd) => {
    const journey = await lab.begin(WITH_USDC)
    expect((await journey.run(['--fund', `x402:${usd}`])).code).toBe(2)
    expect((await journey.command(['fund', 'x402', usd, '--yes'])).code).toBe(2)
  })
})

describe('no payment is made', () => {
  test('without enough USDC: exit 4 names what to send, and the same command continues once it is there', async () => {
    const journey = await lab.begin({ ...WITH_USDC, usdc: 4_999_999n })
    const run = await journey.run(FUND)
    expect(run.code).toBe(4)
    expect(run.json).toMatchObject({
      failure: { code: 'wallet/insufficient-usdc', hint: expect.stringContaining('0.000001 USDC') },
      key: { type: 'INFERENCE' },
      payments: [],
    })
    await lab.sandbox.chain.fund(journey.address, { usdc: 1n })
    expect((await journey.run(FUND)).json).toMatchObject({ outcome: 'funded', spent: { usd: '5' } })
    expect(await usdcOf(lab.sandbox, journey.address)).toBe(0n)
  })

  test('above --max-usd: exit 5', async () => {
    const { journey, run, payments } = await beginSeen()
    const refused = await run([...FUND, '--max-usd', '1'])
    expect([refused.code, refused.json.failure?.code]).toEqual([5, 'policy/budget-exceeded'])
    expect([payments(), refused.json.payments]).toEqual([[], []])
    expect(await moneyOf(journey)).toEqual({ paid: 0, credit: 0 })
  })

  test('when the wallet already has the credit', async () => {
    const { journey, run, payments } = await beginSeen()
    lab.sandbox.venice.credit(journey.address, { x402: 5 })
    const found = await run()
    expect(found.json).toMatchObject({ outcome: 'funded', payments: [], funding: { wallet: { canConsume: true } } })
    expect(Number(found.json.spent?.usd)).toBeLessThan(0.001)
    expect(payments()).toEqual([])
  })

  test.each([
    ['another asset', asksFor({ asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e' })],
    ['another chain', asksFor({ network: 'eip155:84532' })],
    ['another domain', asksFor({ extra: { name: 'USDC', version: '2' } })],
    ['another version of the domain', asksFor({ extra: { name: 'USD Coin', version: '1' } })],
    ['a recipient that is not an address', asksFor({ payTo: 'F1vzqKqZKvdp' })],
    ['a higher minimum', asksFor({ amount: '10000000' })],
  ])('to a server that asks for %s: exit 5, both at the first answer and later at payment', async (_, hostile) => {
    for (const skip of [0, 1]) {
      const { journey, run, payments } = await beginSeen()
      lab.fault(TOP_UP, hostile, { skip })
      const refused = await run()
      expect([refused.code, refused.json.failure?.recovery]).toEqual([5, 'refuse'])
      expect(payments()).toEqual([])
      expect(await moneyOf(journey)).toEqual({ paid: 0, credit: 0 })
      lab.sandbox.faults.clear()
    }
  })

  test('to a recipient other than the recorded one: exit 5, and the recorded one is paid when it is back', async () => {
    const { journey, run, payments } = await beginSeen()
    lab.fault(TOP_UP, asksFor({ payTo: OTHER }), { skip: 1 })
    const refused = await run()
    expect([refused.code, refused.json.failure?.code]).toEqual([5, 'x402/terms-refused'])
    expect(refused.json.failure?.facts).toEqual([`The recipient was ${RECEIVER}, and is ${OTHER} now.`])
    expect(payments()).toEqual([])
    expect((await run()).json).toMatchObject({
      outcome: 'funded',
      payments: [refused.json.payments?.[0]?.nonce].map((nonce) => ({ nonce })),
    })
    expect(await moneyOf(journey)).toEqual({ paid: 5, credit: 5 })
  })
})

describe('USDC moves once', () => {
  const settled = {
    success: true,
    data: { walletAddress: '0x', amountCredited: 5, newBalance: 5, paymentId: 'x402-0' },
  }
  const answer = (status: number, error: string) => ({ status, body: { error, message: 'Try again.' } })

  test.each([
    ['when the answer is lost after the transfer', { kind: 'dropAfter' }, 1],
    ['when a gateway times out after the transfer', { kind: 'replyAfter', ...answer(504, 'SETTLEMENT_TIMEOUT') }, 1],
    ['when the answer is cut short after the transfer', { kind: 'truncate', bytes: 20 }, 1],
    ['when the request is lost before the transfer', { kind: 'dropBefore' }, 2],
    ['when settlement takes too long and fails', { kind: 'reply', ...answer(504, 'SETTLEMENT_TIMEOUT') }, 2],
    ['when the payment is in progress', { kind: 'reply', ...answer(409, 'PAYMENT_IN_PROGRESS') }, 2],
    ['when USDC rejects the transfer', { kind: 'reply', ...answer(402, 'SETTLEMENT_FAILED') }, 2],
    ['when Venice answers with a server error', { kind: 'reply', status: 500, body: { error: 'Oops' } }, 2],
    ['when Venice cannot settle for now', { kind: 'reply', ...answer(503, 'X402_NOT_CONFIGURED') }, 2],
    ['when Venice limits the rate', { kind: 'reply', status: 429, body: { error: 'Rate limit exceeded.' } }, 2],
    ['when Venice says that it is paid and it is not', { kind: 'reply', status: 200, body: settled }, 2],
  ] as const)('%s, and a repeated post has the same bytes', async (_, effect, posts) => {
    const { journey, run, payments } = await beginSeen()
    lab.fault(TOP_UP, effect, { skip: 2 })
    const ended = await run()
    expect([ended.code, ended.json.outcome]).toEqual([0, 'funded'])
    expect(payments()).toHaveLength(posts)
    expect(new Set(payments().map((sent) => JSON.stringify(sent))).size).toBe(1)
    expect(topUpPath(ended).filter((state) => state === 'topUp.offer')).toHaveLength(1)
    expect(await moneyOf(journey)).toEqual({ paid: 5, credit: 5 })
    expect(ended.json.payments).toMatchObject([{ status: 'settled', nonce: payments()[0].payload.authorization.nonce }])
  })

  test('when Venice rejects it for good: exit 6, and the next run posts the recorded payment again', async () => {
    const { journey, run, payments } = await beginSeen()
    lab.fault(TOP_UP, { kind: 'reply', ...answer(400, 'PAYMENT_VERIFICATION_FAILED') }, { skip: 2 })
    const refused = await run()
    expect([refused.code, refused.json.failure?.code]).toEqual([6, 'x402/payment-refused'])
    expect(topUpPath(refused)).toEqual(['topUp.offer', 'topUp.post', 'topUp.find'])
    expect((await run()).json).toMatchObject({ outcome: 'funded', payments: [{ status: 'settled' }] })
    expect(new Set(payments().map((sent) => JSON.stringify(sent))).size).toBe(1)
    expect(await moneyOf(journey)).toEqual({ paid: 5, credit: 5 })
  })

  test('when the credit shows late', async () => {
    const { journey, run } = await beginSeen()
    const nothing = { success: true, data: { walletAddress: '0x', balanceUsd: 0, canConsume: false } }
    lab.fault(BALANCE, { kind: 'reply', status: 200, body: nothing }, { skip: 1 })
    const ended = await run()
    expect(topUpPath(ended)).toContain('topUp.askLater')
    expect(ended.json.outcome).toBe('funded')
    expect(await moneyOf(journey)).toEqual({ paid: 5, credit: 5 })
  })
})

describe('a wallet that has no ETH left', () => {
  test('can still pay, because Venice sends the transfer', async () => {
    const journey = await lab.begin({ ...WITH_USDC, vvv: parseEther('1') })
    const before = await lab.sandbox.chain.public.getTransactionCount({ address: journey.address })
    expect((await journey.run(FUND)).json.outcome).toBe('funded')
    const { transactions } = await journey.onChain()
    expect(transactions - before).toBe(2)
    expect(ON_BASE.payTo).toBe(RECEIVER)
  })
})
