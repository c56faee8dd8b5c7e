import { describe, expect, it } from 'vitest'
import type { FundRequest } from '../../src/domain/fund.ts'
import type { Payment, PaymentTerms } from '../../src/domain/payment.ts'
import { createEffects } from '../../src/driver/effects/create.ts'
import type { EffectSettings, Ports } from '../../src/driver/effects/io.ts'
import type { Failure } from '../../src/errors/failure.ts'
import { ConnectionLostError, WalletCreditTooLowError } from '../../src/errors/venice/all.ts'
import { SettlementFailedError } from '../../src/errors/x402.ts'
import { ADDRESS, payment } from '../support/samples.ts'
import { fakeWorld, SIGNATURE, type WorldOptions } from '../support/world.ts'

const io = { signal: new AbortController().signal, report: () => {} }
const FIVE: FundRequest = { way: 'x402', amount: '5000000' }
const OTHER = '0x000000000000000000000000000000000000dEaD'

function payments(
  options: WorldOptions & { settings?: Partial<EffectSettings>; change?: (ports: Ports) => Ports } = {},
) {
  const { settings = {}, change = (ports: Ports) => ports, ...world } = options
  const made = fakeWorld(world)
  const effects = createEffects(change(made.ports), { settings })
  return {
    ...made,
    offer: (fund = FIVE, before: readonly Payment[] = []) =>
      effects.offerPayment({ address: ADDRESS, fund, payments: before }, io),
    post: (given: Payment, fund: FundRequest | undefined = FIVE, all: readonly Payment[] = [given]) =>
      effects.postPayment({ payment: given, fund, payments: all }, io),
    find: (given: Payment) => effects.findPayment({ payment: given }, io),
    prove: (calls = 1) =>
      effects.proveCredit({ address: ADDRESS, privacy: 'ALL', credit: { balanceUsd: 5, canConsume: true }, calls }, io),
    check: () => effects.checkCredit({ address: ADDRESS }, io),
  }
}

/** The payment that is offered in `world`. */
async function offered(world: ReturnType<typeof payments>): Promise<Payment> {
  const { payment: drawn } = await world.offer()
  if (drawn === null) throw new Error('Nothing was offered.')
  return drawn
}

