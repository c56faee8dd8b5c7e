import { describe, expect, it } from 'vitest'
import { type Attempt, type Draft, maxCost } from '../../src/domain/attempt.ts'
import type { Budget } from '../../src/domain/budget.ts'
import { doubtedVvv, mayHaveSpent, settledOf, sponsored } from '../../src/domain/sponsoring.ts'
import type { OnboardingError } from '../../src/errors/base.ts'
import { type Approval, allowed, requireIntents, requirePlan } from '../../src/gate/approval.ts'
import { ADDRESS, attempt, draft, request, VVV } from '../support/samples.ts'
import { shown } from '../support/told.ts'

/** Every limit is exceeded; each case removes the first refusal and shows the next one. */
const NOTHING: Budget = { maxVvv: 0n, maxFeeWei: 0n }
const MUCH = 10n ** 30n

/** `code: the cap named in the hint, or in the message`. */
const refusalIn = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    const { code, message, hint } = error as OnboardingError
    const [named] = /--max-[a-z-]+/.exec(shown(hint)) ?? /sVVV to be locked|VVV/.exec(message) ?? ['']
    return `${code}: ${named}`
  }
  return 'allowed'
}

describe('the first refusal', () => {
  const AGENT = '0x00000000000000000000000000000000000000a9'
  const approval = (changes: Partial<Approval> = {}): Approval => ({
    budget: NOTHING,
    mostVvv: 0n,
    mostLock: 0n,
    mostFeeWei: 0n,
    ...changes,
  })

  it('of intents is the VVV cap, then the fee cap, then what the request allows', () => {
    const intents = [attempt('stake', 8, { raw: null }), attempt('mintDiem', 9, { raw: null })]
    const asked = request({ stakeAmount: '0' })
    const held = (budget: Budget, isBound = false) =>
      refusalIn(() => requireIntents(intents, { budget, request: asked, isBound }))
    expect(held(NOTHING)).toBe('policy/budget-exceeded: --max-vvv')
    expect(held({ ...NOTHING, maxVvv: MUCH })).toBe('policy/budget-exceeded: --max-gas-eth')
    expect(held({ maxVvv: MUCH, maxFeeWei: MUCH })).toBe('policy/unapproved-spending: VVV')
    const enough = request({ stakeAmount: VVV.toString() })
    const unbound = { budget: { maxVvv: MUCH, maxFeeWei: MUCH }, request: enough, isBound: false }
    expect(refusalIn(() => requireIntents(intents, unbound))).toBe('policy/unapproved-spending: sVVV to be locked')
    expect(held({ maxVvv: MUCH, maxFeeWei: MUCH }, true)).toBe('allowed')
  })

  it.each([
    ['by itself', attempt('stakeDiem', 8, { raw: null, amount: '9' })],
    [
      'along with a lock',
      attempt('mintDiem', 8, {
        raw: null,
        amount: '0',
        batch: { via: 'calls', id: `0x${'1'.repeat(64)}`, approve: '0', least: '9', stakeDiem: '9', paymaster: null },
      }),
    ],
  ])('of DIEM that is staked %s is what was asked for', (_, staked) => {
    const most = { budget: {}, mostLock: MUCH, mostVvv: MUCH, mostFeeWei: MUCH }
    const asked = (amount: string) => request({ fund: { way: 'diem', amount } })
    const unbound = { budget: {}, isBound: false }
    const draft = { ...staked, gas: '1', maxFeePerGas: '1', l1Fee: '0' }
    const both = (diem: string) => [
      refusalIn(() => allowed([draft], [], { approval: { ...most, mostDiem: BigInt(diem) } })),
      refusalIn(() => requireIntents([draft], { ...unbound, request: asked(diem) })),
    ]
    expect(both('8')).toEqual(Array(2).fill('policy/unapproved-spending: '))
    expect(both('9')).toEqual(Array(2).fill('allowed'))
  })

  it('of a plan is an unproven revert, then the VVV cap, the approved amount, the lock cap, the fees', () => {
    const lost = attempt('stake', 6, { status: 'reverted', feeWei: '1' })
    const plan = {
      stake: VVV.toString(),
      feeCeiling: '5',
      transactions: [draft('approve', 8), draft('stake', 9), draft('mintDiem', 10)].map((made) => ({
        ...made,
        call: '',
        feeCeiling: '1',
      })),
    }
    const held = (attempts: readonly Attempt[], changes: Partial<Approval> = {}) =>
      refusalIn(() => requirePlan(plan, attempts, { approval: approval(changes) }))
    expect(held([lost])).toMatch(/^policy\/revert-unproven/)
    expect(held([])).toBe('policy/budget-exceeded: --max-vvv')
    expect(held([], { budget: { maxVvv: VVV } })).toBe('policy/unapproved-spending: VVV')
    const big = { ...plan, transactions: plan.transactions.map((made) => ({ ...made, amount: (2n * VVV).toString() })) }
    const ofBig = (changes: Partial<Approval>) =>
      refusalIn(() => requirePlan(big, [], { approval: approval({ mostVvv: VVV, ...changes }) }))
    expect(ofBig({ budget: { maxVvv: VVV } })).toBe('policy/budget-exceeded: --max-vvv')
    expect(ofBig({ budget: { maxVvv: MUCH, maxFeeWei: 0n } })).toBe('policy/budget-exceeded: --max-gas-eth')
    expect(ofBig({ budget: { maxVvv: MUCH, maxFeeWei: 5n }, mostFeeWei: 5n })).toBe('allowed')
  })

  it('of a signature is its beneficiary, live bytes, the VVV cap, the approved amount, locks, fees', () => {
    const held = (made: Draft, attempts: readonly Attempt[], changes: Partial<Approval> = {}) =>
      refusalIn(() => allowed([made], attempts, { approval: approval(changes) }))
    const stakeFor = draft('sponsor', 8, { beneficiary: AGENT })
    expect(held(stakeFor, [])).toMatch(/^policy\/counterparty-refused/)
    const named = new Map([[AGENT, 1n]] as const)
    expect(held(stakeFor, [], { beneficiaries: named })).toBe('policy/unapproved-spending: VVV')
    const alive = attempt('stake', 6, { status: 'superseded' })
    expect(held(draft('stake', 8), [alive], { budget: {}, mostVvv: VVV })).toMatch(/^policy\/signed-bytes-alive/)
    expect(held(draft('stake', 8), [alive])).toBe('policy/budget-exceeded: --max-vvv')
    expect(held(draft('stake', 8), [alive], { budget: {} })).toBe('policy/unapproved-spending: VVV')
    expect(held(draft('stake', 8), [], { budget: { maxVvv: MUCH } })).toBe('policy/unapproved-spending: VVV')
    const lock = draft('mintDiem', 8)
    expect(held(lock, [])).toBe('policy/budget-exceeded: --max-vvv')
    expect(held(lock, [], { budget: {} })).toBe('policy/unapproved-spending: sVVV to be locked')
    const early = attempt('mintDiem', 6, { status: 'superseded' })
    expect(held(lock, [early], { budget: {}, mostLock: VVV })).toMatch(/^policy\/signed-bytes-alive/)
    const fees = { mostVvv: MUCH, mostLock: MUCH }
    expect(held(lock, [], { ...fees, budget: { maxFeeWei: 0n } })).toBe('policy/budget-exceeded: --max-gas-eth')
    const dear = draft('stake', 8, { maxFeePerGas: '10000000001' })
    expect(held(dear, [], { ...fees, budget: {}, mostFeeWei: MUCH })).toMatch(/^policy\/budget-exceeded/)
    expect(held(dear, [], { ...fees, budget: { maxFeeWei: MUCH }, mostFeeWei: MUCH })).toBe('allowed')
  })
})

