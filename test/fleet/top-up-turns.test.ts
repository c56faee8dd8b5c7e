import { describe, expect, it } from 'vitest'
// The client loads it on demand, which the clock of these tests does not wait for.
import '../../src/adapters/venice/x402.ts'
import { serverClock } from '../../src/adapters/venice/server-clock.ts'
import { createSharedTerms } from '../../src/adapters/venice/shared-terms.ts'
import { composeWalletVenice } from '../../src/compose/venice.ts'
import type { Address } from '../../src/domain/addresses.ts'
import { RateLimitedError } from '../../src/errors/venice/all.ts'
import { createTopUpTurns } from '../../src/fleet/top-up-turns.ts'
import { fakeClock } from '../support/fake-clock.ts'
import { payment } from '../support/samples.ts'
import { fakeWorld, SIGNATURE } from '../support/world.ts'

const MINUTE_MS = 60_000
const walletOf = (index: number): Address => `0x${String(index).padStart(40, '0')}`

/** A Venice that accepts ten requests for credit in any minute, and counts what it refuses. */
function limited() {
  const clock = fakeClock()
  const requests: number[] = []
  let refused = 0
  const { signer } = fakeWorld({ clock }).ports
  const terms = {
    x402Version: 2,
    accepts: [
      {
        scheme: 'exact',
        network: 'eip155:8453',
        asset: payment().asset,
        payTo: payment().to,
        amount: '5000000',
        maxTimeoutSeconds: 300,
      },
    ],
  }
  const reply = (status: number, body: unknown) =>
    new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
  const fetch = async (...asked: ConstructorParameters<typeof Request>) => {
    const isFull = requests.filter((at) => at > clock.now() - MINUTE_MS).length >= 10
    if (isFull) {
      refused += 1
      return reply(429, { error: 'Rate limit exceeded. Please try again later.' })
    }
    requests.push(clock.now())
    const isPaid = new Request(...asked).headers.has('payment-signature')
    return isPaid ? reply(200, { success: true, data: { paymentId: 'x402-1' } }) : reply(402, terms)
  }
  const sharedTerms = createSharedTerms(clock)
  const turns = createTopUpTurns(clock)
  const time = serverClock(clock)
  return {
    clock,
    /** Somebody else behind the same address. */
    useUp: () => requests.push(...Array.from({ length: 10 }, () => clock.now())),
    refused: () => refused,
    requests: () => requests.length,
    of: (wallet: Address) =>
      turns.of(
        wallet,
        composeWalletVenice('https://venice.example', signer, time, { fetch: fetch as never, sharedTerms }),
      ),
  }
}

/** What a wallet does, as often as it is told to wait. @returns how often it was. */
async function pays(
  venice: ReturnType<ReturnType<typeof limited>['of']>,
  clock: ReturnType<typeof fakeClock>,
  waits: { at: number; go: () => void }[],
) {
  for (let told = 0; ; told += 1) {
    try {
      await venice.paymentTerms()
      await venice.paymentTerms()
      await venice.topUp(payment(), SIGNATURE)
      return told
    } catch (error) {
      if (!(error instanceof RateLimitedError)) throw error
      const at = clock.now() + (error.retryAfterMs ?? 1_000)
      await new Promise<void>((go) => waits.push({ at, go }))
    }
  }
}

/** Lets every wallet pay, and passes the time to the next who waits whenever all of them do. */
async function allPay(world: ReturnType<typeof limited>, wallets: number) {
  const waits: { at: number; go: () => void }[] = []
  let isDone = false
  const paying = Promise.all(
    Array.from({ length: wallets }, (_, index) => pays(world.of(walletOf(index)), world.clock, waits)),
  ).finally(() => {
    isDone = true
  })
  while (!isDone) {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    waits.sort((a, b) => a.at - b.at)
    const next = waits.shift()
    if (next === undefined) continue
    world.clock.pass(Math.max(0, next.at - world.clock.now()))
    next.go()
  }
  return paying
}

describe('wallets of a worker that buy credit', () => {
  it('take turns, so that Venice refuses none of them, and each waits once', async () => {
    const world = limited()
    const began = world.clock.now()
    const waits = await allPay(world, 30)
    expect([world.refused(), Math.max(...waits)]).toEqual([0, 1])
    expect(world.clock.now() - began).toBeLessThan(4 * MINUTE_MS)
    // 30 payments, and what is asked for about twice a minute.
    expect(world.requests()).toBeLessThanOrEqual(38)
  })

  it('wait a minute when others behind the address have used up what Venice accepts', async () => {
    const world = limited()
    world.useUp()
    const waits = await allPay(world, 8)
    expect(world.refused()).toBe(1)
    expect(Math.max(...waits)).toBeLessThanOrEqual(2)
  })
})
