import { describe, expect, it } from 'vitest'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import type { Attempt, Draft } from '../../src/domain/attempt.ts'
import type { Payment } from '../../src/domain/payment.ts'
import { type Approval, type Fates, requirePlan } from '../../src/gate/approval.ts'
import { createGate } from '../../src/gate/gate.ts'
import type { Signer } from '../../src/ports/signer.ts'
import { siweText } from '../support/challenges.ts'
import { fakeClock } from '../support/fake-clock.ts'
import { ADDRESS, attempt, draft, payment, VVV } from '../support/samples.ts'
import { bytesOf, decodeBytes } from '../support/signed-bytes.ts'

const OTHER = '0x00000000000000000000000000000000000000aa'
const FEES = 10n ** 15n
const NOW = fakeClock().now()
const APPROVED: Approval = { budget: {}, mostVvv: VVV, mostLock: 0n, mostFeeWei: FEES }

/** A gate before a signer that counts its requests. `change`: what it signs instead of the request. */
function gateOf({ change = (given: Draft) => given, sends = false } = {}) {
  const clock = fakeClock()
  const asked: string[] = []
  const signer: Signer = {
    address: ADDRESS,
    async signMessage(text) {
      asked.push(text)
      return '0x01'
    },
    async signTransaction(given) {
      asked.push(given.purpose)
      const hash = `0x${'ab'.repeat(31)}${asked.length.toString(16).padStart(2, '0')}` as const
      return sends ? { raw: null, hash } : { raw: bytesOf(change(given), hash), hash }
    },
    async signPayment({ nonce }) {
      asked.push(nonce)
      return '0x02'
    },
    ...(sends && {
      sending: {
        honoursNonces: true,
        isUnsent: () => true,
        async send(given: Draft) {
          asked.push(`send ${given.to} ${given.data.slice(0, 10)}`)
          return '0x03' as const
        },
      },
    }),
  }
  return { gate: createGate({ signer, clock, decode: decodeBytes }), asked, clock }
}

const codeOf = (work: Promise<unknown>): Promise<unknown> => work.then(String, ({ code, message }) => code ?? message)

describe('a transaction', () => {
  it('of an approved purpose is signed as the gate builds it', async () => {
    const { gate } = gateOf()
    const made = await gate.transactions([draft('approve', 7), draft('stake', 8)], [], { approval: APPROVED })
    expect(made.map(({ purpose, status }) => [purpose, status])).toEqual([
      ['approve', 'signed'],
      ['stake', 'signed'],
    ])
  })

  it.each<[string, Partial<Draft>]>([
    ['another recipient', { to: ADDRESSES.usdc }],
    ['other call data', { data: '0xa9059cbb' }],
    ['the call of another amount', { amount: '5', data: draft('stake', 8).data }],
    ['another chain', { chainId: 1 }],
    ['another sender', { from: OTHER }],
    ['an invalid nonce', { nonce: -1 }],
    ['a fractional nonce', { nonce: 1.5 }],
    ['gas that is not a number', { gas: '1e9' }],
    ['fees below zero', { maxFeePerGas: '-1' }],
    ['a tip above the fee', { maxPriorityFeePerGas: '99999999999' }],
  ])('with %s is neither signed nor asked about', async (_, changes) => {
    const { gate, asked } = gateOf()
    const changed = { ...draft('stake', 8), ...changes }
    expect(await codeOf(gate.transactions([changed], [], { approval: APPROVED }))).toBe('store/changed')
    expect(asked).toEqual([])
  })

  it('whose gas is above the limit of its purpose is not signed', async () => {
    const { gate, asked } = gateOf()
    const greedy = draft('stake', 8, { gas: '1000001' })
    expect(await codeOf(gate.transactions([greedy], [], { approval: APPROVED }))).toBe('policy/gas-limit-refused')
    expect(asked).toEqual([])
  })

  it.each<[string, Draft, Partial<Approval>, string]>([
    ['more VVV', draft('stake', 8, { amount: (VVV + 1n).toString() }), {}, 'policy/unapproved-spending'],
    ['more VVV than the cap', draft('stake', 8), { budget: { maxVvv: VVV - 1n } }, 'policy/budget-exceeded'],
    ['a lock', draft('mintDiem', 8), {}, 'policy/unapproved-spending'],
    ['dearer gas', draft('approve', 7), { mostFeeWei: 1_000n }, 'policy/budget-exceeded'],
    [
      'more than a thousandth of an ETH of gas, for which no cap is set,',
      draft('approve', 7, { maxFeePerGas: '10000000001' }),
      { mostFeeWei: 10n ** 18n },
      'policy/budget-exceeded',
    ],
    ['a stake for another wallet', draft('sponsor', 8, { beneficiary: OTHER }), {}, 'policy/counterparty-refused'],
  ])('that moves %s than was approved is not signed', async (_, given, changes, code) => {
    const { gate, asked } = gateOf()
    expect(await codeOf(gate.transactions([given], [], { approval: { ...APPROVED, ...changes } }))).toBe(code)
    expect(asked).toEqual([])
  })

  it('counts bytes whose nonce is only reported as used', async () => {
    const { gate, asked } = gateOf()
    const lost = attempt('stake', 6, { status: 'superseded' })
    const again = [draft('approve', 7), draft('stake', 8)]
    const made = await gate.transactions(again, [lost], { approval: APPROVED })
    expect(made.map(({ purpose }) => purpose)).toEqual(['approve'])
    expect(await codeOf(gate.transactions([draft('stake', 8)], [lost], { approval: APPROVED }))).toBe(
      'policy/signed-bytes-alive',
    )
    expect(asked).toEqual(['approve'])
  })

  it('ignores bytes that are proven dead', async () => {
    const { gate } = gateOf()
    const lost = attempt('stake', 6, { status: 'superseded' })
    const dead = new Set([lost.hash])
    expect(await gate.transactions([draft('stake', 8)], [lost], { approval: APPROVED, dead })).toHaveLength(1)
  })

  it('that the signer changes is rejected', async () => {
    const { gate } = gateOf({ change: (given) => ({ ...given, to: OTHER }) })
    expect(await codeOf(gate.transactions([draft('stake', 8)], [], { approval: APPROVED }))).toBe('store/changed')
  })
})

