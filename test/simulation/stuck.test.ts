import { describe, expect, it } from 'vitest'
import type { Attempt } from '../../src/domain/attempt.ts'
import { type Budget, committed } from '../../src/domain/budget.ts'
import { createEffects } from '../../src/driver/effects/create.ts'
import type { Ports } from '../../src/driver/effects/io.ts'
import { FeeTooLowError } from '../../src/errors/chain/transactions.ts'
import { driveOn, memoryHost, transitions } from '../support/memory-host.ts'
import { ADDRESS, VVV } from '../support/samples.ts'
import { createChaos, FAULT_KINDS } from './chaos.ts'
import { createScenario } from './scenario.ts'
import { createWorld } from './world.ts'

const BLOCK_MS = 200
/** Wei per gas, above the usual signed fees. */
const DEAR = 50_000_000n
const MINUTE_MS = 60_000

/** A deterministic world, and the runs in it. `change`: overrides of its chain. */
function calmWorld(change: (chain: Ports['chain'], world: ReturnType<typeof createWorld>) => Partial<Ports['chain']>) {
  const world = createWorld({
    seed: 1,
    scenario: {
      ...createScenario(1),
      account: 'eoa',
      wallet: { nonce: 4, eth: VVV, vvv: 10n * VVV, sVvv: 0n, allowance: 0n },
      deposit: null,
      pace: { blockMs: BLOCK_MS, jitter: 0 },
      endpoints: [{ lagMs: 0, knowsPool: false, tellsPending: false }],
      isAdmitted: true,
    },
    chaos: createChaos({ seed: 1, without: FAULT_KINDS }, () => {}),
    onSend: () => {},
    onPay: () => {},
    onPost: () => {},
  })
  const ports = { ...world.ports, chain: { ...world.ports.chain, ...change(world.ports.chain, world) } }
  const host = memoryHost({ clock: world.clock })
  return {
    world,
    /** One process, from the record to its end. */
    async run(budget: Budget = {}) {
      const effects = createEffects(ports, { settings: { budget } })
      const { envelope } = await driveOn(host, effects)
      const { record, failure } = envelope.snapshot.context
      return {
        code: failure?.code ?? null,
        attempts: record.attempts,
        path: transitions(host).map(({ to }) => to),
      }
    },
  }
}

const fates = (attempts: readonly Attempt[]) => attempts.map(({ purpose, nonce, status }) => [purpose, nonce, status])

describe('transactions that are now underpriced', () => {
  it('before any node accepted them get a fee bump once the price has stayed high', async () => {
    const { world, run } = calmWorld((chain, { ledger, clock }) => ({
      async broadcast(attempt) {
        if (ledger.mined.length === 0 && attempt.maxFeePerGas === '10000000') ledger.spike(10 * 60 * 5, DEAR)
        clock.pass(BLOCK_MS)
        if (BigInt(attempt.maxFeePerGas) < ledger.baseFeeAt(ledger.head())) throw new FeeTooLowError('too low')
        return chain.broadcast(attempt)
      },
    }))
    const startedAt = world.clock.now()
    const { code, attempts } = await run()
    expect(code).toBeNull()
    expect(fates(attempts)).toEqual([
      ['approve', 4, 'superseded'],
      ['stake', 5, 'superseded'],
      ['approve', 4, 'mined'],
      ['stake', 5, 'mined'],
    ])
    expect(world.ledger.at(world.ledger.head()).sVvv).toBe(VVV)
    expect(world.clock.now() - startedAt).toBeLessThan(MINUTE_MS)
  })

  it('get no fee bump beyond the budget; at a lower price, the next process watches the same bytes', async () => {
    const { world, run } = calmWorld((chain, { ledger }) => ({
      async broadcast(attempt) {
        // Before a block can include it.
        if (ledger.mined.length === 0) ledger.spike((30 * MINUTE_MS) / BLOCK_MS, DEAR)
        await chain.broadcast(attempt)
      },
    }))
    const budget = { maxFeeWei: 2n * (100_000n * 10_000_000n + 1_000n) }
    const first = await run(budget)
    expect(first.path).toContain('awaitConfirmation.replace')
    expect(first.code).toBe('chain/confirmation-timeout')
    expect(fates(first.attempts)).toEqual([
      ['approve', 4, 'sent'],
      ['stake', 5, 'sent'],
    ])
    expect(committed(first.attempts).feeWei).toBeLessThanOrEqual(budget.maxFeeWei)
    world.clock.pass(30 * MINUTE_MS)
    const second = await run(budget)
    expect(second.code).toBeNull()
    expect(second.attempts.map(({ hash, status }) => [hash, status])).toEqual(
      first.attempts.map(({ hash }) => [hash, 'mined']),
    )
  })
})

describe('somebody else’s transaction before ours', () => {
  it('that is finally undone leaves an unused nonce, which a nonce filler uses', async () => {
    const { world, run } = calmWorld((chain, { ledger }) => ({
      async broadcast(attempt) {
        await chain.broadcast(attempt)
        if (ledger.reorganisations === 0) ledger.reorganise({ depth: 20, isLoss: true })
      },
    }))
    const { ledger, clock } = world
    const fees = { maxFeePerGas: 10n * DEAR, maxPriorityFeePerGas: DEAR }
    ledger.accept({ to: ADDRESS, data: '0x', hash: '0xf0', nonce: 4, gas: 0n, ...fees, l1Fee: 0n })
    clock.pass(BLOCK_MS)
    ledger.advance()
    const { code, attempts } = await run()
    expect(code).toBeNull()
    expect(fates(attempts)).toEqual([
      ['approve', 5, 'mined'],
      ['stake', 6, 'mined'],
      ['fillNonce', 4, 'mined'],
    ])
    expect(ledger.mined).toHaveLength(3)
    expect(ledger.at(ledger.head()).sVvv).toBe(VVV)
  })
})