describe('an offer', () => {
  it('follows Venice’s terms for USDC on Base, lives as long as Venice says, and is not signed', async () => {
    const world = payments()
    const nowS = Math.floor(world.clock.now() / 1000)
    expect(await offered(world)).toEqual({
      ...payment(),
      nonce: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      validAfter: nowS - 600,
      validBefore: nowS + 300,
      drawnUpAt: new Date(world.clock.now()).toISOString(),
    })
    expect([world.counts.payments, world.posted.length]).toEqual([0, 0])
  })

  it('has its own nonce each time', async () => {
    const world = payments()
    expect((await offered(world)).nonce).not.toBe((await offered(world)).nonce)
  })

  it('lives for ten minutes at most, whatever the server allows', async () => {
    const world = payments({ terms: () => ({ maxTimeoutSeconds: 1_000_000 }) })
    const { validBefore } = await offered(world)
    expect(validBefore).toBe(Math.floor(world.clock.now() / 1000) + 600)
  })

  it.each([
    [0, '5000000', '5000000'],
    [0, '7250000', '7250000'],
    [4, '10000000', '6000000'],
    [4, '5000000', '5000000'],
    [5, '5000000', null],
  ])('covers the missing credit: with %d dollars present, for %s, it is %s', async (balanceUsd, amount, value) => {
    const world = payments({
      change: (ports) => ({
        ...ports,
        venice: { ...ports.venice, walletCredit: async () => ({ balanceUsd, canConsume: true }) },
      }),
    })
    const drawn = await world.offer({ way: 'x402', amount })
    expect(drawn).toEqual({ payment: value === null ? null : expect.objectContaining({ value }) })
  })

  it.each<[what: string, balanceUsd: number, amount: string, value: string | null]>([
    ['not made for what a call has cost since the payment', 4.9, '5000000', null],
    ['made when more credit is asked for later', 4.9, '20000000', '15100000'],
    ['made when all credit is used up', 0.05, '5000000', '5000000'],
  ])('is %s', async (_, balanceUsd, amount, value) => {
    const credit = async () => ({ balanceUsd, canConsume: balanceUsd >= 0.1 })
    const world = payments({
      change: (ports) => ({ ...ports, venice: { ...ports.venice, walletCredit: credit } }),
    })
    const drawn = await world.offer({ way: 'x402', amount }, [payment({ status: 'settled' })])
    expect(drawn).toEqual({ payment: value === null ? null : expect.objectContaining({ value, toward: amount }) })
  })

  it.each<[what: string, terms: Partial<PaymentTerms>]>([
    ['another chain', { network: 'eip155:84532' }],
    ['another asset', { asset: OTHER }],
    ['another name', { name: 'USDC' }],
    ['another version', { version: '1' }],
  ])('is not made to a server that asks for %s', async (_, terms) => {
    const world = payments({ terms: () => terms })
    await expect(world.offer()).rejects.toMatchObject({ code: 'x402/terms-refused', recovery: 'refuse' })
    await expect(world.post(payment())).rejects.toMatchObject({ code: 'x402/terms-refused' })
    expect(world.counts.payments).toBe(0)
  })

  it.each<[what: string, options: Parameters<typeof payments>[0], before: readonly Payment[], code: string]>([
    ['than was asked for', { terms: () => ({ amount: 5_000_001n }) }, [], 'policy/budget-exceeded'],
    ['than --max-usd', { settings: { budget: { maxUsd: 4_999_999n } } }, [], 'policy/budget-exceeded'],
    [
      'than --max-usd with what was paid before',
      { settings: { budget: { maxUsd: 9_999_999n } } },
      [payment({ status: 'settled' })],
      'policy/budget-exceeded',
    ],
    ['than the wallet has', { usdc: 4_999_999n }, [], 'wallet/insufficient-usdc'],
  ])('is not made for more %s', async (_, options, before, code) => {
    const world = payments(options)
    await expect(world.offer(FIVE, before)).rejects.toMatchObject({ code })
    expect(world.counts.payments).toBe(0)
  })

  it('no longer counts in the budget once it has expired', async () => {
    const world = payments({ settings: { budget: { maxUsd: 5_000_000n } } })
    expect(await world.offer(FIVE, [payment({ status: 'void', validBefore: 1_000 })])).toMatchObject({
      payment: { value: '5000000' },
    })
  })

  it('is shown for approval, and is not recorded when declined', async () => {
    const shown: Payment[] = []
    const approvePayment = async (given: Payment) => {
      shown.push(given)
      return false
    }
    await expect(payments({ settings: { approvePayment } }).offer()).rejects.toMatchObject({
      code: 'policy/payment-declined',
    })
    expect(shown).toMatchObject([{ value: '5000000', to: payment().to }])
  })

  it('cannot be made by a wallet that does not sign typed data', async () => {
    const change = (ports: Ports): Ports => {
      const { signPayment: _, ...signer } = ports.signer
      return { ...ports, signer }
    }
    const world = payments({ change })
    await expect(world.offer()).rejects.toMatchObject({ code: 'x402/payment-not-signable', recovery: 'refuse' })
    await expect(world.post(payment())).rejects.toMatchObject({ code: 'x402/payment-not-signable' })
    expect(world.posted).toEqual([])
  })
})

