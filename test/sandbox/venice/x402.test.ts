import { type Address, type Hex, parseUnits, toHex } from 'viem'
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { ADDRESSES } from '../../../src/domain/addresses.ts'
import { TRANSFER_TYPES } from '../../../src/sandbox/venice/payment.ts'
import type { TransferAuthorization } from '../../../src/sandbox/venice/state.ts'
import { chat, decoded, encoded, NOON, openVenice, signedIn } from './harness.ts'

const TOP_UP = 'POST /x402/top-up'
const RECEIVER: Address = '0x2670B922ef37C7Df47158725C0CC407b5382293F'
const HASH: Hex = `0x${'ab'.repeat(32)}`
const wallet = privateKeyToAccount(generatePrivateKey())

async function signedTransfer(account: PrivateKeyAccount, usd: number, changes: Partial<TransferAuthorization> = {}) {
  const message = {
    from: account.address,
    to: RECEIVER,
    value: parseUnits(String(usd), 6),
    validAfter: BigInt(NOON / 1000 - 600),
    validBefore: BigInt(NOON / 1000 + 300),
    nonce: generatePrivateKey(),
    ...changes,
  }
  const domain = { name: 'USD Coin', version: '2', chainId: 8453, verifyingContract: ADDRESSES.usdc }
  const signature = await account.signTypedData({
    domain,
    types: TRANSFER_TYPES,
    primaryType: 'TransferWithAuthorization',
    message,
  })
  const { value, validAfter, validBefore, ...rest } = message
  const authorization = { ...rest, value: `${value}`, validAfter: `${validAfter}`, validBefore: `${validBefore}` }
  return { signature, authorization }
}

/** A payment in the shape of `@x402/core`. */
const v2 = (payload: unknown, accepted: Record<string, unknown> = {}) => ({
  'PAYMENT-SIGNATURE': encoded({
    x402Version: 2,
    accepted: { scheme: 'exact', network: 'eip155:8453', asset: ADDRESSES.usdc, ...accepted },
    payload,
  }),
})

async function openWithUsdc(settle: (authorization: TransferAuthorization) => Promise<Hex> = async () => HASH) {
  const sandbox = await openVenice({ settle })
  sandbox.chain.setUsdc(wallet.address, parseUnits('20000', 6))
  return sandbox
}