describe('a recorded attempt', () => {
  it.each<[string, Partial<Attempt>]>([
    ['the bytes of another nonce', { raw: attempt('stake', 9).raw }],
    ['the bytes of another sender', { raw: bytesOf({ ...draft('stake', 8), from: OTHER }, attempt('stake', 8).hash) }],
    ['the bytes of other fees', { maxFeePerGas: '10000001' }],
    ['the hash of another transaction', { hash: `0x${'1'.repeat(64)}` }],
    ['invalid bytes', { raw: '0x02' }],
    ['another call', { raw: null, to: ADDRESSES.vvv, data: '0xa9059cbb' }],
  ])('with %s is detected as changed', async (_, changes) => {
    const { gate } = gateOf()
    expect(await codeOf(gate.unchanged([{ ...attempt('stake', 8), ...changes }]))).toBe('store/changed')
  })

  it('as it was signed is accepted', async () => {
    expect(await codeOf(gateOf().gate.unchanged([attempt('approve', 7), attempt('stake', 8)]))).toBe('undefined')
  })

  it('for a sending wallet is sent with the gate’s own call, or not at all', async () => {
    const { gate, asked } = gateOf({ sends: true })
    await gate.send(attempt('stake', 8, { raw: null }))
    expect(asked).toEqual([`send ${ADDRESSES.staking} 0xadc9772e`])
    const changed = { ...attempt('stake', 8, { raw: null }), data: '0xa9059cbb' as const }
    expect(await codeOf(gate.send(changed))).toBe('store/changed')
    expect(asked).toHaveLength(1)
  })
})

describe('a challenge', () => {
  const inTenMinutes = NOW + 600_000
  const sign = (text: string, form: 'jwt' | 'siwe' = 'siwe', expiresAtMs = inTenMinutes) => {
    const { gate, asked } = gateOf()
    return codeOf(gate.challenge({ form, text, expiresAtMs })).then((code) => [code, asked.length])
  }

  it('for a key of this wallet is signed in both forms', async () => {
    expect(await sign(siweText(ADDRESS, 'n'))).toEqual(['0x01', 1])
    expect(await sign('aaaa.bbbb.cccc', 'jwt')).toEqual(['0x01', 1])
  })

  it.each([
    ['for another wallet', siweText(OTHER, 'n')],
    ['of another domain', siweText(ADDRESS, 'n').replace('api.venice.ai wants', 'evil.example wants')],
    ['for another chain', siweText(ADDRESS, 'n').replace('Chain ID: 8453', 'Chain ID: 1')],
    ['for another resource', siweText(ADDRESS, 'n').replace('api-key:create', 'everything')],
    ['for an additional resource', `${siweText(ADDRESS, 'n')}\n- urn:venice:everything`],
    ['with too many characters', `${siweText(ADDRESS, 'n')}${'x'.repeat(9_000)}`],
  ])('%s is refused before the wallet is asked', async (_, text) => {
    expect(await sign(text)).toEqual(['venice/challenge-refused', 0])
  })

  it('that is offered as a token and is a text is refused', async () => {
    expect(await sign('I owe you everything', 'jwt')).toEqual(['venice/challenge-refused', 0])
  })

  it('that is valid for a day is refused', async () => {
    expect(await sign(siweText(ADDRESS, 'n'), 'siwe', inTenMinutes + 86_400_000)).toEqual([
      'venice/challenge-refused',
      0,
    ])
  })
})

