import type { Hex } from '../../src/domain/addresses.ts'
import type { Payment } from '../../src/domain/payment.ts'
import type { Ports } from '../../src/driver/effects/io.ts'
import { fakeClock } from '../support/fake-clock.ts'
import type { Chaos } from './chaos.ts'
import { createDelay } from './delay.ts'
import { fakeChain } from './fake-chain.ts'
import { fakeSigner } from './fake-signer.ts'
import { fakeSink } from './fake-sink.ts'
import { fakeVenice } from './fake-venice.ts'
import { createLedger } from './ledger.ts'
import { createRandom } from './random.ts'
import type { Scenario } from './scenario.ts'
import { createUsdc } from './usdc.ts'

/** Base units: enough to pay several times, so that a second payment would show. */
const USDC = 50_000_000n

export interface WorldOptions {
  seed: number
  scenario: Scenario
  chaos: Chaos
  /** Called with every transaction before it is sent to the network. */
  onSend: (sent: { hash: Hex; nonce: number }) => void
  /** Called before every paid call, with the payer. */
  onPay: (by: 'key' | 'wallet') => void
  /** Called with every posted payment. */
  onPost: (payment: Payment) => void
}

/** Base, Venice, a wallet and key sinks: they outlive every process. */
export function createWorld({ seed, scenario, chaos, onSend, onPay, onPost }: WorldOptions) {
  const clock = fakeClock({ seed })
  const { now } = clock
  const random = createRandom(seed)
  const delay = createDelay({ clock, chaos, random: random.fork('delay') })
  const { account, wallet, deposit, pace, endpoints, form, isAdmitted, isSinkReadable, hasFallback, earlierKey } =
    scenario
  const ledger = createLedger({ now, pace, account: wallet, deposit })
  const usdc = createUsdc({ ledger, held: USDC })
  const { venice, keys } = fakeVenice({ ledger, chaos, delay, now, form, isAdmitted, usdc, onPay, onPost })
  const { signer, counts } = fakeSigner({ chaos, delay })
  const first = fakeSink({ chaos, isReadable: isSinkReadable, held: earlierKey })
  const fallback = fakeSink({ name: 'fallback', chaos, isReadable: true })
  const chain = fakeChain({ ledger, chaos, delay, now, account, endpoints, usdc, onSend })
  const fallbackSinks = hasFallback ? [fallback.sink] : []
  const ports: Ports = { chain, venice, signer, sink: first.sink, fallbackSinks, clock }
  /** The keys that a user of the sinks finds. */
  const held = () => [first, fallback].flatMap((sink) => sink.held() ?? [])
  return { ports, clock, ledger, usdc, keys, counts, held, scenario }
}

export type World = ReturnType<typeof createWorld>
