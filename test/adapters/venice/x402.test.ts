import { describe, expect, it } from 'vitest'
import { createVeniceClient } from '../../../src/adapters/venice/client.ts'
import { ADDRESSES, type Hex } from '../../../src/domain/addresses.ts'
import type { OnboardingError } from '../../../src/errors/base.ts'
import { REPLY_ERRORS } from '../../../src/errors/venice/all.ts'
import { TOP_UP_ERRORS } from '../../../src/errors/x402.ts'
import { ADDRESS, payment } from '../../support/samples.ts'
import {
  clock,
  json,
  raw,
  rejection,
  reset,
  resetInBody,
  type Script,
  type SeenRequest,
  stallInBody,
  startServer,
  textsOf,
} from './scripted-server.ts'

const RECEIVER = '0x2670B922ef37C7Df47158725C0CC407b5382293F'
const SIGNATURE: Hex = `0x${'ca'.repeat(65)}`
const ON_BASE = {
  scheme: 'exact',
  network: 'eip155:8453',
  amount: '5000000',
  asset: ADDRESSES.usdc.toLowerCase(),
  payTo: RECEIVER,
  maxTimeoutSeconds: 300,
  extra: { name: 'USD Coin', version: '2' },
}
const ON_SOLANA = { ...ON_BASE, network: 'solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp', payTo: 'F1vzqKqZKvdp', asset: 'EP' }
const asked = (...accepts: unknown[]) => ({ x402Version: 2, accepts })
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64')
const decoded = (text: string) => JSON.parse(Buffer.from(text, 'base64').toString('utf8'))
const settled = json(200, {
  success: true,
  data: { walletAddress: ADDRESS.toLowerCase(), amountCredited: 5, newBalance: 5, paymentId: 'x402-7' },
})

async function withServer<Result>(
  script: Script,
  use: (client: ReturnType<typeof createVeniceClient>, seen: SeenRequest[]) => Promise<Result>,
): Promise<Result> {
  await using server = await startServer(script)
  let signIns = 0
  const signIn = async () => {
    signIns += 1
    return `sign-in-canary-${signIns}`
  }
  return await use(createVeniceClient({ apiUrl: server.apiUrl, clock, timeoutMs: 1_000, signIn }), server.seen)
}