describe('a posted payment', () => {
  it('is the recorded one, and keeps Venice’s id for it', async () => {
    const world = payments()
    const drawn = await offered(world)
    expect(await world.post(drawn)).toEqual({ payment: { ...drawn, paymentId: 'x402-1' } })
    expect(world.posted).toEqual([{ payment: drawn, signature: SIGNATURE }])
  })

  it.each<[what: string, terms: Partial<PaymentTerms>]>([
    ['now names another recipient', { payTo: OTHER }],
    ['now asks for more', { amount: 5_000_001n }],
  ])('is neither signed nor posted when Venice %s', async (_, terms) => {
    let changed: Partial<PaymentTerms> = {}
    const world = payments({ terms: () => changed })
    const drawn = await offered(world)
    changed = terms
    await expect(world.post(drawn)).rejects.toMatchObject({ code: 'x402/terms-refused', exit: 'refused' })
    expect([world.counts.payments, world.posted.length]).toEqual([0, 0])
  })

  // Regression: 2026-12-01 — a payment that was posted again after its time ended the run as refused, and still open.
  it('is not signed once its time is nearly over by Venice’s clock, and is decided by the chain after it', async () => {
    const world = payments({ terms: () => ({ skewMs: 60_000 }) })
    const drawn = await offered(world)
    world.clock.pass(296_000)
    const failure = await world.post(drawn).catch((rejected: unknown) => rejected as Failure)
    expect(failure).toMatchObject({ code: 'x402/payment-expired', recovery: 'retry', retryAfterMs: 34_000 })
    expect([world.counts.payments, world.posted.length]).toEqual([0, 0])
    world.clock.pass(60_000 + 34_000 + 2_000)
    expect((await world.find(drawn)).payment.status).toBe('void')
  })

  it('shows its signature in no failure', async () => {
    const topUps = [new SettlementFailedError({ said: `no to ${SIGNATURE}`, facts: [SIGNATURE.slice(2)] })]
    const failure = await payments({ topUps })
      .post(payment())
      .catch((rejected: unknown) => rejected)
    expect(failure).toMatchObject({ code: 'x402/settlement-failed' })
    expect(JSON.stringify(failure)).not.toContain(SIGNATURE.slice(2, 20))
  })

  it('moves USDC once when it is posted twice', async () => {
    const world = payments({ topUps: ['answer lost'] })
    const drawn = await offered(world)
    await expect(world.post(drawn)).rejects.toMatchObject({ code: 'x402/outcome-unknown', recovery: 'retry' })
    await expect(world.post(drawn)).rejects.toMatchObject({ code: 'x402/payment-in-progress', recovery: 'retry' })
    expect([...world.settled]).toEqual([[drawn.nonce, 5_000_000n]])
  })
})

describe('the outcome of a payment', () => {
  it('is read from the chain alone', async () => {
    const world = payments({ topUps: ['answer lost'] })
    const drawn = await offered(world)
    expect(await world.find(drawn)).toEqual({ payment: drawn })
    await world.post(drawn).catch(() => {})
    expect(await world.find(drawn)).toEqual({ payment: { ...drawn, status: 'settled' } })
  })

  it('is final without a transfer only once a block and our clock are past its expiry', async () => {
    const world = payments()
    const drawn = await offered(world)
    world.clock.pass(299_000)
    expect((await world.find(drawn)).payment.status).toBe('open')
    world.clock.pass(2_000)
    expect((await world.find(drawn)).payment.status).toBe('open')
    world.clock.pass(30_000)
    expect((await world.find(drawn)).payment.status).toBe('void')
  })

  it('is polled a little longer when Venice says that it is settled, and Venice is not believed', async () => {
    const world = payments({ topUps: ['unsettled'] })
    const { payment: posted } = await world.post(await offered(world))
    const before = world.clock.now()
    expect((await world.find(posted)).payment.status).toBe('open')
    expect(world.clock.now() - before).toBe(7_000)
  })
})

describe('a proof of credit', () => {
  it('is one paid call, whose cost is read from the balance', async () => {
    const world = payments()
    await world.post(await offered(world))
    expect(await world.check()).toMatchObject({ credit: { balanceUsd: 5, canConsume: true } })
    expect(await world.prove()).toMatchObject({
      proof: { model: 'small', costUsd: 0.000001, basis: 'balance' },
      credit: { balanceUsd: 4.999999 },
    })
    expect(world.counts.completions).toBe(1)
  })

  it('succeeds even when its cost cannot be read', async () => {
    const world = payments({
      change: (ports) => ({
        ...ports,
        venice: { ...ports.venice, walletCredit: () => Promise.reject(new ConnectionLostError()) },
      }),
    })
    await world.post(payment())
    expect(await world.prove()).toMatchObject({ proof: { basis: 'price' }, credit: null })
  })

  it('is not made when --max-usd does not allow a call', async () => {
    const world = payments({ settings: { budget: { maxUsd: 0n } } })
    await expect(world.prove()).rejects.toMatchObject({ code: 'policy/budget-exceeded' })
    expect(world.counts.completions).toBe(0)
  })

  it('fails with its own error when there is no credit', async () => {
    const world = payments({ completions: [new WalletCreditTooLowError()] })
    await expect(world.prove()).rejects.toMatchObject({ code: 'venice/wallet-credit-too-low' })
  })
})
