import { describe, expect, it } from 'vitest'
import type { Host } from '../../src/driver/driver.ts'
import { createEffects } from '../../src/driver/effects/create.ts'
import type { Effects, Ports } from '../../src/driver/effects/io.ts'
import type { Envelope } from '../../src/driver/envelope.ts'
import { FAULT_KINDS } from './chaos.ts'
import { count, createTally, failureText } from './report.ts'
import { shrink } from './shrink.ts'
import { type Subject, simulate } from './simulate.ts'

const RUNS = 2_000

describe(`in ${RUNS} runs in worlds where everything fails,`, () => {
  it('each run keeps every promise, and ends as its world allows once the faults are over', async () => {
    const tally = createTally()
    for (let seed = 1; seed <= RUNS; seed += 1) {
      const simulated = await simulate({ seed })
      if (simulated.violation !== null) throw new Error(failureText(await shrink({ seed })))
      count(tally, simulated)
    }
    expect([...tally.faults.keys()].sort()).toEqual([...FAULT_KINDS].sort())
    expect(tally.crashes).toBeGreaterThan(RUNS)
    expect(tally.raises).toBeGreaterThan(0)
    expect(tally.fills).toBeGreaterThan(0)
  }, 300_000)

  it('the same seed gives the same run', async () => {
    expect(await simulate({ seed: 7 })).toEqual(await simulate({ seed: 7 }))
  })
})

/** Acts on a snapshot before it is saved. */
function saveLate(host: Host): Host {
  let held: Envelope | null = null
  return {
    ...host,
    async save(envelope) {
      if (held !== null) await host.save(held)
      held = envelope
    },
  }
}

const withEffects = (change: (effects: Effects, ports: Ports) => Partial<Effects>): Partial<Subject> => ({
  createEffects(ports, options) {
    const effects = createEffects(ports, options)
    return { ...effects, ...change(effects, ports) }
  },
})

const DEFECTS: [string, Partial<Subject>, RegExp][] = [
  ['a host that saves late', { wrapHost: saveLate }, /^readWalletState runs, and nothing is due/],
  [
    'effects that sign again instead of a rebroadcast',
    withEffects((_, { signer, chain }) => ({
      async broadcast({ attempts }) {
        for (const attempt of attempts) {
          await chain.broadcast({ ...attempt, ...(await signer.signTransaction(attempt)) })
        }
        return { hashes: attempts.map(({ hash }) => hash) }
      },
    })),
    /is sent and not recorded/,
  ],
  [
    'effects that give up a transaction unknown to every node',
    withEffects((effects) => ({
      async watchTransactions(input, io) {
        const { report, problem } = await effects.watchTransactions(input, io)
        const attempts = report.attempts.map((found) =>
          found.status === 'missing' ? { ...found, status: 'superseded' as const } : found,
        )
        const isMissing = problem?.code === 'chain/transaction-missing'
        return { report: { ...report, attempts }, problem: isMissing ? { ...problem, recovery: 'replan' } : problem }
      },
    })),
    /^nonce \d+ is used for/,
  ],
  [
    'effects that post a mint again when its answer is lost',
    {
      createEffects: (ports, options) => {
        const { venice } = ports
        const mint: typeof venice.mint = (request) => venice.mint(request).catch(() => venice.mint(request))
        return createEffects({ ...ports, venice: { ...venice, mint } }, options)
      },
    },
    /^several keys were asked for/,
  ],
  [
    'effects that pay under their own nonce',
    withEffects((effects) => ({
      postPayment: ({ payment, ...asked }, io) =>
        effects.postPayment({ ...asked, payment: { ...payment, nonce: `0x${'77'.repeat(32)}` }, payments: [] }, io),
    })),
    /^a payment is posted, and not recorded so/,
  ],
  [
    'effects that treat no answer as no payment, and ignore the expiry',
    withEffects((effects) => ({
      findPayment: async ({ payment }, io) => {
        const found = await effects.findPayment({ payment }, io)
        // The gate rejects that for a payment that could still settle.
        return found.payment.status === 'open' ? { payment: { ...payment, status: 'void', validBefore: 0 } } : found
      },
    })),
    /^USDC has moved 2 times/,
  ],
  [
    'effects that leak secrets',
    {
      createEffects: (ports, options) =>
        createEffects(ports, { ...options, redactor: { add: () => {}, scrub: (text) => text } }),
    },
    /holds a secret/,
  ],
]

describe('a defect is found and reduced to its cause:', () => {
  it.each(DEFECTS)('%s', async (_, subject, violation) => {
    for (let seed = 1; seed <= 300; seed += 1) {
      if ((await simulate({ seed, subject })).violation === null) continue
      const { simulated } = await shrink({ seed, subject })
      expect(simulated.violation).toMatch(violation)
      expect(simulated.crashes + simulated.faults.size).toBeLessThanOrEqual(4)
      return
    }
    throw new Error('It was not found.')
  })
})