describe('the terms of a payment', () => {
  it('are requested without a payment and without a credential', async () => {
    await withServer(json(402, asked(ON_SOLANA, ON_BASE)), async (client, seen) => {
      expect(await client.paymentTerms()).toEqual({
        network: 'eip155:8453',
        asset: ADDRESSES.usdc.toLowerCase(),
        payTo: RECEIVER,
        amount: 5_000_000n,
        maxTimeoutSeconds: 300,
        name: 'USD Coin',
        version: '2',
        skewMs: 0,
      })
      expect(seen).toMatchObject([{ method: 'POST', url: '/api/v1/x402/top-up', body: '' }])
      for (const name of ['payment-signature', 'sign-in-with-x', 'authorization']) {
        expect(seen[0]?.headers).not.toHaveProperty(name)
      }
    })
  })

  it.each([
    ['the alias of Base', json(402, asked({ ...ON_BASE, network: 'base' }))],
    ['the header when the body has none', json(402, { error: 'Pay' }, { 'payment-required': encoded(asked(ON_BASE)) })],
    ['the header when the body is not JSON', raw(402, '<html>', { 'payment-required': encoded(asked(ON_BASE)) })],
    ['an entry next to one of another form', json(402, asked({ scheme: 'exact' }, 7, ON_BASE))],
    ['an entry next to one of another scheme', json(402, asked({ ...ON_BASE, scheme: 'upto', amount: '1' }, ON_BASE))],
    [
      'an entry with additional fields',
      json(402, asked({ ...ON_BASE, resource: 'x', extra: { ...ON_BASE.extra, more: 1 } })),
    ],
  ])('are read from %s', async (_, script) => {
    await withServer(script, async (client) => {
      expect(await client.paymentTerms()).toMatchObject({ network: 'eip155:8453', amount: 5_000_000n, payTo: RECEIVER })
    })
  })

  it('without a domain leave the check of it to the caller', async () => {
    const { extra: _, ...bare } = ON_BASE
    await withServer(json(402, asked(bare)), async (client) => {
      expect(await client.paymentTerms()).toMatchObject({ name: null, version: null })
    })
  })

  it('for another chain are returned unchanged, so that it can be named', async () => {
    await withServer(json(402, asked({ ...ON_BASE, network: 'eip155:84532' })), async (client) => {
      expect(await client.paymentTerms()).toMatchObject({ network: 'eip155:84532' })
    })
  })

  it.each([
    ['no payment', json(402, asked())],
    ['only another scheme', json(402, asked({ ...ON_BASE, scheme: 'upto' }))],
    ['an account that is invalid on Base', json(402, asked(ON_SOLANA))],
    ['a recipient followed by more text', json(402, asked({ ...ON_BASE, payTo: `${RECEIVER}00` }))],
    ['an amount that is a number', json(402, asked({ ...ON_BASE, amount: 5_000_000 }))],
    ['an amount in dollars', json(402, asked({ ...ON_BASE, amount: '5.00' }))],
    ['a negative amount', json(402, asked({ ...ON_BASE, amount: '-1' }))],
    ['an endless amount', json(402, asked({ ...ON_BASE, amount: '9'.repeat(100) }))],
    ['no time', json(402, asked({ ...ON_BASE, maxTimeoutSeconds: 0 }))],
  ])('with %s are refused', async (_, script) => {
    await withServer(script, async (client) => {
      expect(await rejection(client.paymentTerms())).toMatchObject({ code: 'x402/terms-refused', exit: 'refused' })
    })
  })

  it.each([
    ['of another version', json(402, { ...asked(ON_BASE), x402Version: 1 }), 'venice/unexpected-shape'],
    ['that are not JSON', raw(402, 'Pay!', { 'payment-required': 'no base64' }), 'venice/unexpected-shape'],
    ['of a server that wants no payment', settled, 'venice/unexpected-shape'],
    ['of a server that limits the rate', json(429, { error: 'Rate limit exceeded.' }), 'venice/rate-limited'],
    ['of a server that fails', raw(502, 'Bad gateway'), 'venice/unavailable'],
    ['of a server without x402', json(503, { error: 'X402_NOT_CONFIGURED', message: 'No' }), 'x402/not-configured'],
    ['of another server', json(404, { error: 'Not Found' }), 'venice/not-found'],
    ['of nobody', reset, 'venice/connection-lost'],
  ])('%s are rejected', async (_, script, code) => {
    await withServer(script, async (client) => {
      expect(await rejection(client.paymentTerms())).toMatchObject({ code })
    })
  })
})

