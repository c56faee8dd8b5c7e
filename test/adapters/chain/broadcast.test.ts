import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Attempt } from '../../../src/domain/attempt.ts'
import type { FaultEffect } from '../../../src/sandbox/faults.ts'
import { FUNDS, useChain } from './lab.ts'

const { lab, open } = useChain()

const SEND = 'eth_sendRawTransaction'
const LIMIT = { code: -32016, message: 'over rate limit' }
const TEXT = { 'content-type': 'text/plain' }

/** A wallet with its approve signed. */
async function withApprove(rpcUrls?: readonly string[]) {
  const under = await open(FUNDS, rpcUrls)
  const [approve] = await under.signed()
  if (approve === undefined) throw new Error('Nothing was drafted.')
  const isKnown = () =>
    lab.sandbox.chain.public.getTransaction({ hash: approve.hash }).then(
      () => true,
      () => false,
    )
  return { ...under, approve, isKnown, send: (attempt: Attempt = approve) => under.chain.broadcast(attempt) }
}

describe('a transaction', () => {
  test('that the node already has in its pool counts as sent', async () => {
    const { send } = await withApprove()
    await send()
    await expect(send()).resolves.toBeUndefined()
  })

  test('that the node has already mined is reported as a used nonce', async () => {
    const { send, mine } = await withApprove()
    await send()
    await mine()
    await expect(send()).rejects.toMatchObject({ code: 'chain/nonce-used', recovery: 'replan' })
  })

  test('whose nonce another pooled transaction has is reported as a used nonce', async () => {
    const { send, sendForeign } = await withApprove()
    await sendForeign(0)
    await expect(send()).rejects.toMatchObject({ code: 'chain/nonce-contested', recovery: 'replan' })
  })

  test('that the wallet cannot pay for asks for funds', async () => {
    const { address, send } = await withApprove()
    await lab.sandbox.chain.test.setBalance({ address, value: 1n })
    await expect(send()).rejects.toMatchObject({
      code: 'wallet/cannot-pay-gas',
      recovery: 'fund',
      hint: expect.stringContaining(address),
    })
  })

  test('of a delegated account with one in flight waits', async () => {
    const { address, signed, chain } = await open()
    const [approve, stake] = await signed()
    if (approve === undefined || stake === undefined) throw new Error('Nothing was drafted.')
    await lab.sandbox.chain.setDelegation(address)
    await chain.broadcast(approve)
    await expect(chain.broadcast(stake)).rejects.toMatchObject({ code: 'chain/in-flight-limit', recovery: 'retry' })
  })

  test('signed at lower fees waits until the base fee has come down', async () => {
    const { send } = await withApprove()
    await lab.sandbox.chain.setBaseFee(1_000_000_000n)
    await expect(send()).rejects.toMatchObject({ code: 'chain/fee-too-low', recovery: 'replace' })
    await lab.sandbox.chain.setBaseFee(5_000_000n)
    await expect(send()).resolves.toBeUndefined()
  })

  test('that the node refuses with unknown words is not tried again', async () => {
    const { send } = await withApprove()
    lab.fault(SEND, { kind: 'rpcError', code: -32000, message: 'sender is on a list' })
    await expect(send()).rejects.toMatchObject({ code: 'chain/rpc-refused', recovery: 'stop' })
  })
})