describe('a transaction that an endpoint reports as reverted', () => {
  const AGENT = '0x00000000000000000000000000000000000000a9'
  const plan = (...purposes: ('approve' | 'stake' | 'sponsor')[]) => ({
    stake: VVV.toString(),
    feeCeiling: '1',
    transactions: purposes.map((purpose) => ({ ...draft(purpose, 9), call: '', feeCeiling: '1' })),
  })
  const once = { budget: {}, mostVvv: VVV, mostLock: 0n, mostFeeWei: 10n ** 15n }
  const lost = [
    attempt('approve', 6, { status: 'superseded' }),
    attempt('stake', 7, { status: 'superseded', restsOn: 6 }),
  ]
  const hashes = new Set(lost.map(({ hash }) => hash))

  it('does not explain a revert of the ones that depend on it', () => {
    const none = new Set<string>()
    const said = { approval: once, fates: { reverted: hashes, dead: hashes, lost: none, mined: none } }
    expect(refusalIn(() => requirePlan(plan('approve', 'stake'), lost, said))).toMatch(/^policy\/revert-unproven/)
    expect(refusalIn(() => requirePlan(plan('stake'), lost, said))).toBe('allowed')
    const [approve] = lost
    const foreign = new Set([String(approve?.hash)])
    const proven = { approval: once, fates: { dead: foreign, lost: foreign, reverted: none, mined: none } }
    expect(refusalIn(() => requirePlan(plan('approve', 'stake'), lost, proven))).toBe('allowed')
  })

  it('is not repeated by a treasury under another approve, even when it is settled', () => {
    const [approve] = lost.map((made) => ({ ...made, status: 'mined' as const }))
    const stake = attempt('sponsor', 8, { status: 'reverted', beneficiary: AGENT, restsOn: 6 })
    const settled = { approval: once, earlier: [settledOf(stake)] }
    for (const [attempts, held] of [
      [[stake], { approval: once }],
      [approve === undefined ? [] : [approve, stake], { approval: once }],
      [[], settled],
    ] as const) {
      expect(refusalIn(() => requirePlan(plan('approve', 'sponsor'), attempts, held))).toMatch(
        /^policy\/revert-unproven/,
      )
      expect(refusalIn(() => requirePlan(plan('sponsor'), attempts, held))).toBe('allowed')
    }
  })

  it('counts with its ceiling, whatever fee its receipt shows', () => {
    const cheap = attempt('approve', 6, { status: 'reverted', feeWei: '1' })
    const fee = maxCost(cheap)
    const within = (mostFeeWei: bigint) =>
      refusalIn(() => requirePlan({ ...plan('approve'), stake: '0' }, [cheap], { approval: { ...once, mostFeeWei } }))
    expect(within(fee)).toMatch(/^policy\/budget-exceeded/)
    expect(within(fee + 1n)).toBe('allowed')
    const next = draft('approve', 9)
    const signed = (mostFeeWei: bigint) =>
      refusalIn(() => allowed([next], [cheap], { approval: { ...once, mostFeeWei } }))
    expect(signed(fee + maxCost(next) - 1n)).toMatch(/^policy\/budget-exceeded/)
    expect(signed(fee + maxCost(next))).toBe('allowed')
    expect(mayHaveSpent([settledOf(cheap)]).feeWei).toBe(fee)
    expect(sponsored([], [settledOf(cheap)]).feeWei).toBe(1n)
  })

  it('counts in the fleet’s budget until a different stake is made for that agent', () => {
    const lost = attempt('sponsor', 8, { status: 'reverted', beneficiary: AGENT })
    const twice = attempt('sponsor', 9, { status: 'reverted', beneficiary: AGENT })
    const other = attempt('sponsor', 10, { status: 'reverted', beneficiary: ADDRESS })
    expect(doubtedVvv([lost, twice], [])).toBe(VVV)
    expect(doubtedVvv([twice, other], [settledOf(lost)])).toBe(2n * VVV)
    for (const status of ['signed', 'sent', 'mined', 'superseded'] as const)
      expect(doubtedVvv([lost, attempt('sponsor', 11, { status, beneficiary: AGENT })], [])).toBe(0n)
    expect(doubtedVvv([attempt('stake', 8, { status: 'reverted' })], [])).toBe(0n)
  })
})
