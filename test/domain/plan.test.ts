import { describe, expect, it } from 'vitest'
import { ADDRESSES, type Address } from '../../src/domain/addresses.ts'
import type { Ceilings } from '../../src/domain/ceilings.ts'
import { digestOf, missingStake, planOf } from '../../src/domain/plan.ts'
import type { OnboardingRequest } from '../../src/domain/request.ts'
import { ADDRESS, draft, request, stakedWallet, VVV, walletState } from '../support/samples.ts'

const calls = async (...input: Parameters<typeof planOf>) =>
  (await planOf(...input)).transactions.map(({ purpose, call, nonce }) => [purpose, call, nonce])
const approve = `approve(${ADDRESSES.staking}, ${VVV})`
const stake = `stake(${ADDRESS}, ${VVV})`

describe('the missing stake', () => {
  it('is the difference, and never negative', () => {
    expect([0n, 1n, 2n, 3n].map((sVvv) => missingStake(2n, sVvv))).toEqual([2n, 1n, 0n, 0n])
  })
})

describe('a plan', () => {
  it('names every coming transaction by its call', async () => {
    expect(await calls(request(), walletState())).toEqual([
      ['approve', approve, 7],
      ['stake', stake, 8],
    ])
  })

  it('names the stake that can be drafted only after the approve is mined', async () => {
    expect(await calls(request(), walletState({ drafts: [draft('approve', 7)] }))).toEqual([
      ['approve', approve, 7],
      ['stake', stake, null],
    ])
  })

  it('names both when nothing can be drafted yet, and only the stake when the allowance exists', async () => {
    expect((await calls(request(), walletState({ drafts: [] }))).map(([purpose]) => purpose)).toEqual([
      'approve',
      'stake',
    ])
    const allowed = walletState({ drafts: [], allowance: VVV.toString() })
    expect((await calls(request(), allowed)).map(([purpose]) => purpose)).toEqual(['stake'])
  })

  it('is empty for a wallet that has staked', async () => {
    expect(await planOf(request(), stakedWallet())).toMatchObject({ stake: '0', transactions: [], feeCeiling: '0' })
  })
})

describe('a plan digest', () => {
  const ceilings: Ceilings = { feeWei: '10000000000000', lock: '0' }
  const digest = (of: OnboardingRequest, stake: bigint, changed: Partial<Ceilings> = {}) =>
    digestOf(
      {
        request: of,
        stake,
        implementation: ADDRESSES.stakingImplementation,
        delegate: null,
        operation: null,
        calls: null,
      },
      { ...ceilings, ...changed },
    )
  const base = () => digest(request(), VVV)

  it('is the same before and after the approve is mined, for other nonces and fees within its ceilings', async () => {
    const before = await planOf(request(), walletState())
    const given = { digest: before.digest }
    const after = await planOf(
      request(),
      walletState({ allowance: VVV.toString(), drafts: [draft('stake', 8)], feeCeiling: '1000000001000' }),
      [],
      given,
    )
    const dearer = await planOf(
      request(),
      walletState({ drafts: [draft('approve', 99)], feeCeiling: '9000000002000' }),
      [],
      given,
    )
    expect([after.digest, dearer.digest]).toEqual([before.digest, before.digest])
    expect(before.digest).toMatch(/^[0-9a-f]{64}$/)
  })

  it('is the same for every spelling of the address, and for another run of the wallet', async () => {
    const lower = request({ address: ADDRESS.toLowerCase() as typeof ADDRESS, runId: 'run-2' })
    expect(await digest(lower, VVV)).toBe(await base())
  })

  it.each([
    ['wallet', request({ address: ADDRESSES.usdc }), VVV],
    ['chain', request({ chainId: 1 }), VVV],
    ['amount', request(), VVV + 1n],
    ['key type', request({ key: { type: 'ADMIN' } }), VVV],
    ['description', request({ key: { type: 'INFERENCE', description: 'x' } }), VVV],
    ['expiry', request({ key: { type: 'INFERENCE', expiresAt: '2027-01-01' } }), VVV],
    ['dollar limit', request({ key: { type: 'INFERENCE', consumptionLimit: { usd: 1 } } }), VVV],
    ['DIEM limit', request({ key: { type: 'INFERENCE', consumptionLimit: { diem: 1 } } }), VVV],
    ['limit period', request({ key: { type: 'INFERENCE', limitPeriod: 'MONTH' } }), VVV],
    ['model privacy', request({ key: { type: 'INFERENCE', modelPrivacy: 'PRIVATE_ONLY' } }), VVV],
  ])('changes with the %s', async (_, other, amount) => {
    expect(await digest(other, amount)).not.toBe(await base())
  })

  it.each([
    ['fee ceiling', { feeWei: '22000000000000' }],
    ['maximum sVVV to lock', { lock: '1000000000000000000' }],
  ])('changes with the %s', async (_, changed) => {
    expect(await digest(request(), VVV, changed)).not.toBe(await base())
  })

  it('changes with the implementation behind the staking proxy', async () => {
    const bound = {
      request: request(),
      stake: VVV,
      implementation: ADDRESSES.usdc,
      delegate: null,
      operation: null,
      calls: null,
    }
    expect(await digestOf(bound, ceilings)).not.toBe(await base())
  })

  it('changes with the delegate code that batches calls', async () => {
    const batch = (delegate: Address) => ({ via: 'delegate' as const, delegate, approve: VVV.toString() })
    const of = (delegate: Address) =>
      planOf(request(), walletState({ account: 'delegated', drafts: [draft('stake', 7, { batch: batch(delegate) })] }))
    const [one, other] = [await of(ADDRESSES.multicall3), await of(ADDRESSES.usdc)]
    expect(one.digest).not.toBe(other.digest)
    expect(one).toMatchObject({ delegate: ADDRESSES.multicall3, transactions: [{ along: [{ purpose: 'approve' }] }] })
  })
})