describe('top-up', () => {
  it('shows the payment options without a payment, in the body and in the header', async () => {
    const { call } = await openVenice()
    const { status, headers, body } = await call(TOP_UP)
    expect(status).toBe(402)
    expect(body).toEqual({
      x402Version: 2,
      accepts: [
        {
          scheme: 'exact',
          network: 'eip155:8453',
          amount: '5000000',
          asset: ADDRESSES.usdc.toLowerCase(),
          payTo: RECEIVER,
          maxTimeoutSeconds: 300,
          extra: { name: 'USD Coin', version: '2' },
        },
        expect.objectContaining({ network: 'solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp', amount: '5000000' }),
      ],
    })
    expect(decoded(headers.get('PAYMENT-REQUIRED'))).toEqual(body)
  })

  it('settles the authorisation as signed, and credits its payer', async () => {
    const settled: TransferAuthorization[] = []
    const { venice, call } = await openWithUsdc(async (authorization) => {
      settled.push(authorization)
      return HASH
    })
    const payload = await signedTransfer(wallet, 12.5)
    const { status, headers, body } = await call(TOP_UP, { headers: v2(payload) })
    expect(status).toBe(200)
    expect(body).toEqual({
      success: true,
      data: {
        walletAddress: wallet.address.toLowerCase(),
        amountCredited: 12.5,
        newBalance: 12.5,
        paymentId: expect.stringMatching(/^x402-/),
      },
    })
    expect(decoded(headers.get('PAYMENT-RESPONSE'))).toEqual({
      success: true,
      network: 'eip155:8453',
      payer: wallet.address,
      transaction: HASH,
    })
    expect(settled).toMatchObject([{ from: wallet.address, value: 12_500_000n, signature: payload.signature }])
    expect(venice.accountOf(wallet.address)).toMatchObject({ x402: 12.5, opened: false })
  })

  it.each(['X-402-Payment', 'X-PAYMENT'])('accepts the payload of x402@1 in %s', async (name) => {
    const { call } = await openWithUsdc()
    const payload = await signedTransfer(wallet, 5)
    const header = encoded({ x402Version: 2, scheme: 'exact', network: 'base', payload })
    expect((await call(TOP_UP, { headers: { [name]: header } })).status).toBe(200)
  })

  it('credits a payment once, however often it is sent', async () => {
    const { venice, chain, call } = await openWithUsdc()
    const headers = v2(await signedTransfer(wallet, 5))
    await call(TOP_UP, { headers })
    chain.setUsdc(wallet.address, 0n)
    const again = await call(TOP_UP, { headers })
    expect(again).toMatchObject({ status: 409, body: { error: 'PAYMENT_ALREADY_PROCESSED' } })
    expect(venice.accountOf(wallet.address).x402).toBe(5)
  })

  it('reports a payment in progress while it settles', async () => {
    let finish = (_: Hex) => {}
    let started = false
    const { call } = await openWithUsdc(
      () =>
        new Promise((resolve) => {
          started = true
          finish = resolve
        }),
    )
    const headers = v2(await signedTransfer(wallet, 5))
    const first = call(TOP_UP, { headers })
    await expect.poll(() => started).toBe(true)
    expect(await call(TOP_UP, { headers })).toMatchObject({ status: 409, body: { error: 'PAYMENT_IN_PROGRESS' } })
    finish(HASH)
    expect((await first).status).toBe(200)
  })

  it('accepts a payment again after its settlement failed', async () => {
    let works = false
    const { venice, call } = await openWithUsdc(async () => {
      if (works) return HASH
      throw new Error('reverted')
    })
    const headers = v2(await signedTransfer(wallet, 5))
    expect(await call(TOP_UP, { headers })).toMatchObject({ status: 402, body: { error: 'SETTLEMENT_FAILED' } })
    expect(venice.accountOf(wallet.address).x402).toBe(0)
    works = true
    expect((await call(TOP_UP, { headers })).status).toBe(200)
  })

  it('is not configured without a way to settle', async () => {
    const { call } = await openVenice()
    const answer = await call(TOP_UP, { headers: v2(await signedTransfer(wallet, 5)) })
    expect(answer).toMatchObject({ status: 503, body: { error: 'X402_NOT_CONFIGURED', message: expect.any(String) } })
  })

  const other = privateKeyToAccount(generatePrivateKey()).address
  it.each([
    ['UNSUPPORTED_SCHEME', {}, { scheme: 'upto' }],
    ['UNSUPPORTED_NETWORK', {}, { network: 'eip155:1' }],
    ['UNSUPPORTED_TOKEN', {}, { asset: other }],
    ['INVALID_PAYMENT_RECIPIENT', { to: other }, {}],
    ['INVALID_AMOUNT', { value: '1.5' }, {}],
    ['AMOUNT_TOO_LOW', { value: '4999999' }, {}],
    ['AMOUNT_TOO_HIGH', { value: '10000000001' }, {}],
    ['INVALID_PAYMENT_PAYER', { from: 'me' }, {}],
    ['INVALID_PAYMENT', { nonce: '0x12' }, {}],
    ['PAYMENT_VERIFICATION_FAILED', { value: '6000000' }, {}],
    ['PAYMENT_VERIFICATION_FAILED', { validBefore: `${NOON / 1000}` }, {}],
    ['PAYMENT_VERIFICATION_FAILED', { validAfter: `${NOON / 1000}` }, {}],
  ])('rejects with %s: %j %j', async (error, changes, accepted) => {
    const { call } = await openWithUsdc()
    const { signature, authorization } = await signedTransfer(wallet, 5)
    const headers = v2({ signature, authorization: { ...authorization, ...changes } }, accepted)
    expect(await call(TOP_UP, { headers })).toMatchObject({ status: 400, body: { error, message: expect.any(String) } })
  })

  it('rejects a payer without USDC, and a header that is not a payment', async () => {
    const { chain, call } = await openWithUsdc()
    chain.setUsdc(wallet.address, 1n)
    const poor = await call(TOP_UP, { headers: v2(await signedTransfer(wallet, 5)) })
    expect(poor).toMatchObject({ status: 400, body: { error: 'PAYMENT_VERIFICATION_FAILED' } })
    const unread = await call(TOP_UP, { headers: { 'PAYMENT-SIGNATURE': toHex('?') } })
    expect(unread).toMatchObject({ status: 400, body: { error: 'INVALID_PAYMENT_FORMAT' } })
  })

  it('answers one address ten times a minute', async () => {
    const { call } = await openVenice()
    for (let sent = 0; sent < 10; sent += 1) expect((await call(TOP_UP)).status).toBe(402)
    const error = 'Rate limit exceeded. Please try again later.'
    expect(await call(TOP_UP)).toMatchObject({ status: 429, body: { error } })
  })

  it('is the only route that accepts a payment', async () => {
    const { call } = await openVenice()
    const answer = await call('GET /models', { headers: { 'X-PAYMENT': 'e30=' } })
    expect(answer).toMatchObject({ status: 400, body: { code: 'PAYMENT_HEADER_NOT_ACCEPTED' } })
  })
})