describe('a payment', () => {
  const paying: Script = (request, response) =>
    (request.headers['payment-signature'] === undefined ? json(402, asked(ON_BASE)) : settled)(request, response)

  it('is posted as in x402 v2, with the server’s terms', async () => {
    await withServer(paying, async (client, seen) => {
      await client.paymentTerms()
      expect(await client.topUp(payment({ value: '7000000' }), SIGNATURE)).toEqual({ paymentId: 'x402-7' })
      expect(decoded(String(seen[1]?.headers['payment-signature']))).toEqual({
        x402Version: 2,
        accepted: { ...ON_BASE, amount: '7000000' },
        payload: {
          signature: SIGNATURE,
          authorization: {
            from: ADDRESS,
            to: RECEIVER,
            value: '7000000',
            validAfter: String(payment().validAfter),
            validBefore: String(payment().validBefore),
            nonce: payment().nonce,
          },
        },
      })
    })
  })

  it('is posted unchanged without the terms at hand', async () => {
    await withServer(settled, async (client, seen) => {
      await client.topUp(payment(), SIGNATURE)
      const { accepted } = decoded(String(seen[0]?.headers['payment-signature']))
      expect(accepted).toEqual({ ...ON_BASE, asset: ADDRESSES.usdc })
    })
  })

  it.each([
    ['409, being settled', json(409, { error: 'PAYMENT_IN_PROGRESS', message: 'x' }), 'x402/payment-in-progress'],
    ['409, credited before', json(409, { error: 'PAYMENT_ALREADY_PROCESSED' }), 'x402/payment-in-progress'],
    ['402, not settled', json(402, { error: 'SETTLEMENT_FAILED', message: 'x' }), 'x402/settlement-failed'],
    ['503, not configured', json(503, { error: 'X402_NOT_CONFIGURED', message: 'x' }), 'x402/not-configured'],
    ['504, may still settle', json(504, { error: 'SETTLEMENT_TIMEOUT', message: 'x' }), 'x402/outcome-unknown'],
    ['500', raw(500, 'Oops'), 'x402/outcome-unknown'],
    ['502', raw(502, '<html>Bad gateway</html>'), 'x402/outcome-unknown'],
    ['408', json(408, {}), 'x402/outcome-unknown'],
    ['a reset', reset, 'x402/outcome-unknown'],
    ['a reset within the answer', resetInBody, 'x402/outcome-unknown'],
    ['an endless answer', stallInBody, 'x402/outcome-unknown'],
    ['half an answer', raw(200, '{"success":true,"data":{'), 'x402/outcome-unknown'],
    ['a page', raw(200, '<html>Welcome</html>'), 'x402/outcome-unknown'],
    ['another answer', json(200, { success: true, data: {} }), 'x402/outcome-unknown'],
    ['an invalid success', json(200, { success: false, data: { paymentId: 'x' } }), 'x402/outcome-unknown'],
    ['429', json(429, { error: 'Rate limit exceeded. Please try again later.' }), 'venice/rate-limited'],
    ['the terms again', json(402, asked(ON_BASE)), 'venice/unrecognised'],
    ['undocumented words', json(400, { error: 'MOON_IS_FULL' }), 'venice/unrecognised'],
  ])('that is answered with %s gets the matching error', async (_, script, code) => {
    await withServer(script, async (client) => {
      expect(await rejection(client.topUp(payment(), SIGNATURE))).toMatchObject({ code })
    })
  })

  it.each([
    'INVALID_PAYMENT_FORMAT',
    'INVALID_PAYMENT',
    'UNSUPPORTED_NETWORK',
    'INVALID_PAYMENT_RECIPIENT',
    'UNSUPPORTED_TOKEN',
    'UNSUPPORTED_SCHEME',
    'INVALID_AMOUNT',
    'INVALID_PAYMENT_PAYER',
    'AMOUNT_TOO_LOW',
    'AMOUNT_TOO_HIGH',
    'PAYMENT_VERIFICATION_FAILED',
    'X402_INVALID_PAYMENT',
  ])('that Venice rejects (%s) is not tried again', async (error) => {
    await withServer(json(400, { error, message: 'No.' }), async (client) => {
      const refused = await rejection(client.topUp(payment(), SIGNATURE))
      expect(refused).toMatchObject({ code: 'x402/payment-refused', recovery: 'stop' })
      expect((refused as OnboardingError).facts).toContain(`Venice said: ${error}: No.`)
    })
  })

  it('passes on the wait that Venice asks for', async () => {
    await withServer(json(504, { error: 'SETTLEMENT_TIMEOUT' }, { 'retry-after': '7' }), async (client) => {
      expect(await rejection(client.topUp(payment(), SIGNATURE))).toMatchObject({ retryAfterMs: 7_000 })
    })
  })

  it('that was never sent has a known outcome', async () => {
    const server = await startServer(settled)
    await server[Symbol.asyncDispose]()
    const client = createVeniceClient({ apiUrl: server.apiUrl, clock })
    const error = await rejection(client.topUp(payment(), SIGNATURE))
    expect(error).toMatchObject({ recovery: 'retry', mayBeDone: false })
  })

  it.each([400, 402, 409, 500, 504])('shows its signature in no error, whatever Venice quotes (%i)', async (status) => {
    const quoting: Script = (request, response) => {
      const header = String(request.headers['payment-signature'])
      json(status, { error: 'INVALID_PAYMENT', message: `${SIGNATURE} ${SIGNATURE.slice(2)} ${header}` })(
        request,
        response,
      )
    }
    await withServer(quoting, async (client) => {
      const texts = textsOf(await rejection(client.topUp(payment(), SIGNATURE)))
      expect(texts).not.toContain('caca'.repeat(8))
      expect(texts).not.toContain(encoded({ x402Version: 2 }).slice(0, 12))
    })
  })
})

