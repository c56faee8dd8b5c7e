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

/** Base units: enough to pay several times, were it not for what must never be. */
const USDC = 50_000_000n

export interface WorldOptions {
  seed: number
  scenario: Scenario
  chaos: Chaos
  /** Told of every transaction before it is handed to the network. */
  onSend: (sent: { hash: Hex; nonce: number }) => void
  /** Told of every paid call before it is made, and who pays. */
  onPay: (by: 'key' | 'wallet') => void
  /** Told of every payment that is posted. */
  onPost: (payment: Payment) => void
}

/** Base, Venice, a wallet and a place for keys: they outlive every process. */
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
  /** The keys that whoever uses the sinks would find. */
  const held = () => [first, fallback].flatMap((sink) => sink.held() ?? [])
  return { ports, clock, ledger, usdc, keys, counts, held, scenario }
}

export type World = ReturnType<typeof createWorld>