describe('the credit of a wallet', () => {
  const balance = `GET /x402/balance/${wallet.address}`
  const transactions = `GET /x402/transactions/${wallet.address}`

  it('is zero for a wallet that was never seen', async () => {
    const { call } = await openVenice()
    expect((await call(balance, { headers: await signedIn(wallet) })).body).toEqual({
      success: true,
      data: {
        walletAddress: wallet.address.toLowerCase(),
        balanceUsd: 0,
        canConsume: false,
        minimumTopUpUsd: 5,
        suggestedTopUpUsd: 10,
      },
    })
  })

  it('is listed by movement, newest first', async () => {
    const { call } = await openWithUsdc()
    await call(TOP_UP, { headers: v2(await signedTransfer(wallet, 5)) })
    await call('POST /chat/completions', { headers: await signedIn(wallet), body: chat })
    const { body } = await call(`${transactions}?limit=1`, { headers: await signedIn(wallet) })
    expect(body.data).toMatchObject({
      currentBalance: 4.9985423,
      transactions: [{ type: 'CHARGE', amount: -0.0014577, balanceAfter: 4.9985423, modelId: 'zai-org-glm-5-1' }],
      pagination: { limit: 1, offset: 0, hasMore: true },
    })
    const rest = await call(`${transactions}?offset=1`, { headers: await signedIn(wallet) })
    expect(rest.body.data.transactions).toMatchObject([{ type: 'TOP_UP', amount: 5, requestId: null }])
  })

  it('shows the DIEM of a linked account', async () => {
    const { venice, call } = await openVenice()
    venice.credit(wallet.address, { diem: 2 })
    const { body } = await call(balance, { headers: await signedIn(wallet) })
    expect(body.data).toMatchObject({ balanceUsd: 0, canConsume: true, diemBalanceUsd: 2 })
  })

  it('is shown to its wallet only, and a bad signature gets no reason', async () => {
    const { call } = await openVenice()
    const other = privateKeyToAccount(generatePrivateKey())
    const foreign = await call(balance, { headers: await signedIn(other) })
    expect(foreign).toMatchObject({
      status: 403,
      body: { error: 'You can only access balance for your own wallet' },
    })
    const headers = await signedIn(wallet)
    await call(transactions, { headers })
    const reused = await call(transactions, { headers })
    expect(reused).toMatchObject({ status: 401, body: { error: 'Invalid Sign-in-with-x signature' } })
    expect(reused.body).not.toHaveProperty('code')
    const unsigned = await call(balance)
    expect(unsigned).toMatchObject({ status: 402, body: { x402Version: 2, accepts: [] } })
    expect((await call('GET /x402/balance/me')).status).toBe(400)
  })
})