describe('a request paid by the wallet', () => {
  const credit = json(200, { success: true, data: { balanceUsd: 4.99, canConsume: true, minimumTopUpUsd: 5 } })
  const completion = json(200, { id: 'c-1', usage: { prompt_tokens: 8, completion_tokens: 1 } })

  it('signs in again each time, and sends no key', async () => {
    await withServer(credit, async (client, seen) => {
      expect(await client.walletCredit(ADDRESS)).toEqual({ balanceUsd: 4.99, canConsume: true })
      await client.walletCredit(ADDRESS)
      expect(seen.map(({ url, headers }) => [url, headers['sign-in-with-x'], headers.authorization])).toEqual([
        [`/api/v1/x402/balance/${ADDRESS}`, 'sign-in-canary-1', undefined],
        [`/api/v1/x402/balance/${ADDRESS}`, 'sign-in-canary-2', undefined],
      ])
    })
  })

  it('pays for the smallest completion', async () => {
    await withServer(completion, async (client, seen) => {
      expect(await client.completeAsWallet('small')).toEqual({ prompt: 8, completion: 1 })
      expect(seen[0]?.headers['sign-in-with-x']).toBe('sign-in-canary-1')
      expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ model: 'small', max_tokens: 1 })
    })
  })

  it.each([
    ['INVALID_SIGNATURE', 'venice/sign-in-refused', 'stop'],
    ['DOMAIN_MISMATCH', 'venice/sign-in-refused', 'stop'],
    ['EXPIRED', 'venice/sign-in-clock', 'fixInput'],
    ['FUTURE_TIMESTAMP', 'venice/sign-in-clock', 'fixInput'],
    ['NOT_BEFORE', 'venice/sign-in-clock', 'fixInput'],
    ['TIMESTAMP_MISMATCH', 'venice/sign-in-clock', 'fixInput'],
    ['NONCE_REUSED', 'venice/sign-in-used', 'retry'],
  ])('that Venice rejects (%s) is %s', async (reason, code, recovery) => {
    await withServer(json(401, { error: 'No.', code: `X402_SIGN_IN_${reason}` }), async (client) => {
      expect(await rejection(client.completeAsWallet('small'))).toMatchObject({ code, recovery })
    })
  })

  it.each([
    [json(401, { error: 'Invalid Sign-in-with-x signature' }), 'venice/sign-in-refused'],
    [json(401, { error: 'Authentication failed' }), 'venice/authentication-failed'],
    [json(402, { x402Version: 2, error: 'Authentication required', accepts: [] }), 'venice/no-credential'],
    [json(403, { error: 'You can only access balance for your own wallet' }), 'venice/forbidden'],
    [json(409, { error: 'PAYMENT_IN_PROGRESS' }), 'venice/unrecognised'],
    [json(402, { error: 'SETTLEMENT_FAILED' }), 'venice/unrecognised'],
    [json(429, { error: 'Too many', code: 'X402_CONCURRENCY_LIMIT' }), 'venice/rate-limited'],
    [json(200, { data: { balanceUsd: 'five', canConsume: true } }), 'venice/unexpected-shape'],
    [json(200, { data: { balanceUsd: -1, canConsume: true } }), 'venice/unexpected-shape'],
  ])('for its credit classifies the refusal (%#)', async (script, code) => {
    await withServer(script, async (client) => {
      expect(await rejection(client.walletCredit(ADDRESS))).toMatchObject({ code })
    })
  })

  it('shows its sign-in in no error', async () => {
    const quoting: Script = (request, response) =>
      json(401, { error: `No to ${request.headers['sign-in-with-x']}` })(request, response)
    await withServer(quoting, async (client) => {
      expect(textsOf(await rejection(client.walletCredit(ADDRESS)))).not.toContain('sign-in-canary')
    })
  })

  it('is not sent without a wallet', async () => {
    await using server = await startServer(credit)
    const client = createVeniceClient({ apiUrl: server.apiUrl, clock })
    expect(await rejection(client.walletCredit(ADDRESS))).toMatchObject({ code: 'venice/no-credential' })
    expect(server.seen).toEqual([])
  })
})

describe('the errors of the top-up', () => {
  it('are in no other route’s list, and are named as their classes', () => {
    expect(TOP_UP_ERRORS.filter((Class) => REPLY_ERRORS.includes(Class))).toEqual([])
    for (const Class of TOP_UP_ERRORS) expect(new Class().name).toBe(Class.name)
    expect(new Set(TOP_UP_ERRORS.map((Class) => new Class().code)).size).toBe(TOP_UP_ERRORS.length)
  })

  it('have a recovery that never pays twice', () => {
    const recoveries = TOP_UP_ERRORS.map((Class) => new Class()).map((error) => [error.code, error.recovery])
    expect(Object.fromEntries(recoveries)).toEqual({
      'x402/payment-refused': 'stop',
      'x402/settlement-failed': 'retry',
      'x402/payment-in-progress': 'retry',
      'x402/not-configured': 'retry',
    })
  })
})