describe('a payment', () => {
  const fund = { way: 'x402', amount: '5000000' } as const
  const pay = (given: Payment, { maxUsd, others = [] }: { maxUsd?: bigint; others?: readonly Payment[] } = {}) => {
    const { gate, asked } = gateOf()
    const budget = maxUsd === undefined ? {} : { maxUsd }
    return codeOf(gate.payment(given, { fund, budget, payments: [...others, given] })).then((code) => [
      code,
      asked.length,
    ])
  }
  const other = (changes: Partial<Payment>) => payment({ nonce: `0x${'41'.repeat(32)}`, ...changes })

  it('that was requested is signed', async () => {
    expect(await pay(payment())).toEqual(['0x02', 1])
  })

  it.each<[string, Partial<Payment>, string]>([
    ['of another asset', { asset: ADDRESSES.vvv }, 'store/changed'],
    ['on another chain', { chainId: 1 }, 'store/changed'],
    ['from another wallet', { from: OTHER }, 'store/changed'],
    ['toward another credit', { toward: '6000000' }, 'store/changed'],
    ['valid for a day', { validBefore: Math.floor(NOW / 1000) + 86_400 }, 'store/changed'],
    ['with an invalid nonce', { nonce: '0x01' }, 'store/changed'],
    ['of zero', { value: '0' }, 'store/changed'],
    ['of more', { value: '5000001' }, 'policy/budget-exceeded'],
    ['to nobody', { to: '0x0000000000000000000000000000000000000000' }, 'x402/terms-refused'],
    ['to the asset itself', { to: ADDRESSES.usdc }, 'x402/terms-refused'],
    ['to the wallet itself', { to: ADDRESS }, 'x402/terms-refused'],
    ['to the staking contract', { to: ADDRESSES.staking }, 'x402/terms-refused'],
  ])('%s is not signed', async (_, changes, code) => {
    expect(await pay(payment(changes))).toEqual([code, 0])
  })

  it('is not signed while another one may still settle', async () => {
    expect(await pay(payment(), { others: [other({ status: 'open' })] })).toEqual(['policy/budget-exceeded', 0])
  })

  it('is not signed when a record calls an unexpired one void', async () => {
    expect(await pay(payment(), { others: [other({ status: 'void' })] })).toEqual(['policy/budget-exceeded', 0])
    expect(await pay(payment(), { others: [other({ status: 'void', validBefore: 1 })] })).toEqual(['0x02', 1])
  })

  it('counts only settled payments against --max-usd', async () => {
    const others = [other({ status: 'settled' })]
    expect(await pay(payment(), { others })).toEqual(['0x02', 1])
    expect(await pay(payment(), { others, maxUsd: 9_999_999n })).toEqual(['policy/budget-exceeded', 0])
  })
})

describe('a stake that is reported as reverted', () => {
  const lost = attempt('stake', 6, { status: 'reverted', feeWei: '1' })
  const planned = (...purposes: ('approve' | 'stake')[]) => ({
    stake: VVV.toString(),
    feeCeiling: '1',
    transactions: purposes.map((purpose) => ({
      ...draft(purpose, 8),
      call: '',
      feeCeiling: '1',
    })),
  })

  it('is repeated under the remaining allowance', () => {
    expect(() => requirePlan(planned('stake'), [lost], { approval: APPROVED })).not.toThrow()
  })

  it('is not repeated under another approve: with the first one, twice as much could be staked', () => {
    const again = () => requirePlan(planned('approve', 'stake'), [lost], { approval: APPROVED })
    expect(again).toThrow(expect.objectContaining({ code: 'policy/revert-unproven' }))
  })

  describe('after an approve', () => {
    const stake = attempt('stake', 6, { status: 'reverted', feeWei: '1', restsOn: 5 })
    const first = attempt('approve', 5, { status: 'superseded' })
    const raised = (status: Attempt['status']) => ({ ...first, hash: `0x${'e5'.repeat(32)}` as const, status })
    const again = (approves: readonly Attempt[], shown: Partial<Record<keyof Fates, readonly Attempt[]>> = {}) => {
      const set = (of: readonly Attempt[] = []) => new Set(of.map(({ hash }) => hash))
      const [dead, lost] = [set(shown.dead), set(shown.lost)]
      const fates = { dead, lost, reverted: set(shown.reverted), mined: set(shown.mined) }
      return () => requirePlan(planned('approve', 'stake'), [...approves, stake], { approval: APPROVED, fates })
    }
    const refusedAs = (code: string) => expect.objectContaining({ code })

    it('that finally lost its nonce is repeated', () => {
      expect(again([first], { dead: [first], lost: [first] })).not.toThrow()
      const other = raised('superseded')
      expect(again([first, other], { dead: [first, other], lost: [first, other] })).not.toThrow()
    })

    it('waits until it is final what used the approve’s nonce', () => {
      expect(again([first])).toThrow(refusedAs('policy/signed-bytes-alive'))
    })

    // Regression: seed 1078 of the simulation: the approve got a fee bump, and the replacement reverted.
    it.each(['mined', 'reverted'] as const)('whose replacement is %s does not wait for the first', (status) => {
      expect(again([first, raised(status)])).toThrow(refusedAs('policy/revert-unproven'))
    })

    it('is not explained by the first of two approves when the other was mined', () => {
      const other = raised('superseded')
      expect(again([first, other], { dead: [first], mined: [other] })).toThrow(refusedAs('policy/revert-unproven'))
    })

    it('is not explained by an approve that only an endpoint calls reverted', () => {
      expect(again([first], { dead: [first], reverted: [first] })).toThrow(refusedAs('policy/revert-unproven'))
    })
  })
})