describe('a transaction with an unknown outcome can be sent again', () => {
  test.each<[name: string, effect: FaultEffect, code: string, retryAfterMs?: number]>([
    ['a rate limit in HTTP 200', { kind: 'rpcError', ...LIMIT }, 'chain/rpc-rate-limited'],
    ['a rate limit in HTTP 429', { kind: 'rpcError', ...LIMIT, status: 429 }, 'chain/rpc-rate-limited'],
    [
      'a rate limit in HTTP 429 with a time',
      { kind: 'rpcError', ...LIMIT, status: 429, headers: { 'retry-after': '2' } },
      'chain/rpc-rate-limited',
      2_000,
    ],
    [
      'a gateway’s rate limit with a time',
      { kind: 'reply', status: 429, headers: { ...TEXT, 'retry-after': '3' }, body: 'slow' },
      'chain/rpc-rate-limited',
      3_000,
    ],
    [
      'a rate limit without a reasonable time',
      { kind: 'reply', status: 429, headers: { ...TEXT, 'retry-after': '1e300' }, body: 'slow' },
      'chain/rpc-rate-limited',
      86_400_000,
    ],
    ['a gateway error', { kind: 'reply', status: 502, body: '<html>' }, 'chain/rpc'],
    ['a lost request', { kind: 'dropBefore' }, 'chain/rpc'],
    ['a lost answer', { kind: 'dropAfter' }, 'chain/rpc'],
    ['an answer cut short', { kind: 'truncate', bytes: 20 }, 'chain/rpc'],
    ['no answer in time', { kind: 'delay', ms: 2_500 }, 'chain/rpc-timed-out'],
    ['a web page', { kind: 'reply', status: 200, headers: TEXT, body: '<html>' }, 'chain/rpc-answer-unreadable'],
  ])('after %s', async (_, effect, code, retryAfterMs) => {
    const { send, isKnown } = await withApprove()
    lab.fault(SEND, effect)
    await expect(send()).rejects.toMatchObject({ code, recovery: 'retry', retryAfterMs })
    await send()
    expect(await isKnown()).toBe(true)
  })
})

describe('with two endpoints', () => {
  const both = async () => {
    const second = await lab.sandbox.chain.openEndpoint()
    return { second, under: await withApprove([lab.sandbox.rpcUrl, second.url]) }
  }

  test('the second resolves a lost answer of the first: it knows the transaction', async () => {
    const { second, under } = await both()
    lab.fault(SEND, { kind: 'dropAfter' })
    await expect(under.send()).resolves.toBeUndefined()
    expect(second.requests.methods[SEND]).toBe(1)
  })

  test('a dead one is skipped', async () => {
    const { send, isKnown } = await withApprove(['http://127.0.0.1:9', lab.sandbox.rpcUrl])
    await send()
    expect(await isKnown()).toBe(true)
  })

  test('the second is not asked when the first accepted it', async () => {
    const { second, under } = await both()
    await under.send()
    expect(second.requests.methods[SEND]).toBeUndefined()
  })

  test('a used nonce counts more than a refusal, and an unknown outcome more than missing funds', async () => {
    const { second, under } = await both()
    const say = (message: string): FaultEffect => ({ kind: 'rpcError', code: -32000, message })
    lab.fault(SEND, say('nonce too low'))
    second.faults.add({ on: SEND, effect: say('sender is on a list') })
    await expect(under.send()).rejects.toMatchObject({ code: 'chain/nonce-used' })
    lab.fault(SEND, say('insufficient funds for gas * price + value'))
    second.faults.add({ on: SEND, effect: { kind: 'dropBefore' } })
    await expect(under.send()).rejects.toMatchObject({ code: 'chain/rpc' })
  })
})

test('an unknown transaction is never reported as known', async () => {
  const { send, isKnown } = await withApprove()
  lab.fault(SEND, { kind: 'rpcError', code: -32000, message: 'unknown transaction type' })
  await expect(send()).rejects.toMatchObject({ code: 'chain/rpc-refused', recovery: 'stop' })
  expect(await isKnown()).toBe(false)
})

test('a transaction whose gas limit the node rejects is not sent', async () => {
  const { send } = await withApprove()
  for (const message of ['exceeds maximum per-transaction gas limit', 'intrinsic gas too low']) {
    lab.fault(SEND, { kind: 'rpcError', code: -32000, message })
    await expect(send()).rejects.toMatchObject({ code: 'chain/gas-refused', recovery: 'stop' })
  }
})

test('no error contains the signed bytes', async () => {
  const { approve, send } = await withApprove()
  const effects: FaultEffect[] = [
    { kind: 'rpcError', code: -32000, message: 'sender is on a list' },
    { kind: 'rpcError', code: -32016, message: 'over rate limit' },
    { kind: 'reply', status: 500, body: 'no' },
    { kind: 'dropAfter' },
  ]
  for (const effect of effects) {
    lab.fault(SEND, effect)
    const error = await send().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain(String(approve.raw).slice(2, 60))
  }
})
